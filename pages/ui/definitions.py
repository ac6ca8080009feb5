"""What the words on the pages mean, for somebody who reads them for the first time."""

from typing import Final

from fashion_core.analysis.definitions import FIGURE_DEFINITIONS, REPORTED_FIGURES

_TERMS: Final = "\n".join(f"- **{term}**: {meaning}" for term, meaning in FIGURE_DEFINITIONS)

_FIGURES: Final = f"""
{_TERMS}
- **Best epoch**: the one with the lowest validation loss. All figures, matrices and pictures come
  from it unless you choose another epoch in the sidebar. Test pictures are never used to choose.
"""


def explain_figures(*, is_as_specified: bool) -> str:
    """Give what the headline figures mean, as Markdown; what was reported only where it fits."""
    return (
        f"{_FIGURES}\n**The reported figures.** {REPORTED_FIGURES}" if is_as_specified else _FIGURES
    )
