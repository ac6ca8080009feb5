"""What people decided about labels, for all runs of a store: about the data, not about a run."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Final

from fashion_core.errors import StoreError
from fashion_core.runs.decision import MAX_BYTES, Decision
from fashion_core.runs.line_file import LineFile

DECISION_FILE: Final = "label-decisions.jsonl"

_Decisions = Mapping[Hashable, Decision]


class LabelDecisions:
    """The decisions in a store's folder. Any number of threads and processes may decide at once.

    Args:
        root: Folder of the run store.

    Raises:
        StoreError: from every method, if the file cannot be read or written.
    """

    def __init__(self, root: Path) -> None:
        self._file = LineFile(
            root / DECISION_FILE,
            about="decisions about labels",
            parse=lambda values: Decision(**values),
            max_bytes=MAX_BYTES,
        )

    def all(self) -> tuple[Decision, ...]:
        """List all decisions, the last one last."""
        return self._file.facts()

    def decide(self, decision: Decision) -> Decision | None:
        """Write down a decision and give the one that stood there before, if any."""
        before: list[Decision] = []

        def put(decisions: _Decisions) -> _Decisions:
            if old := decisions.get(decision.key):
                before.append(old)
            return _without(decisions, decision.key) | {decision.key: decision}

        self._file.change(put)
        return before[0] if before else None

    def undo(self, made: Decision, before: Decision | None) -> None:
        """Put back what stood there before a decision.

        Args:
            made: The decision to take back.
            before: What `decide` gave for it; None leaves the picture undecided.

        Raises:
            StoreError: if somebody has decided otherwise since; nothing is changed then.
        """

        def put_back(decisions: _Decisions) -> _Decisions:
            if decisions.get(made.key) != made:
                raise StoreError(
                    f"Another window has decided about {made.split} picture {made.image_id} "
                    "since. Nothing was changed; look at the picture again."
                )
            rest = _without(decisions, made.key)
            return rest if before is None else rest | {before.key: before}

        self._file.change(put_back)

    def damaged_copies(self) -> tuple[Path, ...]:
        """List the damaged files that were kept; whoever deletes one has seen it."""
        return self._file.damaged_copies()


def _without(decisions: _Decisions, key: Hashable) -> dict[Hashable, Decision]:
    return {each: decision for each, decision in decisions.items() if each != key}
