"""Exporting a run as a zip: readable, the same bytes each time, consistent at any moment."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from helpers import full_disk, make_engine, run_python, small_spec
from portable import (
    SHARPNESS,
    SPEC,
    STEPS,
    checkpoint,
    contents,
    name_in,
    put_run,
    sound_epoch,
    weights,
    zip_of,
)

from fashion_core.config import RunSpec
from fashion_core.errors import StoreError
from fashion_core.files import sha256
from fashion_core.runs import artifacts, content_checks
from fashion_core.runs.exporting import export_bytes, export_run, export_to
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from fashion_core.runs.zip_import import import_run

REFERENCE = Path(__file__).parents[1] / "examples" / "reference-run"


def outcome(zipped: bytes) -> tuple[str, str]:
    values = json.loads(contents(zipped)["outcome.json"])
    return values["state"], values["reason"]


# What is in it


def test_the_zip_holds_spec_curves_predictions_and_best_weights(store):
    names = [name.split("-")[0] for name in contents(zip_of(store, put_run(store)))]
    texts = ["README.txt", "curves.csv", "manifest.json", "outcome.json", "spec.json", "steps.csv"]
    assert sorted(names) == [*texts[:2], *["epochs/epoch"] * 3, *texts[2:], "weights/best"]


def test_any_zip_tool_opens_it(store, tmp_path):
    """Python's own, and Info-ZIP's layout: plain files with ordinary rights, nothing compressed."""
    (tmp_path / "run.zip").write_bytes(zip_of(store, put_run(store)))
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
        assert {oct(info.external_attr >> 16) for info in archive.infolist()} == {"0o100644"}
    assert json.loads((tmp_path / "unpacked" / "spec.json").read_text())["name"] == "Taken along"


def test_curves_have_units_and_every_bit(store):
    rows = list(
        csv.DictReader(io.StringIO(contents(zip_of(store, put_run(store)))["curves.csv"].decode()))
    )
    assert list(rows[0]) == [
        "epoch",
        "train_loss_nats",
        "train_accuracy_fraction",
        "val_loss_nats",
        "val_accuracy_fraction",
        "seconds",
    ]
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert [float(row["val_loss_nats"]) for row in rows] == [
        sound_epoch(epoch).record.val_loss for epoch in SHARPNESS
    ]


def test_steps_have_units_and_every_bit(store):
    lines = contents(zip_of(store, put_run(store)))["steps.csv"].decode().splitlines()
    assert lines[0] == "epoch,step,train_loss_nats"
    assert [tuple(map(float, line.split(","))) for line in lines[1:]] == list(STEPS)


def test_predictions_are_read_by_numpy_without_pickle(store):
    zipped = zip_of(store, put_run(store))
    content = contents(zipped)[name_in(zipped, "epochs/epoch-0002")]
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["test_pred_probs"], sound_epoch(2).test.pred_probs)


def test_weights_are_read_by_safetensors(store):
    zipped = zip_of(store, put_run(store))
    tensors = safetensors.numpy.load(contents(zipped)[name_in(zipped, "weights/")])
    assert tensors["output.weight"].shape == (10, SPEC.fc_widths[1])


def test_the_manifest_names_program_run_and_the_hash_of_every_other_file(store):
    run_id = put_run(store)
    files = contents(zip_of(store, run_id))
    manifest = json.loads(files.pop("manifest.json"))
    run = store.run(run_id)
    assert (manifest["program"], manifest["format"]) == ("fashion-dashboard", 1)
    assert (manifest["run_id"], manifest["name"]) == (run_id, "Taken along")
    assert (manifest["created"], RunSpec.from_dict(manifest["spec"])) == (run.created, SPEC)
    assert (manifest["state"], manifest["reason"]) == ("finished", "How it went.")
    assert manifest["notices"] == ["A sentence to read."]
    assert manifest["files"] == {
        name: {"bytes": len(content), "sha256": sha256(content)} for name, content in files.items()
    }


def test_the_readme_says_what_the_files_are(store):
    text = contents(zip_of(store, put_run(store)))["README.txt"].decode()
    assert text.startswith("Taken along\n")
    assert "3 of 3 epochs, finished" in text
    assert all(word in text for word in ("nats", "fractions", "without pickle", "safetensors"))


def test_fields_of_spec_json_that_the_store_does_not_know_are_kept(store):
    import_folder(store, REFERENCE)
    header = json.loads(contents(zip_of(store, "r-reference-as-specified"))["spec.json"])
    assert header == json.loads((REFERENCE / "spec.json").read_text())


def test_a_run_whose_spec_json_is_lost_is_exported_from_the_list(store):
    run_id = put_run(store)
    (store.run_dir(run_id) / "spec.json").unlink()
    header = json.loads(contents(zip_of(store, run_id))["spec.json"])
    assert RunSpec.from_dict(header["spec"]) == SPEC


def test_the_same_run_gives_the_same_bytes(store):
    run_id = put_run(store)
    assert zip_of(store, run_id) == zip_of(RunStore(store.root), run_id)


@pytest.mark.parametrize("with_checkpoints", [False, True])
def test_the_size_is_known_before_within_one_percent(store, with_checkpoints):
    run_id = put_run(store, checkpoints=2)
    size = len(zip_of(store, run_id, with_checkpoints=with_checkpoints))
    estimate = export_bytes(store, run_id, with_checkpoints=with_checkpoints)
    assert estimate == pytest.approx(size, rel=0.01)


def test_the_size_of_the_reference_run_is_known_before(store):
    run_id = import_folder(store, REFERENCE)
    assert export_bytes(store, run_id) == pytest.approx(len(zip_of(store, run_id)), rel=0.01)


# Checkpoints, and how a run that has not ended is told


def test_checkpoints_are_left_out_unless_asked_for(store):
    run_id = put_run(store, checkpoints=2)
    plain, full = zip_of(store, run_id), zip_of(store, run_id, with_checkpoints=True)
    assert [name for name in contents(plain) if name.startswith("checkpoints/")] == []
    assert [name[:27] for name in sorted(contents(full)) if name.startswith("checkpoints/")] == [
        "checkpoints/checkpoint-0002",
        "checkpoints/checkpoint-0003",
    ]


@pytest.mark.parametrize(
    ("state", "checkpoints", "expected"),
    [
        ("finished", 0, ("finished", "How it went.")),
        ("diverged", 0, ("diverged", "How it went.")),
        ("stopped", 1, ("stopped", "How it went.")),
        ("failed", 1, ("failed", "How it went.")),
        (None, 1, ("stopped", "Interrupted, after epoch 2 of 3. Resume continues after epoch 2.")),
        ("stopped", 0, ("stopped", "Stopped, after epoch 2 of 3. {}")),
        ("failed", 0, ("failed", "How it went. {}")),
        (None, 0, ("stopped", "Interrupted, after epoch 2 of 3. {}")),
    ],
)
def test_a_run_that_can_go_on_says_from_where(store, state, checkpoints, expected):
    """Nobody computes it where the zip is opened, so its end is told for there."""
    run_id = put_run(store, state, epochs=2, checkpoints=checkpoints)
    afresh = "It was exported without checkpoints: Resume starts again from the first epoch."
    zipped = zip_of(store, run_id, with_checkpoints=True)
    assert outcome(zipped) == (expected[0], expected[1].format(afresh))


def test_a_run_that_waits_is_exported_as_a_spec(store):
    zipped = zip_of(store, store.create(SPEC))
    assert outcome(zipped)[1].startswith("Exported while it was queued, after epoch 0 of 3.")
    assert len(contents(zipped)["curves.csv"].splitlines()) == 1


# A run in work


def test_a_run_in_work_is_exported_up_to_its_last_finished_epoch(store):
    run_id = put_run(store, None, epochs=2)
    RunJournal(store, run_id).steps([(3, 2, 1.25)])
    with RunQueue(store).hold(run_id):
        zipped = zip_of(store, run_id)
    assert outcome(zipped)[1].startswith("Exported while it was running, after epoch 2 of 3.")
    assert len(contents(zipped)["curves.csv"].splitlines()) == 3
    assert b"\n3,2," not in contents(zipped)["steps.csv"]


def test_an_epoch_that_the_list_was_not_told_of_yet_comes_with_its_best_weights(store):
    """A run writes predictions, best weights, checkpoint, and tells the list last."""
    run_id = put_run(store, None, epochs=1)
    artifacts.write_epoch(store.run_dir(run_id), sound_epoch(2))
    artifacts.write(store.run_dir(run_id), "best", 2, weights(SPEC), keep=1)
    zipped = zip_of(store, run_id)
    assert len(contents(zipped)["curves.csv"].splitlines()) == 3
    assert name_in(zipped, "weights/").startswith("weights/best-0002-")


def test_an_epoch_that_is_only_half_there_stays_out(store):
    run_id = put_run(store, None, epochs=2)
    artifacts.write_epoch(store.run_dir(run_id), sound_epoch(3))
    zipped = zip_of(store, run_id)
    assert [name[:17] for name in contents(zipped) if name.startswith("epochs/")] == [
        "epochs/epoch-0001",
        "epochs/epoch-0002",
    ]


def test_best_weights_replaced_meanwhile_come_with_their_epoch(store, monkeypatch):
    """Just when epoch 1 is read as the best, the run finishes epoch 2."""
    run_id, real = put_run(store, None, epochs=1), artifacts.read

    def finish_another_epoch(run_dir: Path, kind: artifacts.Kind, epoch: int) -> bytes:
        if kind == "best" and epoch == 1:
            artifacts.write_epoch(run_dir, sound_epoch(2))
            artifacts.write(run_dir, "best", 2, weights(SPEC, seed=7), keep=1)
            RunJournal(store, run_id).epoch(sound_epoch(2).record)
        return real(run_dir, kind, epoch)

    monkeypatch.setattr(artifacts, "read", finish_another_epoch)
    file = io.BytesIO()
    assert export_run(store, run_id, file) == ()
    assert contents(file.getvalue())[name_in(file.getvalue(), "weights/")] == weights(SPEC, seed=7)
    assert len(contents(file.getvalue())["curves.csv"].splitlines()) == 3


def test_two_epochs_finished_meanwhile_are_both_exported(store, monkeypatch):
    """The list said epoch 1; when the best weights are looked for, they are those of epoch 3."""
    run_id, real = put_run(store, None, epochs=1), artifacts.epochs_on_disk
    later = [(2, sound_epoch(3)), (3, sound_epoch(2))]  # each better than the one before

    def finish_two_epochs(run_dir: Path, kind: artifacts.Kind) -> list[int]:
        while kind == "best" and later:
            epoch, content = later.pop(0)
            record = replace(content.record, epoch=epoch)
            artifacts.write_epoch(run_dir, replace(content, record=record))
            artifacts.write(run_dir, "best", epoch, weights(SPEC, seed=epoch), keep=1)
            RunJournal(store, run_id).epoch(record)
        return real(run_dir, kind)

    monkeypatch.setattr(artifacts, "epochs_on_disk", finish_two_epochs)
    file = io.BytesIO()
    assert export_run(store, run_id, file) == ()
    assert contents(file.getvalue())[name_in(file.getvalue(), "weights/")] == weights(SPEC, seed=3)
    assert len(contents(file.getvalue())["curves.csv"].splitlines()) == 4


def test_a_checkpoint_of_an_epoch_that_is_not_in_the_zip_stays_out(store):
    run_id = put_run(store, None, epochs=2, checkpoints=1)
    history = [sound_epoch(epoch).record for epoch in (1, 2, 3)]
    artifacts.write(store.run_dir(run_id), "checkpoint", 3, checkpoint(SPEC, history), keep=2)
    zipped = zip_of(store, run_id, with_checkpoints=True)
    assert name_in(zipped, "checkpoints/").startswith("checkpoints/checkpoint-0002")


@pytest.mark.slow
def test_exported_again_and_again_while_it_is_computed_it_is_always_sound(
    small_data, store, tmp_path, monkeypatch
):
    """A real training of 40 epochs; every export passes all checks of an import elsewhere."""
    monkeypatch.setattr(content_checks, "IMAGES", 300)
    engine = make_engine("thread", store)
    run_id = engine.start(small_spec(epochs=40))
    lengths = []
    while store.run(run_id).is_active:
        elsewhere = RunStore(tmp_path / str(len(lengths)))
        import_run(elsewhere, io.BytesIO(zip_of(store, run_id, with_checkpoints=True)))
        run = elsewhere.run(run_id)
        assert run.best is None or len(elsewhere.best_weights(run_id)) > 0
        lengths.append(len(run.history))
    engine.close()
    assert len(set(lengths)) > 3
    assert lengths == sorted(lengths)


# Damage and full disks


def test_a_damaged_epoch_is_left_out_and_said(store):
    run_id = put_run(store)
    (path,) = (store.run_dir(run_id) / "epochs").glob("epoch-0001-*")
    path.write_bytes(path.read_bytes()[:-1])
    file = io.BytesIO()
    (lost,) = export_run(store, run_id, file)
    assert lost.startswith("The epoch file of epoch 1 ")
    assert lost.endswith(" It is not in the zip.")
    assert json.loads(contents(file.getvalue())["manifest.json"])["notices"][1:] == [lost]
    assert len(contents(file.getvalue())["curves.csv"].splitlines()) == 4


@pytest.mark.parametrize("kind", ["best", "checkpoint"])
def test_damaged_weights_are_left_out_and_said(store, kind):
    run_id = put_run(store, checkpoints=1)
    (path,) = store.run_dir(run_id).rglob(f"{kind}-*")
    path.write_bytes(b"")
    (lost,) = export_run(store, run_id, io.BytesIO(), with_checkpoints=True)
    assert lost.startswith(f"The {kind} file of epoch ")


def test_a_run_that_does_not_exist_is_refused(store, tmp_path):
    with pytest.raises(StoreError, match="no such run"):
        export_to(store, "r-20261122-000000-abcdef", tmp_path / "run.zip")
    assert list(tmp_path.glob("*run.zip*")) == []


def test_a_damaged_run_is_refused_with_its_reason(store):
    run_id = put_run(store)
    store.database.unlink()
    (store.run_dir(run_id) / "spec.json").write_text("{")
    with pytest.raises(StoreError, match=r"cannot be exported\. .*spec\.json"):
        zip_of(RunStore(store.root), run_id)


def test_a_file_that_is_there_is_not_overwritten(store, tmp_path):
    run_id = put_run(store)
    (tmp_path / "run.zip").write_bytes(b"mine")
    with pytest.raises(StoreError, match="There is a file"):
        export_to(store, run_id, tmp_path / "run.zip")
    assert (tmp_path / "run.zip").read_bytes() == b"mine"


def test_a_missing_folder_is_said(store, tmp_path):
    with pytest.raises(StoreError, match=r"none/run\.zip cannot be written \(No such file"):
        export_to(store, put_run(store), tmp_path / "none" / "run.zip")


def test_a_full_disk_leaves_no_part_of_a_zip(store, tmp_path):
    run_id = put_run(store)
    with full_disk(500_000), pytest.raises(StoreError, match=r"run\.zip cannot be written"):
        export_to(store, run_id, tmp_path / "run.zip")
    assert list(tmp_path.glob("*run.zip*")) == []
    assert export_to(store, run_id, tmp_path / "run.zip") == ()


def test_a_pipe_is_refused(store):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(ValueError, match="any place"):
        export_run(store, put_run(store), Pipe())


def test_exporting_and_importing_do_not_import_torch():
    code = "import fashion_core.runs.exporting, fashion_core.runs.zip_import\n"
    code += "print(sorted({'torch', 'safetensors', 'tensorboard'} & set(sys.modules)))"
    assert run_python(code) == "[]\n"
