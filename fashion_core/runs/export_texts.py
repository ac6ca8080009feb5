"""What the zip of a run says to people: a text beside the files, and how the run ended."""

from typing import Final

from fashion_core.runs.records import Ended, Run

_README: Final = """\
{name}

A run of the Fashion Dashboard: {run_id}, {epochs} of {planned} epochs, {state}.
{reason}
spec.json      what was trained
outcome.json   how it ended
curves.csv     a line an epoch: losses in nats (mean cross-entropy), accuracies as fractions
steps.csv      a line for each block of training steps: mean training loss in nats
epochs/        a file an epoch: what the network said about the validation pictures (val_) and the
               test pictures (test_). predictions: class 0 to 9; pred_probs: ten probabilities;
               loss: nats. numpy.load reads them, without pickle.
weights/       parameters of the best epoch, the one of the lowest validation loss (safetensors)
checkpoints/   where training can go on; only if asked for with --with-checkpoints
manifest.json  size in bytes and SHA-256 of every file

To look at it in another dashboard: python -m fashion_core import FILE.zip
"""


def describe(run: Run, epochs: int, state: Ended, reason: str) -> bytes:
    """Write what is in the zip.

    Args:
        run: The run.
        epochs: Finished epochs in the zip.
        state: How it ended, as the zip tells it.
        reason: One sentence on that, or nothing.
    """
    text = _README.format(
        name=run.name,
        run_id=run.run_id,
        epochs=epochs,
        planned=run.spec.epochs,
        state=state,
        reason=f"{reason}\n" if reason else "",
    )
    return text.encode()


def outcome_elsewhere(run: Run, epochs: int, checkpoint: int) -> tuple[Ended, str]:
    """Give how the run ended as the zip tells it: elsewhere, nobody computes it.

    Args:
        run: The run.
        epochs: Finished epochs in the zip.
        checkpoint: Epoch of the newest checkpoint in the zip, or 0.
    """
    match run.status:
        case "finished" | "diverged" as ended:
            return ended, run.reason
    state: Ended = "failed" if run.status == "failed" else "stopped"
    if run.is_resumable and run.status != "interrupted" and checkpoint:
        return state, run.reason
    goes_on = (
        f"Resume continues after epoch {checkpoint}."
        if checkpoint
        else "It was exported without checkpoints: Resume starts again from the first epoch."
    )
    if goes_on in run.reason:  # exported before, from where it was imported
        return state, run.reason
    if state == "failed":
        return state, f"{run.reason} {goes_on}"
    how = "Exported while it was " + run.status if run.is_active else run.status.capitalize()
    return state, f"{how}, after epoch {epochs} of {run.spec.epochs}. {goes_on}"
