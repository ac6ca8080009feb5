"""A row of ranked pictures: which ones and in which order, as a gallery shows and a link names."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.ranking import Outcome, SortKey, rank_pictures
from fashion_core.analysis.scores import PictureScores
from fashion_core.classes import CLASS_NAMES
from pages.ui.cell import Cell
from pages.ui.choice import Choice
from pages.ui.literal import literal
from pages.ui.sorting import sort_values
from pages.ui.tag_filter import TAG_KEY, keep_tagged

OUTCOMES: Final[dict[str, Outcome]] = {"wrong": "wrong", "right": "right", "all": "all"}
CONFIDENCE_KEY: Final = "confidence"
EVERY_PERCENT: Final = (0, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some pictures of a split in an order, in the words of the Confusions page's link.

    Attributes:
        true: True class, or None for any.
        predicted: Predicted class, or None for any.
        outcome: Which answers are kept.
        confidence: Lowest and highest confidence that is kept, in whole per cent.
        tag: The tag that people put on the pictures that are kept, or None for any.
        sort: What decides the order.
        ascending: Whether the lowest value comes first.
    """

    true: int | None = None
    predicted: int | None = None
    outcome: Outcome = "wrong"
    confidence: tuple[int, int] = EVERY_PERCENT
    tag: str | None = None
    sort: SortKey = SortKey.LOSS
    ascending: bool = False

    @property
    def noun(self) -> str:
        """What one of its pictures is called."""
        is_pair = None not in {self.true, self.predicted} and self.true != self.predicted
        return "mistake" if is_pair or self.outcome == "wrong" else "picture"

    def reversed(self) -> "Row":
        """Give the row of the opposite cell."""
        return replace(self, true=self.predicted, predicted=self.true)

    def values(self, choice: Choice) -> npt.NDArray[np.float64] | None:
        """Give what its pictures are sorted by where no epoch says it; see `sort_values`."""
        return sort_values(choice.run, choice.split, self.sort)

    def positions(self, choice: Choice, scores: PictureScores) -> npt.NDArray[np.int64]:
        """Give the positions of its pictures in their order, int64 of shape (M,).

        Args:
            choice: The run and the split looked at.
            scores: What the chosen epoch says.
        """
        low, high = self.confidence
        positions = rank_pictures(
            scores,
            true=self.true,
            predicted=self.predicted,
            outcome=self.outcome,
            confidence=(low / 100, high / 100),
            sort=self.sort,
            values=self.values(choice),
            ascending=self.ascending,
        )
        return keep_tagged(scores, positions, choice.split, self.tag)

    def describe_cell(self) -> str:
        """Name the classes in words."""
        return Cell(true=self.true, predicted=self.predicted, is_both=False).describe()

    def describe(self) -> str:
        """Say in one line of Markdown which pictures they are, and in which order."""
        kinds = {"wrong": "all mistakes", "right": "all right answers", "all": "all pictures"}
        is_cell = (self.true, self.predicted) != (None, None)
        parts = [self.describe_cell() if is_cell else kinds[self.outcome]]
        if is_cell and self.outcome != "all":
            parts.append(self.outcome)
        if self.confidence != EVERY_PERCENT:
            parts.append(f"{self.confidence[0]} to {self.confidence[1]}\u00a0% sure")
        if self.tag is not None:
            parts.append(f"tagged “{literal(self.tag)}”")
        return ", ".join([*parts, self.sort.describe_order(ascending=self.ascending)])

    def link(self) -> dict[str, str | list[str]]:
        """Give the query parameters of the row, also as the Confusions page understands them.

        One cell is all right or all wrong: no outcome then. The Confusions page has no widget for
        it that would take it out of the link when the visitor leaves; see `keep_row_in_link`.
        """
        classes = {"true": self.true, "predicted": self.predicted}
        link: dict[str, str | list[str]] = {
            **{key: CLASS_NAMES[label] for key, label in classes.items() if label is not None},
            "sort": self.sort.value,
            "order": "lowest first" if self.ascending else "highest first",
        }
        if None in classes.values():
            link["outcome"] = self.outcome
        if self.confidence != EVERY_PERCENT:
            link[CONFIDENCE_KEY] = [str(limit) for limit in self.confidence]
        return link if self.tag is None else link | {TAG_KEY: self.tag}
