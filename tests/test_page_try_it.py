"""The Try it page, opened cold by Streamlit's own test client on real weights."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from helpers import REPO_ROOT, record
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.transforms import Changes, change
from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import drawing, image_data, services, try_source

EXAMPLE = REPO_ROOT / "examples" / "reference-run"
REFERENCE = "r-reference-as-specified"


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture(scope="module")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("try") / "runs"
    import_folder(RunStore(root), EXAMPLE)
    return root


@pytest.fixture
def full(reference_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(reference_runs))
    return open_page


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the empty store that the pages use."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return services.store()


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key.replace("_", "-")] = value
    return app.switch_page("pages/try_it.py").run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def shown(app: AppTest) -> list[np.ndarray]:
    """Give the pixels of all pictures that are drawn, in their order."""
    text = "".join(part.proto.body for part in app.get("html"))
    found = re.findall(r"data:image/png;base64,([^\"]+)", text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(part)))) for part in found]


def bars(app: AppTest) -> list[float]:
    """Give the ten probabilities that are drawn."""
    (chart,) = app.get("plotly_chart")
    (trace,) = json.loads(chart.proto.spec)["data"]
    values = trace["x"]
    if isinstance(values, dict):
        values = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_image(position: int) -> np.ndarray:
    return services.pictures("test").images[position]


test_image.__test__ = False  # type: ignore[attr-defined]


# A picture of the data set


def test_link_shows_a_test_picture_with_exactly_its_stored_answer(full):
    app = full(picture="7800")
    said = services.store().epoch_file(REFERENCE, 8).test
    assert f"The network says {CLASS_NAMES[said.predictions[7800]]}, " in words(app)
    np.testing.assert_allclose(bars(app), said.pred_probs[7800], rtol=2**-10, atol=2**-14)
    np.testing.assert_array_equal(shown(app)[0], test_image(7800))
    assert "Test picture 7800, labelled Shirt" in words(app)


def test_without_a_number_the_first_picture_is_shown(full):
    assert "Test picture 0, labelled Ankle boot" in words(full())


def test_another_number_goes_into_the_link(full):
    app = full()
    app.number_input(key="try-number").set_value(42).run()
    assert app.query_params["picture"] == ["42"] or app.query_params["picture"] == "42"
    np.testing.assert_array_equal(shown(app)[0], test_image(42))


@pytest.mark.parametrize("picture", ["10000", "-3", "shirt"])
def test_number_that_is_no_test_picture_gets_a_sentence(full, picture):
    said = words(full(picture=picture))
    assert "There is no test picture with the number in the link. Picture 0 is shown." in said


def test_number_of_a_training_picture_leads_to_the_next_of_validation(full):
    ids = services.pictures("validation").image_ids
    missing = next(i for i in range(int(ids[0]), int(ids[-1])) if i not in set(ids.tolist()))
    following = int(ids[ids > missing][0])
    assert f"Picture {following} is shown." in words(full(split="validation", picture=str(missing)))


# Changes


def test_changes_of_the_link_are_made_and_answered(full):
    app = full(picture="7800", turn="45", noise="20", mirror="true")
    expected = change(test_image(7800), Changes(degrees=45, noise=20, is_mirrored=True))
    np.testing.assert_array_equal(shown(app)[0], expected)
    run = services.store().run(REFERENCE)
    np.testing.assert_allclose(bars(app), image_data.probabilities(run, 8, expected), atol=1e-6)


@pytest.mark.parametrize(
    ("key", "value", "changes"),
    [
        ("right", 3, {"right": 3}),
        ("down", -2, {"down": -2}),
        ("turn", 90, {"degrees": 90}),
        ("blur", 1.5, {"blur": 1.5}),
        ("contrast", 0.5, {"contrast": 0.5}),
        ("noise", 40, {"noise": 40}),
        ("patch", 8, {"patch": 8, "patch_left": 10, "patch_top": 10}),
    ],
)
def test_each_slider_makes_its_change(full, key, value, changes):
    app = full(picture="7800")
    app.slider(key=key).set_value(value).run()
    np.testing.assert_array_equal(shown(app)[0], change(test_image(7800), Changes(**changes)))


def test_switches_and_place_of_the_patch_make_their_changes(full):
    app = full(picture="7800", patch="6")
    app.toggle(key="invert").set_value(True)
    app.toggle(key="mirror").set_value(True)
    app.slider(key="patch-left").set_value(2)
    app.slider(key="patch-top").set_value(20).run()
    expected = Changes(is_inverted=True, is_mirrored=True, patch=6, patch_left=2, patch_top=20)
    np.testing.assert_array_equal(shown(app)[0], change(test_image(7800), expected))


def test_reset_takes_all_changes_back(full):
    app = full(picture="7800", turn="45", contrast="0.5", invert="true", patch="9")
    assert not app.button(key="reset").disabled
    app.button(key="reset").click().run()
    np.testing.assert_array_equal(shown(app)[0], test_image(7800))
    assert app.button(key="reset").disabled
    assert "turn" not in app.query_params


def test_place_of_the_patch_is_only_asked_where_there_is_one(full):
    assert full().slider(key="patch-left").disabled
    assert not full(patch="3").slider(key="patch-left").disabled


def test_empty_map_does_not_say_that_nothing_speaks_for_the_answer(full, monkeypatch):
    empty = np.zeros((1, 28, 28), dtype=np.float32)
    monkeypatch.setattr(image_data, "saliency", lambda *_: empty)
    text = "".join(part.proto.body for part in full().get("html"))
    assert "Grad-CAM finds no place (see ?)" in text
    assert "Nothing here" not in text


def test_inverted_picture_is_said_to_be_unlike_the_training_pictures(full):
    assert "Like the training pictures" in words(full(picture="0"))
    assert "unlike the training pictures" in words(full(picture="0", invert="true"))


# A file


def photo() -> np.ndarray:
    """Give an ankle boot of the test set, ten times as large and dark on white."""
    return np.pad(
        255 - np.kron(test_image(0), np.ones((10, 10), np.uint8)), 60, constant_values=255
    )


def test_file_is_brought_to_form_in_visible_steps_and_answered(full):
    app = full(**{"from": try_source.UPLOAD})
    assert "stored nowhere" in words(app)
    app.file_uploader(key="try-file").upload("boot.png", png(photo()), "image/png").run()
    said = words(app)
    assert "The network says Ankle boot" in said
    titles = "".join(part.proto.body for part in app.get("html"))
    names = re.findall(r"<strong>(\d)\. ([^<]+)</strong>", titles)
    assert [name for _, name in names] == [
        "Your picture",
        "Grey",
        "Negated",
        "Made black",
        "Trimmed",
        "Scaled to 28",
        "Sharpened",
        "In the middle",
    ]
    assert len(shown(app)) == 2 + 8


def test_visitor_says_that_the_background_is_dark(full):
    app = full(**{"from": try_source.UPLOAD})
    app.file_uploader(key="try-file").upload("boot.png", png(photo()), "image/png").run()
    app.segmented_control(key="background").set_value("dark").run()
    assert "dark background: as you say" in "".join(part.proto.body for part in app.get("html"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty"),
        (b"GIF89a" + bytes(50), "This is a GIF file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
    ],
)
def test_refused_file_gets_its_reason(full, content, reason):
    app = full(**{"from": try_source.UPLOAD})
    app.file_uploader(key="try-file").upload("x.png", content, "image/png").run()
    assert reason in words(app)
    assert "The answer appears here" in words(app)


def test_picture_of_one_colour_gets_its_reason(full):
    app = full(**{"from": try_source.UPLOAD})
    blank = png(np.full((50, 50), 90, np.uint8))
    app.file_uploader(key="try-file").upload("blank.png", blank, "image/png").run()
    assert "Nothing in this picture stands out" in words(app)


def test_upload_of_the_largest_size_is_not_put_on_disk(full):
    """Starlette spools what is above `spool_max_size` to a temporary file."""
    full(**{"from": try_source.UPLOAD})
    assert MultiPartParser.spool_max_size > try_source.MOST_BYTES


# A drawing


def test_canvas_waits_for_a_drawing(full):
    app = full(**{"from": try_source.DRAWING})
    assert "The answer appears here as soon as there is a picture." in words(app)
    assert not app.get("plotly_chart")


def test_drawing_is_answered_and_kept_while_the_source_changes(full):
    app = full(**{"from": try_source.DRAWING})
    app.session_state["try-drawn"] = test_image(1)
    app.run()
    np.testing.assert_array_equal(shown(app)[0], test_image(1))
    assert "The network says Pullover" in words(app)
    (pad,) = (p.proto.json for p in app.get("bidi_component") if "Canvas to draw" in p.proto.json)
    assert base64.b64decode(json.loads(pad)["pixels"]) == test_image(1).tobytes()


@pytest.mark.parametrize(
    "value", [None, 5, "", "%%%", "ä", base64.b64encode(bytes(783)).decode(), "A" * 5_000]
)
def test_drawing_that_no_canvas_sends_is_ignored(monkeypatch, value):
    monkeypatch.setattr(st, "session_state", {"pad": {"drawn": value}})
    assert drawing.drawn_pixels("pad") is None


def test_drawing_arrives_row_by_row(monkeypatch):
    levels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    sent = base64.b64encode(levels.tobytes()).decode()
    monkeypatch.setattr(st, "session_state", {"pad": {"drawn": sent}})
    np.testing.assert_array_equal(drawing.drawn_pixels("pad"), levels)


# No network to ask


def test_empty_store_names_the_next_step(store):
    assert "Nothing was trained yet." in words(open_page())


def test_epoch_without_weights_leads_to_those_that_have_them(full):
    app = full(epoch="12")
    assert "The weights of epoch 12 were not kept" in words(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "epoch=8" in links["Epoch 8, the best"]


def test_run_without_weights_says_so(store):
    run_id = store.create(RunSpec())
    journal, source = RunJournal(store, run_id), artifacts.read_epoch(EXAMPLE, 8)
    journal.start()
    done = record(1)
    file = EpochFile(record=done, val=source.val, test=source.test)
    artifacts.write_epoch(store.run_dir(run_id), file)
    journal.epoch(done)
    journal.end("finished", "")
    assert "Run 1 has no stored weights, so the network cannot be asked" in words(open_page())


def test_damaged_weights_get_a_sentence(store):
    folder = store.run_dir(import_folder(store, EXAMPLE))
    weights = next((folder / "weights").iterdir())
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    said = words(open_page())
    assert "So the network of this epoch cannot be asked." in said
    assert "Traceback" not in said


def test_server_for_watching_only_answers_too(full, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    assert "The network says Ankle boot" in words(full())
