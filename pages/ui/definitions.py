"""What the words on the pages mean, for somebody who reads them for the first time."""

from typing import Final

from fashion_core.analysis.definitions import FIGURE_DEFINITIONS, REPORTED_FIGURES

_TERMS: Final = "\n".join(f"- **{term}**: {meaning}" for term, meaning in FIGURE_DEFINITIONS)

FIGURES_EXPLAINED: Final = f"""
{_TERMS}
- **Best epoch**: the one with the lowest validation loss. All figures, matrices and pictures come
  from it unless you choose another epoch in the sidebar. Test pictures are never used to choose.

**The reported figures.** {REPORTED_FIGURES}
"""
