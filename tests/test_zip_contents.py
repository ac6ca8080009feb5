"""Zips whose outside is right and whose files are not: each refused with its reason."""

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from helpers import small_spec
from portable import (
    SPEC,
    arrays_of,
    changed,
    checkpoint,
    contents,
    entries,
    name_in,
    npz,
    packed,
    put_run,
    renamed,
    sound_epoch,
    tensor_file,
    weights,
    with_swapped,
    zip_of,
)
from test_zip_entries import check_cheap, check_refused, deflated_zeros, hand_made

from fashion_core.config import RunSpec
from fashion_core.files import sha256
from fashion_core.runs.store import RunStore
from fashion_core.runs.tensor_checks import check_weights
from fashion_core.runs.zip_import import import_run


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    """Give the zip of a sound run with checkpoints."""
    store = RunStore(tmp_path_factory.mktemp("origin"))
    return zip_of(store, put_run(store, checkpoints=2), with_checkpoints=True)


def with_manifest(zipped: bytes, **fields: object) -> bytes:
    """Replace fields of the manifest only; `...` removes one."""
    files = contents(zipped)
    values = json.loads(files["manifest.json"]) | fields
    kept = {name: value for name, value in values.items() if value is not ...}
    return packed({**files, "manifest.json": json.dumps(kept).encode()})


def with_json(zipped: bytes, name: str, **fields: object) -> bytes:
    """Replace fields of a JSON file and of the manifest alike, all hashes right."""
    values = json.loads(contents(zipped)[name]) | fields
    return changed(zipped, {name: json.dumps(values).encode()}, **fields)


def test_the_sound_zip_is_taken(store, good):
    """Else every refusal below would prove nothing."""
    assert import_run(store, io.BytesIO(changed(good, {})))


# The manifest


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"program": "another"}, "Expected the program fashion-dashboard, got 'another'"),
        ({"program": ...}, "Expected the program fashion-dashboard"),
        ({"format": 2}, r"A newer version of this program made it \(format 2, this one knows 1\)"),
        ({"format": 0}, "Expected a format number"),
        ({"format": "1"}, "Expected a format number"),
        ({"format": True}, "Expected a format number"),
        ({"run_id": "../../evil"}, "Expected a run id"),
        ({"run_id": "r-UPPERCASE"}, "Expected a run id"),
        ({"run_id": "short"}, "Expected a run id"),
        ({"run_id": "x" * 41}, "Expected a run id"),
        ({"run_id": "lone-\ud800-id"}, "Expected a run id"),
        ({"run_id": ...}, "Expected a run id"),
        ({"name": 7}, "Expected a name"),
        ({"created": "today"}, "Expected seconds since 1970"),
        ({"created": -1.0}, "Expected seconds since 1970"),
        ({"created": 1e300}, "Expected seconds since 1970"),
        ({"created": float("nan")}, "Expected finite numbers"),
        ({"created": float("inf")}, "Expected finite numbers"),
        ({"spec": ...}, "Expected an object as spec"),
        ({"state": "running"}, "Expected a state"),
        ({"state": "queued"}, "Expected a state"),
        ({"reason": 7}, "Expected a state"),
        ({"notices": "text"}, "Expected a list as notices"),
        ({"notices": [7]}, "Expected a text"),
        ({"note": 7}, "Expected a text"),
        ({"tags": "text"}, "Expected a list as tags"),
        ({"tags": [7]}, "Expected a text"),
        ({"files": []}, "Expected an object as files"),
        ({"files": {}}, "holds README.txt, which its manifest.json does not name"),
        ({"files": {"evil.txt": {"bytes": 1, "sha256": "0" * 64}}}, "no part of a run"),
        ({"files": {"spec.json": 7}}, "says nothing about the file spec.json"),
        ({"files": {"spec.json": {"bytes": -1, "sha256": "0" * 64}}}, "at most 64,000 bytes"),
        ({"files": {"spec.json": {"bytes": 1e3, "sha256": "0" * 64}}}, "at most 64,000 bytes"),
        ({"files": {"spec.json": {"bytes": 7, "sha256": "abc"}}}, "Expected a SHA-256"),
    ],
)
def test_a_manifest_without_sense_is_refused(store, good, fields, reason):
    check_refused(store, with_manifest(good, **fields), reason)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe{}", b"null", b'{"a": NaN}'])
def test_a_broken_manifest_is_refused(store, good, content):
    zipped = packed({**contents(good), "manifest.json": content})
    check_refused(store, zipped, "manifest.json in the zip is not sound")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"epochs": 0}, "Expected epochs to be a whole number from 1 to 1,000"),
        ({"learning_rate": 1e9}, "Expected a learning rate"),
        ({"conv_widths": [4, 10**9]}, "convolution widths"),
        ({"conv_widths": "many"}, "convolution widths"),
        ({"fc_widths": [[], {}]}, "fully connected widths"),
        ({"threads": 10**30}, "at most 63 bits"),
        ({"invented": 1}, "Expected only the fields"),
    ],
)
def test_a_spec_out_of_range_is_refused(store, good, spec, reason):
    bad = {"spec": {**SPEC.to_dict(), **spec}}
    check_refused(store, with_json(good, "spec.json", **bad), reason)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("spec.json", {"name": "another"}),
        ("spec.json", {"run_id": "another-run"}),
        ("spec.json", {"created": 7.0}),
        ("spec.json", {"spec": small_spec(seed=1).to_dict()}),
        ("outcome.json", {"state": "diverged"}),
        ("outcome.json", {"reason": "another"}),
    ],
)
def test_a_small_file_that_contradicts_the_manifest_is_refused(store, good, name, fields):
    content = json.dumps(json.loads(contents(good)[name]) | fields).encode()
    check_refused(store, changed(good, {name: content}), f"{name} .*is not what manifest.json says")


# Files that are missing, new or others


@pytest.mark.parametrize("part", ["spec.json", "curves.csv", "README.txt", "epochs/epoch-0002"])
def test_a_missing_file_is_refused(store, good, part):
    name = name_in(good, part)
    kept = {other: content for other, content in contents(good).items() if other != name}
    check_refused(store, packed(kept), f"lacks {name}")


@pytest.mark.parametrize("name", ["spec.json", "outcome.json", "curves.csv", "steps.csv"])
def test_a_file_every_run_has_may_not_be_left_out(store, good, name):
    check_refused(store, changed(good, {name: None}), f"lacks {name}")


def test_a_file_the_manifest_does_not_name_is_refused(store, good):
    name = "epochs/epoch-0004-0123456789abcdef.npz"
    zipped = packed({**contents(good), name: b"x"})
    check_refused(store, zipped, f"holds {name}, which its manifest.json does not name")


@pytest.mark.parametrize(
    "part", ["README", "spec", "epochs/epoch-0002", "weights", "checkpoints/checkpoint-0003"]
)
def test_a_wrong_hash_is_refused(store, good, part):
    name, files = name_in(good, part), contents(good)
    files[name] = bytes([files[name][0] ^ 1]) + files[name][1:]
    check_refused(store, packed(files), f"{name} in the zip is not what its manifest.json says")


def test_another_size_than_the_manifest_says_is_refused(store, good):
    files = contents(good) | {"curves.csv": b"epoch\n"}
    check_refused(store, packed(files), "curves.csv in the zip has another size")


def test_a_file_under_a_hash_that_is_not_its_own_is_refused(store, good):
    """The manifest is right; the store would find the file damaged at every look."""
    old = name_in(good, "epochs/epoch-0002")
    new = "epochs/epoch-0002-0123456789abcdef.npz"
    zipped = changed(good, {old: None, new: contents(good)[old]})
    check_refused(store, zipped, "does not have the content of its name")


def test_two_files_of_one_epoch_are_refused(store, good):
    other = npz(**dict(reversed(arrays_of(2).items())))  # the same arrays, other bytes
    check_refused(store, changed(good, renamed("epoch", 2, other)), "2 epoch files of epoch 2")


# Curves and steps

HEAD = "epoch,train_loss_nats,train_accuracy_fraction,val_loss_nats,val_accuracy_fraction,seconds"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "Line 0"),
        (["epoch,seconds", "1,2"], "Line 1"),
        ([HEAD, "1,2"], "Line 2: Expected 6 columns, got 2"),
        ([HEAD, "1,0.5,0.5,0.5,0.5,x"], "Line 2"),
        ([HEAD, "1,nan,0.5,0.5,0.5,1"], "Expected train_loss of epoch 1 in range, got nan"),
        ([HEAD, "1,0.5,0.5,inf,0.5,1"], "Expected val_loss of epoch 1 in range, got inf"),
        ([HEAD, "1,0.5,0.5,-0.5,0.5,1"], "Expected val_loss of epoch 1 in range, got -0.5"),
        ([HEAD, "1,0.5,1.5,0.5,0.5,1"], "Expected train_accuracy of epoch 1 in range, got 1.5"),
        ([HEAD, "1,0.5,0.5,0.5,0.5,-1"], "Expected seconds of epoch 1 in range"),
        ([HEAD, "0,0.5,0.5,0.5,0.5,1"], "Expected a whole number from 1 to 3, got '0'"),
        ([HEAD, "4,0.5,0.5,0.5,0.5,1"], "Expected a whole number from 1 to 3, got '4'"),
        ([HEAD, "1.0,0.5,0.5,0.5,0.5,1"], "Expected a whole number"),
        ([HEAD, *["1,0.5,0.5,0.5,0.5,1"] * 2], "in ascending order"),
        ([HEAD, "1,0.5,0.5,0.5,0.5,1"], "curves.csv has no epoch"),
        ([HEAD, '1,0.5,0.5,0.5,0.5,"1'], "Line 2"),
    ],
)
def test_curves_without_sense_are_refused(store, good, lines, reason):
    zipped = changed(good, {"curves.csv": "\n".join(lines).encode()})
    check_refused(store, zipped, reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,1,nan", "Expected a loss in nats, got nan"),
        ("1,1,-1", "Expected a loss in nats"),
        ("1,1,", "Line 2"),
        ("4,1,1.5", "from 1 to 3"),
        ("1,5,1.5", "from 1 to 4, got '5'"),
        ("1,2,1.5\n1,1,1.5", "in ascending order"),
    ],
)
def test_steps_without_sense_are_refused(store, good, row, reason):
    content = f"epoch,step,train_loss_nats\n{row}\n".encode()
    check_refused(store, changed(good, {"steps.csv": content}), reason)


def test_text_in_another_encoding_is_refused(store, good):
    zipped = changed(good, {"steps.csv": "epoch,step,train_loss_nats\n".encode("utf-16")})
    check_refused(store, zipped, "steps.csv in the zip is not sound")


# Epoch files


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


TRAP = Trap(Path("unpickled-by-a-test"))


def bad_epochs() -> Iterator[tuple[str, dict[str, object], str]]:
    """Yield what to change in the arrays of epoch 2, and why that is refused."""
    good = arrays_of(2)
    probs, loss = good["val_pred_probs"], good["test_loss"]
    yield "pickled", {"val_loss": np.array([TRAP] * 10_000)}, "pickled objects"
    yield "pickled record", {"record": np.array([TRAP])}, "bytes, got|pickled objects"
    yield "pickled empty", {"test_loss": np.array([], dtype=object)}, "pickled objects"
    yield "short", {"val_loss": good["val_loss"][:-1]}, r"shape \(10000,\), got \(9999,\)"
    yield "long", {"test_loss": np.append(loss, loss)}, "to have 40,000 bytes, got 80,128"
    yield "other type", {"test_loss": loss.astype(np.float64)}, "to have 40,000 bytes"
    yield "other half", {"test_pred_probs": probs.view(np.int16)}, "of type <f2, got <i2"
    yield "other order", {"test_pred_probs": np.asfortranarray(probs)}, "plain array in C order"
    yield (
        "transposed",
        {"val_pred_probs": probs.T.copy()},
        r"shape \(10000, 10\), got \(10, 10000\)",
    )
    yield "structured", {"val_loss": np.zeros(10_000, "i2,i2")}, "plain array in C order"
    yield "extra", {"extra": loss}, "no more"
    yield "nan loss", {"test_loss": np.append(loss[1:], np.float32("nan"))}, "finite"
    yield "nan probability", {"val_pred_probs": np.full_like(probs, np.nan)}, "finite"
    yield "negative", {"val_pred_probs": probs - np.float16(1)}, "from 0 to 1"
    yield "sum", {"val_pred_probs": probs * np.float16(0.5)}, "with a sum of 1"
    yield "negative loss", {"test_loss": -loss}, "losses of at least 0"
    yield "class", {"test_predictions": good["test_predictions"] + np.uint8(10)}, "from 0 to 9"
    yield "other answer", {"test_predictions": (good["test_predictions"] + 1) % 10}, "most probable"
    yield (
        "other loss",
        {"val_loss": good["val_loss"] * np.float32(1.01)},
        "The loss of its pictures",
    )
    yield "no record", {"record": np.frombuffer(b"{}", np.uint8)}, "Expected the figures"
    yield "broken record", {"record": np.frombuffer(b"{", np.uint8)}, "not sound"
    for field, value in [("train_loss", 9.0), ("seconds", 1.0), ("epoch", 1), ("epoch", 2.0)]:
        figures = asdict(sound_epoch(2).record) | {field: value}
        record = np.frombuffer(json.dumps(figures).encode(), np.uint8)
        yield f"{field} {value}", {"record": record}, "the curves say|Expected an epoch"


@pytest.mark.parametrize(
    ("change", "reason"), [pytest.param(*b[1:], id=b[0]) for b in bad_epochs()]
)
def test_an_epoch_that_contradicts_itself_or_the_curves_is_refused(store, good, change, reason):
    arrays = {**arrays_of(2), **change}
    arrays = {k: v.astype(np.uint8) if k.endswith("predictions") else v for k, v in arrays.items()}
    check_refused(store, with_swapped(good, "epoch", 2, npz(**arrays)), reason)


def test_nothing_is_ever_unpickled(store, good, tmp_path):
    """The same file does run its code where somebody allows it."""
    mark = tmp_path / "unpickled"
    bad = npz(**{**arrays_of(2), "val_loss": np.array([Trap(mark)] * 10_000)})
    check_refused(store, with_swapped(good, "epoch", 2, bad), "pickled objects")
    assert not mark.exists()
    with np.load(io.BytesIO(bad), allow_pickle=True) as arrays:
        assert len(arrays["val_loss"]) == 10_000
    assert mark.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6" + bytes(18), packed({"a.npy": b""})])
def test_what_is_no_epoch_file_is_refused(store, good, content):
    check_refused(store, with_swapped(good, "epoch", 2, content), "epoch-0002.*is not sound")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_epoch_compressed_in_another_way_is_refused(store, good, method):
    """LZMA takes as much memory as the file asks for."""
    arrays = contents(npz(**arrays_of(2)))
    check_refused(store, with_swapped(good, "epoch", 2, packed(arrays, method)), "as NumPy does it")


def test_damage_inside_an_epoch_file_is_refused(store, good):
    whole = npz(**arrays_of(2))
    bad = whole[:60_000] + bytes(1_000) + whole[61_000:]
    check_refused(store, with_swapped(good, "epoch", 2, bad), "Expected an .npz file")


def test_an_epoch_the_curves_do_not_have_is_refused(store, good):
    name = name_in(good, "epochs/epoch-0003")
    moved = {name: None, name.replace("0003", "0004"): contents(good)[name]}
    check_refused(store, changed(good, moved), "curves.csv has no epoch 4")


def npy_head(descr: str, shape: str) -> bytes:
    """Give the beginning of NumPy's file of an array, 128 bytes as usual."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", 118) + text.ljust(117) + b"\n"


def check_inner_bomb(tmp_path: Path, good: bytes, last: tuple[str, bytes, int, int], reason: str):
    """See that an epoch file with one hostile array is refused cheaply."""
    arrays = contents(npz(**arrays_of(2)))
    parts = [(name, data, len(data), 0) for name, data in arrays.items() if name != last[0]]
    zipped = with_swapped(good, "epoch", 2, hand_made(*parts, last))
    check_cheap(tmp_path, changed(good, {"README.txt": None}), zipped, reason)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (500_000_128, "val_loss.npy to have 40,000 bytes, got 500,000,128"),
        (40_128, "Bad CRC-32 for file 'val_loss.npy'"),
    ],
)
def test_a_bomb_inside_an_epoch_file_is_refused_cheaply(tmp_path, good, claimed, reason):
    """500 MB of zeros as an array, announced or not."""
    zeros = deflated_zeros(500, npy_head("<f4", "(10000,)"))
    check_inner_bomb(tmp_path, good, ("val_loss.npy", zeros, claimed, 8), reason)


@pytest.mark.slow
def test_a_shape_of_forty_terabytes_takes_no_memory(tmp_path, good):
    data = npy_head("<f4", "(10000000000000,)") + bytes(40_000)
    last = ("val_loss.npy", data, len(data), 0)
    check_inner_bomb(tmp_path, good, last, "of shape (10000,), got (10000000000000,)")


# Weights and checkpoints


def bad_tensors() -> Iterator[tuple[str, bytes, str]]:
    """Yield weights files that are wrong, and why they are refused."""
    sound = weights(SPEC)
    size = 8 + struct.unpack("<Q", sound[:8])[0]
    header, data = json.loads(sound[8:size]), sound[size:]
    first = next(iter(sorted(header)))
    one = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    yield "empty", b"", "safetensors header"
    yield "seven bytes", bytes(7), "safetensors header"
    yield "header beyond the end", tensor_file(b"{}", size=10), "safetensors header"
    yield "huge header", tensor_file(b"{}", size=2**62), "safetensors header"
    yield "no object", tensor_file([]), "JSON object"
    yield "no JSON", tensor_file(b"{"), "not sound"
    yield "nested", tensor_file(b'{"a":' * 60_000), "not nested hundreds"
    yield "pickle", tensor_file(b"\x80\x04\x95"), "UTF-8"
    yield "tensor without shape", tensor_file({"a": {"dtype": "F32"}}), "dtype, shape and"
    yield "tensor is text", tensor_file({"a": "b"}), "dtype, shape and"
    yield "other format", tensor_file({"a": one | {"dtype": "F4"}}, bytes(4)), "number format"
    yield "format is a list", tensor_file({"a": one | {"dtype": []}}, bytes(4)), "number format"
    yield "huge shape", tensor_file({"a": one | {"shape": [2**40] * 5}}, bytes(4)), "size of their"
    yield "deep shape", tensor_file({"a": one | {"shape": [1] * 50_000}}, bytes(4)), "whole numbers"
    yield "negative shape", tensor_file({"a": one | {"shape": [-1]}}, bytes(4)), "whole numbers"
    yield "one offset", tensor_file({"a": one | {"data_offsets": [0]}}, bytes(4)), "whole numbers"
    yield "offset beyond", tensor_file({"a": one | {"data_offsets": [4, 8]}}, bytes(8)), "one after"
    yield "overlap", tensor_file({"a": one, "b": one}, bytes(4)), "one after another"
    yield "tail", sound + b"x", "bytes, got"
    yield "cut", sound[:-1], "bytes, got"
    yield "many", tensor_file({str(n): one for n in range(1_001)}), "at most 1,000 tensors"
    yield "metadata", tensor_file({"__metadata__": {"a": 1}}), "texts as metadata"
    yield "other network", weights(small_spec(fc_widths=(8, 8))), "numbers for this network"
    yield "nan", sound[:-4] + np.float32("nan").tobytes(), "finite weights"
    yield (
        "infinite",
        tensor_file({**header, first: header[first]}, data[:-4] + b"\0\0\x80\x7f"),
        "finite",
    )


@pytest.mark.parametrize(
    ("content", "reason"), [pytest.param(*b[1:], id=b[0]) for b in bad_tensors()]
)
def test_weights_that_are_not_the_networks_are_refused(store, good, content, reason):
    check_refused(store, with_swapped(good, "best", 2, content), reason)


def test_best_weights_of_an_epoch_that_is_not_the_best_are_refused(store, good):
    old = name_in(good, "weights/")
    zipped = changed(good, {old: None, **renamed("best", 3, contents(good)[old])})
    check_refused(store, zipped, "The best epoch of curves.csv is 2")


@pytest.mark.parametrize(
    ("epochs", "changes"), [((1, 2), {}), ((1, 3, 2), {}), ((1, 2, 3), {"train_loss": 0.1})]
)
def test_a_checkpoint_with_another_history_is_refused(store, good, epochs, changes):
    """It would become the curve when the run goes on."""
    history = [replace(sound_epoch(epoch).record, **changes) for epoch in epochs]
    bad = with_swapped(good, "checkpoint", 3, checkpoint(SPEC, history))
    check_refused(store, bad, "history is not that of the curves")


@pytest.mark.parametrize("text", ["{}", "[7]", "[", "null", '[{"epoch": NaN}]'])
def test_a_checkpoint_without_a_history_is_refused(store, good, text):
    bad = tensor_file({"__metadata__": {"json": text}})
    check_refused(store, with_swapped(good, "checkpoint", 3, bad), "checkpoint-0003.*is not sound")


def test_a_checkpoint_of_an_epoch_computed_twice_is_taken(store, good):
    """An epoch whose file was lost is computed again, to the same bits in other seconds."""
    history = [replace(sound_epoch(epoch).record, seconds=99.0) for epoch in (1, 2, 3)]
    import_run(store, io.BytesIO(with_swapped(good, "checkpoint", 3, checkpoint(SPEC, history))))


def test_weights_of_the_default_network_are_taken(tmp_path):
    """1,692,106 parameters and 192 running means and variances, as the real network has them."""
    (tmp_path / "weights").write_bytes(weights(RunSpec()))
    check_weights(tmp_path / "weights", RunSpec())


def test_everything_a_stranger_changed_is_hashed_anew_in_these_tests(good):
    """Else the hash, not the content, would be what is refused."""
    files = contents(changed(good, {"curves.csv": b"x"}))
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == entries(files)
    assert manifest["files"]["curves.csv"]["sha256"] == sha256(b"x")
