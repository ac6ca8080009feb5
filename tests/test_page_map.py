"""The two maps, opened cold by Streamlit's own test client."""

import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import kill, lock_in_other_process, record, wait_until
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.engine import embedding
from fashion_core.errors import StoreError
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import image_data, map_data, map_gallery, services

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "reference-run"
RUN = "r-reference-as-specified"
TURNS = """
import sys, numpy as np
rows, width = map(int, sys.stdin.buffer.readline().split())
content = sys.stdin.buffer.read(4 * rows * width)
sys.stdout.buffer.write(np.frombuffer(content, np.float32).reshape(rows, width)[:, :2].tobytes())
"""


@pytest.fixture(scope="module")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("map") / "runs"
    import_folder(RunStore(root), EXAMPLE)
    return root


@pytest.fixture(autouse=True)
def quiet_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the page an engine that trains nothing, and caches of its own."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    yield
    services.neighbour_maps().cancel()


@pytest.fixture
def full(reference_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on a store that holds the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(reference_runs))
    return open_page


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on an empty store."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return open_page


@pytest.fixture
def quick_features(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give pixels for features, at once; lists how many pictures each step asked for."""
    steps: list[int] = []

    def features(_run, _epoch, images):
        steps.append(len(images))
        pixels = images.reshape(len(images), -1)[:, 200:328].astype(np.float32)
        return np.ascontiguousarray(pixels)

    monkeypatch.setattr(image_data, "features", features)
    return steps


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("pages/map.py").run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def drawn_map(app: AppTest) -> dict | None:
    """Give the head of what the map gets, if there is one."""
    found = [each.proto for each in app.get("bidi_component")]
    found = [proto.bytes for proto in found if proto.component_name.endswith("fashion_map")]
    if not found:
        return None
    (message,) = found
    return json.loads(message[4 : 4 + struct.unpack("<I", message[:4])[0]])


def group_names(app: AppTest) -> list[str]:
    """Give the groups of the map, in the order in which they are drawn."""
    return [group["name"] for group in drawn_map(app)["groups"]]


def stored_losses(split: str = "test") -> tuple[np.ndarray, np.ndarray]:
    """Give labels (N,) and all losses (E, N) from what is on disk."""
    files = [artifacts.read_epoch(EXAMPLE, epoch) for epoch in range(1, 31)]
    parts = [file.test if split == "test" else file.val for file in files]
    return read_split(ROOT / "data", "test" if split == "test" else "val").labels, np.stack(
        [part.loss for part in parts]
    )


def add_run(store: RunStore, epochs: int = 1) -> str:
    """Add a run without weights that answers as the reference run does."""
    run_id = store.create(RunSpec(epochs=3))
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch in range(1, epochs + 1):
        source, done = artifacts.read_epoch(EXAMPLE, epoch), record(epoch)
        content = EpochFile(record=done, val=source.val, test=source.test)
        artifacts.write_epoch(store.run_dir(run_id), content)
        journal.epoch(done)
    journal.end("finished", "")
    return run_id


# The map of the training


@pytest.mark.parametrize("split", ["test", "validation"])
def test_page_opens_on_the_map_of_the_training(full, split):
    _, losses = stored_losses(split)
    probs = np.exp(-losses.astype(float))
    ambiguous = probs.std(axis=0) >= 0.2
    hard = ~ambiguous & (probs.mean(axis=0) < 0.5)
    app = full(split=split)
    assert not app.error
    sizes = (~ambiguous & ~hard).sum(), ambiguous.sum(), hard.sum()
    easy, unsteady, low = (f"{n:,}" for n in sizes)
    said = f"##### Of 10,000 pictures {easy} are easy, {unsteady} ambiguous, {low} hard; "
    assert said in words(app)
    assert f"**Hard** · {low} pictures" in words(app)


def test_map_of_the_training_asks_no_network(full, monkeypatch):
    monkeypatch.setattr(image_data, "features", lambda *_: pytest.fail("asked"))
    assert group_names(full()) == ["right", "wrong"]


def test_region_of_the_link_is_shown(full):
    _, losses = stored_losses()
    probs = np.exp(-losses.astype(float))
    ambiguous = int((probs.std(axis=0) >= 0.2).sum())
    assert f"**Ambiguous** · {ambiguous:,} pictures" in words(full(region="ambiguous"))


def test_colours_of_the_link_are_shown(full):
    names = group_names(full(colour="epoch learned"))
    assert names[0] == "epoch 1"
    assert names[-1] == "never"
    assert len(group_names(full(colour="class"))) == 10
    sure = group_names(full(colour="confidence"))
    assert sure[0] == "99\u00a0% sure or more"
    assert sure[-1] == "less than 50\u00a0%"


def test_epoch_learned_is_the_first_right_answer_of_a_plain_loop(full):
    labels = read_split(ROOT / "data", "test").labels
    said = [artifacts.read_epoch(EXAMPLE, e).test.predictions for e in range(1, 31)]
    never = [n for n in range(10_000) if not any(s[n] == labels[n] for s in said)]
    full()
    choice = type("C", (), {"run": services.store().run(RUN), "split": "test"})
    learned_at = map_data.training_of(choice).learned_at
    assert np.flatnonzero(learned_at == 0).tolist() == never
    assert (learned_at == 1).sum() == (said[0] == labels).sum()


def test_one_epoch_says_that_it_has_no_spread(empty):
    add_run(services.store())
    said = words(empty())
    assert "One epoch has no spread" in said
    assert "averaged over the only epoch" in said


def test_a_damaged_epoch_is_left_out_and_named(empty):
    run_id = add_run(services.store(), epochs=3)
    folder = services.store().run_dir(run_id)
    path = next((folder / "epochs").glob("epoch-0002-*"))
    path.write_bytes(path.read_bytes()[:-1])
    app = empty(epoch="3")
    assert "Left out, because the file is damaged: epoch 2." in words(app)
    assert "averaged over 2 epochs" in words(app)


# The map of the features


def test_features_are_computed_once_and_drawn(full, quick_features):
    app = full(map="features", colour="class")
    assert not app.error
    assert quick_features == [1_000] * 10
    assert "The direction of the 128 features of each picture" in words(app)
    assert "of the 811 mistakes lie nearer to the centre of the class answered" in words(app)
    assert "**All mistakes** · 811 pictures" in words(app)
    assert "811 answered wrong" not in words(app)
    names = {name["text"] for name in drawn_map(app)["names"]}
    assert {"Shirt", "Ankle boot"} <= names
    app.run()
    full(map="features")
    assert len(quick_features) == 10


@pytest.mark.slow
def test_features_are_those_of_the_network(full):
    assert not full(map="features").error
    found = map_data._split_features(RUN, 8, "test", 10_000, 128)
    images = services.pictures("test").images[[17, 9_999]]
    run = services.store().run(RUN)
    vectors = image_data.features(run, 8, images)
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(found.vectors[[17, 9_999]], expected, atol=1e-5)


def test_an_epoch_without_weights_leads_to_one_that_has_them(full):
    app = full(map="features", projection="t-SNE", epoch="3")
    assert "The weights of epoch 3 were not kept" in words(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "map=features" in links["Epoch 8, the best"]
    assert "epoch=8" in links["Epoch 8, the best"]
    assert drawn_map(app) is None
    assert app.query_params["map"] == "features"


def test_a_run_without_weights_has_the_map_of_the_training(empty):
    run_id = add_run(services.store(), epochs=2)
    app = empty(run=run_id, map="features")
    assert "has no stored weights" in words(app)
    assert "The map of the training does not need the weights" in words(app)
    assert drawn_map(empty(run=run_id))


def test_damaged_weights_are_a_sentence(full, monkeypatch):
    def features(*_):
        raise StoreError("The file is damaged.")

    monkeypatch.setattr(image_data, "features", features)
    app = full(map="features")
    assert "The file is damaged. The features cannot be shown for this epoch" in words(app)
    assert drawn_map(app) is None


# t-SNE


def test_tsne_is_computed_on_demand_in_the_background(full, quick_features, monkeypatch):
    monkeypatch.setattr(embedding, "_command", lambda: [sys.executable, "-c", TURNS])
    app = full(map="features", projection="t-SNE")
    assert drawn_map(app) is None
    assert "one to two minutes" in words(app)
    next(button for button in app.button if button.label == "Compute the t-SNE map").click().run()
    wait_until(lambda: services.neighbour_maps().running() is None)
    app.run()
    assert "**distances between groups, their sizes and the axes mean little**" in words(app)
    assert group_names(app) == ["right", "wrong"]


def test_a_map_that_is_computed_can_be_cancelled(full, quick_features, monkeypatch):
    hangs = "import sys; sys.stdin.read()"
    monkeypatch.setattr(embedding, "_command", lambda: [sys.executable, "-c", hangs])
    app = full(map="features", projection="t-SNE")
    next(button for button in app.button if button.label == "Compute the t-SNE map").click().run()
    assert "t-SNE cannot say how far it is" in words(app)
    other = full(map="features", projection="t-SNE", split="validation")
    assert "The t-SNE map of another epoch or split is being computed." in words(other)
    next(button for button in app.button if button.label == "Cancel the map").click().run()
    assert services.neighbour_maps().running() is None
    assert "Compute the t-SNE map" in [button.label for button in app.button]


def test_a_map_that_failed_says_why_and_can_be_started_again(full, quick_features, monkeypatch):
    dies = "import sys; sys.exit(3)"
    monkeypatch.setattr(embedding, "_command", lambda: [sys.executable, "-c", dies])
    app = full(map="features", projection="t-SNE")
    next(button for button in app.button if button.label == "Compute the t-SNE map").click().run()
    wait_until(lambda: services.neighbour_maps().running() is None)
    app.run()
    assert "ended early (exit code 3)" in words(app)
    assert "Compute the t-SNE map" in [button.label for button in app.button]


def test_a_server_for_watching_computes_no_tsne(full, quick_features, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app = full(map="features", projection="t-SNE")
    assert "t-SNE is not computed here" in words(app)
    assert not app.button
    monkeypatch.undo()


# The pictures


def inside_box(split: str) -> list[int]:
    """List the rows whose spread is in [0.43, 0.5], mean in [0.2, 0.8], highest loss first."""
    _, losses = stored_losses(split)
    probs = np.exp(-losses.astype(float))
    mean, spread = probs.mean(axis=0), probs.std(axis=0)
    rows = np.flatnonzero((spread > 0.43) & (spread < 0.5) & (mean > 0.2) & (mean < 0.8))
    return rows[np.argsort(-losses[7][rows], kind="stable")].tolist()


@pytest.mark.parametrize("area", ["0.43,0.8,0.5,0.2", "0.43,0.2,0.5,0.2,0.5,0.8,0.43,0.8"])
@pytest.mark.parametrize("split", ["test", "validation"])
def test_area_of_the_link_selects_exactly_its_pictures(full, monkeypatch, split, area):
    shown = []
    monkeypatch.setattr(map_gallery, "draw_pages", lambda _, rows, **__: shown.extend(rows))
    app = full(area=area, split=split)
    expected = inside_box(split)
    assert shown == expected
    assert f"**Selected on the map** · {len(expected)} pictures" in words(app)
    assert drawn_map(app)["area"] == area


def test_selected_pictures_can_be_sorted(full, monkeypatch):
    shown = []
    monkeypatch.setattr(map_gallery, "draw_pages", lambda _, rows, **__: shown.extend(rows))
    app = full(area="0.43,0.8,0.5,0.2", sort="confidence", order="lowest first")
    folder = Path("examples/reference-run")
    sure = artifacts.read_epoch(folder, 8).test.pred_probs.max(axis=1)[shown]
    assert sorted(shown) == sorted(inside_box("test"))
    assert shown != inside_box("test")
    assert (np.diff(sure) >= 0).all()
    assert "Lowest confidence first. Double-click the map to clear the selection." in words(app)


def test_hidden_groups_are_never_selected(full):
    assert len(inside_box("test")) > (wrong := selected_wrong(full(area="0.43,0.8,0.5,0.2")))
    app = full(area="0.43,0.8,0.5,0.2", without="right,no such group")
    assert f"**Selected on the map** · {wrong} pictures, {wrong} answered wrong" in words(app)
    assert drawn_map(app)["hidden"] == ["right"]


def selected_wrong(app: AppTest) -> int:
    """Read from the page how many of the selected pictures were answered wrong."""
    return int(re.search(r"Selected on the map.*, (\d+) answered wrong", words(app))[1])


def test_an_empty_area_says_that_no_picture_lies_there(full):
    said = words(full(area="0.48,0.9,0.5,1"))
    assert "**Selected on the map** · 0 pictures" in said
    assert "No picture lies here." in said


@pytest.mark.parametrize("area", ["x", "1,2,3", "nan,0,1,1", "0,0,1,inf", "0," * 9_000 + "1"])
def test_an_area_that_cannot_be_read_is_a_sentence(full, area):
    app = full(area=area)
    assert "The link names an area that cannot be read. Nothing is selected." in words(app)
    assert "**Hard**" in words(app)


def test_another_map_keeps_no_area_and_another_colour_hides_nothing(full, quick_features):
    app = full(area="0.43,0.8,0.5,0.2", without="right")
    app.button_group(key="colour").set_value("class").run()
    assert app.query_params["area"] == "0.43,0.8,0.5,0.2"
    assert "without" not in app.query_params
    app.button_group(key="map").set_value("features").run()
    assert "area" not in app.query_params


def test_picture_of_the_link_is_opened_and_leads_to_its_explanation(full):
    app = full(picture="17")
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "picture=17" in links["Explain this picture"]
    assert not app.error


# States


def test_page_of_an_empty_store_names_the_next_step(empty):
    assert "Nothing was trained yet." in words(empty())


def test_running_run_without_an_epoch_says_so(empty):
    run_id = services.store().create(RunSpec(epochs=3))
    RunJournal(services.store(), run_id).start()
    holder = lock_in_other_process(services.store().run_dir(run_id) / "lock")
    assert "has not finished its first epoch" in words(empty())
    kill(holder)
