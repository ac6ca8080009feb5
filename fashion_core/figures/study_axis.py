"""What figures of several runs share: height, and a logarithmic axis of validation loss."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from plotly import graph_objects as go

from fashion_core.analysis.formatting import number
from fashion_core.figures.layout import SMALL_FONT_SIZE, axis, axis_title
from fashion_core.figures.palette import Theme

HEIGHT: Final = 380
"""Pixels of either figure, so that they align side by side."""

GUESSING: Final = math.log(10)
"""Loss in nats of ten equally likely classes: whoever stays there has learned nothing."""

_CAP: Final = 3.0  # nats; a rate that jumps about far above guessing must not flatten the others
_FAR: Final = 4.0  # times the best loss: 0.23 at the specification's rate, 2.3 where none learns
_MARGIN: Final = 1.04  # times, free below and above the data
_LEAST_SPAN: Final = 1.25  # times, so that two equal values are not blown up
_TICKS: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0)
_FINE_STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_DECADES: Final = tuple(float(f"{digit}e{power}") for power in range(-6, 1) for digit in (1, 2, 5))
_WIDE: Final = 20.0  # times from low to high: decades are ticks enough
_MAX_TICKS: Final = 9
_FEW_TICKS: Final = 3  # with no more, equal steps say more than round factors


class _HasLosses(Protocol):
    """What was reached: the best losses in nats, none while there is none."""

    @property
    def losses(self) -> Sequence[float]: ...


Compared = TypeVar("Compared", bound=_HasLosses)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossAxis:
    """The shown range of validation loss in nats, low below high, both above 0."""

    low: float
    high: float

    @classmethod
    def of(
        cls,
        results: Iterable[Compared],
        losses: Callable[[Compared], list[float]],
        *,
        far: float = _FAR,
    ) -> "LossAxis":
        """Choose the range that shows all values of the rates or runs that can be compared.

        One that stayed far above the best one would flatten all others; it is cut off, like
        values above the cap.

        Args:
            results: Of all rates or runs.
            losses: Gives the values of one that will be drawn, in nats.
            far: How many times the best loss is far above it.
        """
        known = [result for result in results if result.losses]
        best = min((min(result.losses) for result in known), default=0.0)
        near = [result for result in known if min(result.losses) <= far * best]
        shown = [loss for result in near for loss in losses(result) if 0 < loss < math.inf]
        shown = shown or [GUESSING / 10, GUESSING]
        low = min(*shown, _CAP) / _MARGIN
        high = max(min(max(shown) * _MARGIN, _CAP), low * _LEAST_SPAN)
        return cls(low=low, high=high)

    def cuts(self, value: float) -> bool:
        """Tell whether a value is above the shown range."""
        return value > self.high

    def note(self, value: float) -> str:
        """Give an arrow and the value if it is above the shown range; else nothing."""
        return f"↑ {number(value)}" if self.cuts(value) else ""

    def place(self, value: float) -> float:
        """Give the share of the height, in [0, 1], at which a value stands; 0 for a loss of 0."""
        if value <= self.low:
            return 0.0
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return min(share, 1.0)

    def options(self, theme: Theme, title: str) -> dict[str, Any]:
        """Give the options of a Plotly y axis."""
        ticks = self._ticks()
        return axis(
            theme,
            type="log",
            title=axis_title(theme, title),
            range=[math.log10(self.low), math.log10(self.high)],
            tickvals=ticks,
            ticktext=[f"{tick:g}" for tick in ticks],
        )

    def mark_guessing(self, figure: go.Figure, theme: Theme) -> None:
        """Draw where guessing lies, if it is in the range."""
        if not self.low < GUESSING < self.high:
            return
        draw_guessing(figure, theme, at=GUESSING, label_at=math.log10(GUESSING))

    def _ticks(self) -> list[float]:
        if self.high > _WIDE * self.low:
            return [tick for tick in _DECADES if self.low <= tick <= self.high]
        coarse = [tick for tick in _TICKS if self.low <= tick <= self.high]
        if len(coarse) > _FEW_TICKS:
            return coarse
        span = self.high - self.low
        step = next((s for s in _FINE_STEPS if span / s <= _MAX_TICKS), _FINE_STEPS[-1])
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [round(i * step, 3) for i in range(first, last + 1)]


def draw_guessing(figure: go.Figure, theme: Theme, *, at: float, label_at: float) -> None:
    """Draw a dotted line with the word "guessing" below its left end.

    Args:
        figure: Where to draw.
        theme: The theme it is drawn for.
        at: The value on the y axis.
        label_at: The same as Plotly counts it for words: its logarithm on a logarithmic axis.
    """
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    figure.add_hline(y=at, line=line, layer="below")
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=label_at,
        yanchor="top",
        text="guessing",
        showarrow=False,
        font={"color": theme.muted, "size": SMALL_FONT_SIZE},
    )


def note_that_nothing_is_there(figure: go.Figure, theme: Theme) -> None:
    """Write into a figure without data why there is none."""
    figure.add_annotation(
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        text="no epoch has finished yet",
        showarrow=False,
        bgcolor=theme.background,
        borderpad=4,
        font={"color": theme.muted, "size": SMALL_FONT_SIZE + 1},
    )
