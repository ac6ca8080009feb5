"""What is said where the run that was to be shown is not there: deleted, or never known here."""

from collections.abc import Callable
from dataclasses import dataclass

from fashion_core.errors import StoreError
from fashion_core.runs.records import Run, RunSummary
from pages.ui import services


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneRun:
    """Finds the sentence.

    Attributes:
        read: Gives all of a run, also of one in the trash; raises StoreError for every other text.
        shown: The run that is shown instead.
        role: What it is shown as, to complete "Run 3 is shown …"; may be empty.
    """

    read: Callable[[str], Run]
    shown: RunSummary
    role: str = ""

    def describe(self, run_id: str, *, was_open: bool) -> str:
        """Say what became of a run.

        Args:
            run_id: Its id; any text, for it may come from a link.
            was_open: Whether it was shown here before, so that nobody has followed a link to it.
        """
        return f"{self._what(run_id, was_open=was_open)} {self._instead()}"

    def _what(self, run_id: str, *, was_open: bool) -> str:
        try:
            run = self.read(run_id)
        except StoreError:
            if was_open:
                return "The run that was open here was removed for good."
            return "The link names a run that is not here."
        if run.deleted is None:
            return f"Run {run.number} has no epoch that could be shown {self.role or 'here'}."
        restore = "" if services.is_read_only() else " It can be restored on the Runs page."
        return f"Run {run.number} was deleted.{restore}"

    def _instead(self) -> str:
        role = f" {self.role}" if self.role else ""
        return f"Run {self.shown.number} is shown{role} instead."
