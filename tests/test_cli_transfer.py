"""`export` and `import` as a person uses them."""

import subprocess
import sys

import pytest
from helpers import REPO_ROOT
from portable import contents, put_run

from fashion_core import __main__ as command_line
from fashion_core.runs.store import RunStore


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = command_line.main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_a_run_goes_to_another_machine_in_two_commands(store, tmp_path, capsys, monkeypatch):
    run_id = put_run(store)
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, "export", run_id, "--store", store.root)
    assert (code, err) == (0, "")
    size = (tmp_path / f"{run_id}.zip").stat().st_size / 1e6
    assert out == f"{run_id}.zip written: {size:.1f} MB, Taken along, without checkpoints\n"
    other = tmp_path / "other"
    code, out, err = call(capsys, "import", f"{run_id}.zip", "--store", other)
    assert (code, err) == (0, "")
    assert out == f"{run_id} imported: run 1, Taken along, finished, 3 of 3 epochs\n"
    assert RunStore(other).run(run_id) == store.run(run_id)


def test_checkpoints_come_along_if_asked_for(store, tmp_path, capsys):
    run_id, path = put_run(store, "stopped", epochs=2, checkpoints=2), tmp_path / "mine.zip"
    words = ("export", run_id, "--output", path, "--with-checkpoints", "--store", store.root)
    assert call(capsys, *words)[1].endswith(", with checkpoints\n")
    assert sum(name.startswith("checkpoints/") for name in contents(path.read_bytes())) == 2


def test_what_is_damaged_and_left_out_is_said(store, tmp_path, capsys):
    run_id, path = put_run(store), tmp_path / "mine.zip"
    next((store.run_dir(run_id) / "epochs").glob("epoch-0001-*")).unlink()
    _, out, _ = call(capsys, "export", run_id, "--output", path, "--store", store.root)
    expected = f"The epoch file of epoch 1 is missing from {run_id}. It is not in the zip."
    assert out.splitlines()[1] == expected


def test_an_export_overwrites_nothing(store, tmp_path, capsys):
    path = tmp_path / "mine.zip"
    path.write_bytes(b"mine")
    code, _, err = call(capsys, "export", put_run(store), "--output", path, "--store", store.root)
    assert (code, path.read_bytes()) == (1, b"mine")
    assert err == f"There is a file {path} already. Remove it or choose another name.\n"


def test_a_file_that_is_no_run_is_refused(store, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("notes")
    result = call(capsys, "import", tmp_path / "notes.txt", "--store", store.root)
    assert result == (1, "", "The file is not a zip.\n")


def test_a_file_that_is_missing_or_a_folder_is_said(store, tmp_path, capsys):
    code, _, err = call(capsys, "import", tmp_path / "none.zip", "--store", store.root)
    expected = f"The file {tmp_path / 'none.zip'} cannot be read (No such file or directory).\n"
    assert (code, err) == (1, expected)
    code, _, err = call(capsys, "import", tmp_path, "--store", store.root)
    assert (code, err) == (1, f"The file {tmp_path} cannot be read (Is a directory).\n")


@pytest.mark.parametrize("words", [["export"], ["tensorboard", "--output", "tb"]])
def test_looking_makes_no_store(tmp_path, capsys, words):
    code, _, err = call(capsys, *words, "r-20261122-000000-abcdef", "--store", tmp_path / "none")
    assert (code, err) == (1, f"There is no run store in {tmp_path / 'none'}.\n")
    assert not (tmp_path / "none").exists()


def test_import_reads_no_pipe(store):
    """A zip is read from its end."""
    process = subprocess.run(
        [sys.executable, "-m", "fashion_core", "import", "/dev/stdin", "--store", str(store.root)],
        cwd=REPO_ROOT,
        input=b"PK",
        capture_output=True,
        check=False,
    )
    sentence = b"A zip is read from its end, and a pipe has none. Save it as a file.\n"
    assert (process.returncode, process.stderr) == (1, sentence)
