"""A linear axis of accuracy for figures of several runs, cut below so that the best can be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from plotly import graph_objects as go

from fashion_core.analysis.formatting import percent_digits
from fashion_core.figures.layout import axis, axis_title
from fashion_core.figures.palette import Theme
from fashion_core.figures.study_axis import draw_guessing

_GUESSING: Final = 10.0  # per cent: one of ten equally likely classes
_FAR: Final = 4.0  # times the share of wrong answers of the best run, as for losses
_MARGIN: Final = 0.05  # of the span, free below and above the data
_LEAST_SPAN: Final = 1.0  # per cent, so that two equal values are not blown up


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyAxis:
    """The shown range of accuracy in per cent, low below high."""

    low: float
    high: float

    @classmethod
    def of(cls, runs: Sequence[Sequence[float]]) -> "AccuracyAxis":
        """Choose the range that shows all values of the runs that can be compared.

        A run with more than four times as many mistakes as the best one would flatten all others:
        it counts for nothing here.

        Args:
            runs: The accuracies of each run, in per cent; may be empty.
        """
        known = [values for values in runs if values]
        fewest = min((100 - max(values) for values in known), default=0.0)
        near = [values for values in known if 100 - max(values) <= _FAR * fewest]
        shown = [value for values in near for value in values] or [0.0, 100.0]
        span = max(max(shown) - min(shown), _LEAST_SPAN)
        return cls(low=min(shown) - _MARGIN * span, high=max(shown) + _MARGIN * span)

    def place(self, value: float) -> float:
        """Give the share of the height, in [0, 1], at which a value stands."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def note(self, value: float) -> str:
        """Give an arrow and the value, in the axis's per cent, if it is below the shown range."""
        return f"↓ {percent_digits(value / 100)}" if value < self.low else ""

    def options(self, theme: Theme, title: str) -> dict[str, Any]:
        """Give the options of a Plotly y axis."""
        return axis(theme, title=axis_title(theme, title), range=[self.low, self.high])

    def mark_guessing(self, figure: go.Figure, theme: Theme) -> None:
        """Draw where guessing lies, if it is in the range."""
        if self.low < _GUESSING < self.high:
            draw_guessing(figure, theme, at=_GUESSING, label_at=_GUESSING)
