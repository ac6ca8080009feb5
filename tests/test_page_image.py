"""The Image page, opened cold by Streamlit's own test client on real predictions and weights."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import record, small_spec
from sklearn.neighbors import NearestNeighbors
from streamlit.testing.v1 import AppTest
from torch import nn

from fashion_core.analysis.ranking import SortKey, rank_pictures
from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.explain.features import feature_vectors
from fashion_core.explain.network import open_network
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from fashion_core.training.checkpoint import pack_checkpoint, pack_weights
from fashion_core.training.recipe import build_network, make_optimizer
from pages.ui import feature_progress, image_data, services

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "reference-run"
REFERENCE = "r-reference-as-specified"
SHIRT, COAT = 6, 4
PAGES = {
    "Overview": None,
    "Image": "pages/image.py",
    "Confusions": "pages/confusions.py",
    "Compare": "pages/compare.py",
}


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture(scope="session")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("image") / "runs"
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


@pytest.fixture
def copied(store: RunStore) -> Path:
    """Give the folder of a copy of the reference run that a test may damage."""
    return store.run_dir(import_folder(store, EXAMPLE))


def add_run(
    store: RunStore, spec: RunSpec, best: bytes | None = None, checkpoint: bytes | None = None
) -> str:
    """Add a run of one epoch with the answers of the reference run's best, and some weights."""
    run_id = store.create(spec)
    journal = RunJournal(store, run_id)
    journal.start()
    source, done = artifacts.read_epoch(EXAMPLE, 8), record(1)
    folder = store.run_dir(run_id)
    artifacts.write_epoch(folder, EpochFile(record=done, val=source.val, test=source.test))
    contents: dict[artifacts.Kind, bytes | None] = {"best": best, "checkpoint": checkpoint}
    for kind, content in contents.items():
        if content is not None:
            artifacts.write(folder, kind, 1, content, keep=1)
    journal.epoch(done)
    journal.end("finished", "")
    return run_id


def open_page(page: str = "Image", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    if (path := PAGES[page]) is not None:
        app.switch_page(path)
    return app.run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def links(app: AppTest) -> dict[str, str]:
    """Give the query string of every link of the page to another one, by its label."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def row(app: AppTest) -> dict[str, object]:
    """Give what the component for previous and next was given."""
    (found,) = (
        json.loads(part.proto.json)
        for part in app.get("bidi_component")
        if "outside" in part.proto.json
    )
    return found


def scores(epoch: int = 8, split: services.SplitName = "test"):
    return services.scores(REFERENCE, epoch, split)


# Which picture


def test_page_opens_cold_on_the_mistake_with_the_highest_loss(full):
    app = full()
    wrong = np.flatnonzero(~scores().is_right)
    worst = int(wrong[scores().loss[wrong].argmax()])
    assert app.query_params["picture"] == str(worst)
    assert f"Picture {worst} · Run 1" in words(app)
    assert f"**1st of {len(wrong)} mistakes**" in words(app)
    assert not app.error


def test_link_alone_names_run_epoch_split_and_picture(full):
    image_id = int(services.pictures("validation").image_ids[17])
    app = full(run=REFERENCE, epoch="5", split="validation", picture=str(image_id))
    assert f"Picture {image_id} · Run 1" in words(app)
    assert "epoch 5 of 30 (not the best) · validation pictures" in words(app)
    assert app.query_params["picture"] == str(image_id)


def test_page_says_label_answer_and_rank(full):
    position = int(rank_pictures(scores(), outcome="wrong", sort=SortKey.LOSS)[2])
    app = full(picture=str(position))
    total = int((~scores().is_right).sum())
    assert f"**3rd of {total} mistakes**" in words(app)
    true, said = scores().labels[position], scores().predictions[position]
    assert f"Labelled {CLASS_NAMES[true]}; the network says {CLASS_NAMES[said]}, " in words(app)
    assert f"Loss **{scores().loss[position]:.1f}** nats" in words(app)


def test_right_answer_is_no_mistake(full):
    app = full(picture="0")
    assert "Labelled Ankle boot, and the network says so" in words(app)
    assert "**none: the answer is right**" in words(app)
    assert row(app)["outside"] == "not among these 811"


@pytest.mark.parametrize("picture", ["-1", "10000", "<b>"])
def test_link_to_a_picture_that_is_not_there_gets_a_sentence(full, picture):
    app = full(picture=picture)
    assert "test pictures have numbers from 0 to 9999. Another one is shown." in words(app)
    assert app.query_params["picture"] == "787"


def test_link_to_no_picture_is_a_link_to_the_page(full):
    app = full(picture="")
    assert "Labelled Trouser; the network says Dress" in words(app)
    assert "Another one is shown" not in words(app)


def test_training_picture_is_none_of_validation(full):
    missing = int(read_split(ROOT / "data", "train").image_ids[0])
    app = full(split="validation", picture=str(missing))
    assert "the other numbers are training pictures. Another one is shown." in words(app)


def test_number_of_the_other_split_is_not_carried_over(full):
    app = full(picture="0")
    app.segmented_control(key="split").set_value("validation").run()
    assert "Another one is shown." not in words(app)
    assert "Picture 0 ·" not in words(app)
    assert "validation pictures" in words(app)


def test_unknown_parts_of_the_row_get_a_sentence_each_and_their_defaults(full):
    bad = {"true": "Hat", "predicted": "6", "sort": "size", "order": "up", "outcome": "maybe"}
    app = full(**bad)
    for key in bad:
        assert f"The link has an unknown value for “{key}”. It can be: " in words(app)
        assert key not in app.query_params
    assert row(app)["total"] == int((~scores().is_right).sum())


# The row


def test_row_is_all_mistakes_by_loss_without_a_link(full):
    order = rank_pictures(scores(), outcome="wrong", sort=SortKey.LOSS)
    shown = row(full(picture=str(order[3])))
    assert shown["ids"] == order[: len(shown["ids"])].tolist()
    assert (shown["start"], shown["total"], shown["noun"]) == (0, len(order), "mistake")
    assert shown["current"] == order[3]


def test_row_follows_the_gallery_of_the_link(full):
    found = rank_pictures(scores(), true=SHIRT, predicted=COAT, sort=SortKey.MARGIN, ascending=True)
    app = full(true="Shirt", predicted="Coat", sort="margin", order="lowest first")
    assert row(app)["ids"] == found.tolist()
    assert app.query_params["picture"] == str(found[0])
    assert "In order: Shirt → Coat, lowest margin first." in words(app)
    assert "sort=margin" in links(app)["See them as a gallery"]


def test_browser_knows_a_hundred_pictures_to_each_side(full):
    order = rank_pictures(scores(), outcome="right", sort=SortKey.CONFIDENCE)
    app = full(outcome="right", sort="confidence", picture=str(order[250]))
    shown = row(app)
    assert shown["ids"] == order[150:351].tolist()
    assert (shown["start"], shown["noun"]) == (150, "picture")


def test_dialog_of_the_confusions_leads_here_in_the_order_of_its_gallery(full):
    chosen = rank_pictures(scores(), true=SHIRT, predicted=COAT, sort=SortKey.CONFIDENCE)
    app = full("Confusions", true="Shirt", predicted="Coat", picture=str(chosen[1]))
    query = links(app)["Explain this picture"]
    assert f"picture={chosen[1]}" in query
    for part in ("true=Shirt", "predicted=Coat", "sort=confidence", "order=highest+first"):
        assert part in query


def test_dialog_of_both_directions_leads_to_the_one_the_picture_is_in(full):
    back = rank_pictures(scores(), true=COAT, predicted=SHIRT, sort=SortKey.CONFIDENCE)
    app = full("Confusions", true="Shirt", predicted="Coat", both="true", picture=str(back[0]))
    assert "true=Coat" in links(app)["Explain this picture"]
    assert "predicted=Shirt" in links(app)["Explain this picture"]


def test_dialog_of_the_overview_leads_to_the_mistakes_by_loss(full):
    app = full("Overview", epoch="5")
    app.session_state["overview-picture"] = 17
    query = links(app.run())["Explain this picture"]
    assert "epoch=5" in query
    assert "picture=17" in query
    assert "true=" not in query


def test_dialog_of_a_comparison_leads_to_the_side_whose_answers_are_on_the_tiles(full):
    app = full("Compare", epoch="5", picture="17", **{"with": REFERENCE, "with_epoch": "8"})
    query = links(app)["Explain this picture"]
    assert "epoch=8" in query
    assert "picture=17" in query


# History


def test_history_is_what_is_on_disk(full):
    position = 7800
    app = full(picture=str(position))
    said = [artifacts.read_epoch(EXAMPLE, e).test.predictions[position] for e in range(1, 31)]
    right = np.array(said) == SHIRT
    forgotten = int((right[:-1] & ~right[1:]).sum())
    assert (right.sum(), forgotten) == (3, 3)
    text = words(app)
    assert "right at 3 of 30 epochs, and it is wrong at the last, epoch 30." in text
    assert "learned at epoch 3" in text
    assert "forgotten 3 times" in text


def test_damaged_epochs_are_left_out_and_named(copied: Path, store: RunStore):
    damaged = next((copied / "epochs").glob("epoch-0003-*"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    app = open_page(picture="7800")
    assert "left out: 3." in words(app)
    assert "right at 2 of 29 epochs" in words(app)


# Where it looked


def test_maps_of_answer_and_label_stand_side_by_side(full):
    app = full(picture="7800")
    assert "For **Coat**, the answer" in words(app)
    assert "For **Shirt**, the label" in words(app)
    assert "Grad-CAM (Selvaraju et al., 2017)" in words(app)
    assert "14 × 14 places" in words(app)
    assert "mirror image" not in words(app)
    maps = [c for c in app.get("plotly_chart") if "of the strongest" in c.proto.spec]
    assert len(maps) == 2


def test_right_answer_is_shown_beside_its_runner_up(full):
    position = int(rank_pictures(scores(), outcome="right", sort=SortKey.MARGIN, ascending=True)[0])
    probs = scores().pred_probs[position]
    second = int(np.argsort(probs)[-2])
    app = full(picture=str(position))
    assert f"For **{CLASS_NAMES[second]}**, the runner-up" in words(app)


def test_epoch_without_weights_names_those_that_have_them(full):
    app = full(epoch="12", picture="7800")
    assert "The weights of epoch 12 were not kept" in words(app)
    assert "epoch=8" in links(app)["Epoch 8, the best"]
    assert "picture=7800" in links(app)["Epoch 8, the best"]
    assert "This needs the weights of the epoch, too" in words(app)
    assert not app.error


def test_run_without_any_weights_says_so(copied: Path):
    shutil.rmtree(copied / "weights")
    app = open_page(picture="7800")
    assert "Run 1 has no stored weights" in words(app)
    assert not app.error


def test_damaged_weights_cost_only_what_needs_them(copied: Path):
    weights = next((copied / "weights").iterdir())
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    app = open_page(picture="7800")
    assert any("is damaged" in error.value for error in app.error)
    assert "learned at epoch 3" in words(app)


def test_last_epochs_have_weights_in_their_checkpoints(store: RunStore):
    spec = small_spec(epochs=1)
    network = build_network(spec)
    content = pack_checkpoint(network, make_optimizer(network, spec), [record(1)])
    app = open_page(run=add_run(store, spec, checkpoint=content))
    assert "the answer" in words(app)
    assert not app.error


def test_network_that_sees_nothing_has_an_empty_map_and_no_neighbours(store: RunStore):
    spec = small_spec(epochs=1)
    network = build_network(spec)
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    app = open_page(run=add_run(store, spec, best=pack_weights(network)), picture="7800")
    assert "The map is empty: Grad-CAM finds no place that speaks for Shirt." in words(app)
    next(b for b in app.button if b.label == "Find the five nearest").click().run()
    assert "No feature of this picture is on" in words(app)


def test_map_of_a_mirror_averaging_run_says_so(store: RunStore):
    spec = RunSpec(epochs=1, horizontal_flip=True, mirror_average=True)
    app = open_page(run=add_run(store, spec, best=artifacts.read(EXAMPLE, "best", 8)))
    assert "the map is the mean of both maps" in words(app)


def test_torch_is_loaded_only_where_the_network_is_asked(reference_runs: Path):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboard.py', default_timeout=60)\n"
        "app.query_params['epoch'] = '12'\n"
        "app.switch_page('pages/image.py').run()\n"
        "assert not app.exception and not app.error\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"FASHION_RUNS": str(reference_runs), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


# Neighbours


def test_nearest_training_picture_by_pixels_is_that_of_scikit_learn(full):
    image = services.pictures("test").images[7800].reshape(1, -1)
    training = read_split(ROOT / "data", "train")
    rows = training.images.reshape(50_000, -1).astype(np.float32)
    oracle = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(rows)
    distance, position = oracle.kneighbors(image.astype(np.float32))
    tiles = html_of(full(picture="7800"))
    assert f"no. {training.image_ids[position[0, 0]]}<" in tiles
    assert f"{distance[0, 0] / 28:.1f} grey levels apart" in tiles


def test_five_nearest_by_features_are_those_of_scikit_learn(store: RunStore):
    """The run learned from 1,500 pictures only: more than one step, not a multiple of it."""
    best = artifacts.read(EXAMPLE, "best", 8)
    run_id = add_run(store, RunSpec(epochs=1, train_images=1_500), best=best)
    app = open_page(run=run_id, picture="7800")
    assert "The network then looks at the 1,500 training pictures of this run" in words(app)
    next(b for b in app.button if b.label == "Find the five nearest").click().run()
    training = read_split(ROOT / "data", "train")
    network = open_network(RunSpec(), "best", best)
    oracle = NearestNeighbors(n_neighbors=5, metric="cosine", algorithm="brute")
    oracle.fit(feature_vectors(network, training.images[:1_500]))
    query = feature_vectors(network, services.pictures("test").images[[7800]])
    positions = oracle.kneighbors(query, return_distance=False)[0]
    shown = [int(n) for n in re.findall(r"similarity [\d.]+</span><span>no. (\d+)", html_of(app))]
    assert shown == training.image_ids[positions].tolist()
    app.query_params["picture"] = "0"
    app.run()
    assert "All five are labelled Ankle boot: the training data says so." in words(app)


def test_interrupted_features_go_on_where_they_stopped(store: RunStore):
    best = artifacts.read(EXAMPLE, "best", 8)
    run = store.run(add_run(store, RunSpec(epochs=1, train_images=1_500), best=best))
    found = image_data.training_features(run, 1)
    image_data.compute_more(run, 1, found)
    assert (found.done, found.is_complete) == (1_000, False)
    again = image_data.training_features(run, 1)
    image_data.compute_more(run, 1, again)
    assert again.is_complete
    assert np.linalg.norm(again.units, axis=1) == pytest.approx(np.ones(1_500), abs=1e-5)


@pytest.mark.parametrize("is_training", [True, False])
def test_features_leave_half_of_the_time_to_a_run_that_trains(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, is_training: bool
):
    best = artifacts.read(EXAMPLE, "best", 8)
    run_id = add_run(store, RunSpec(epochs=1, train_images=1_500), best=best)
    if is_training:
        store.create(RunSpec(epochs=2))  # waits in the queue; the engine of the test does not run
    pauses: list[float] = []
    monkeypatch.setattr(feature_progress.time, "sleep", pauses.append)
    app = open_page(run=run_id, picture="7800")
    next(b for b in app.button if b.label == "Find the five nearest").click().run()
    assert "similarity" in html_of(app)
    assert [pause > 0 for pause in pauses if pause > 0.01] == [True, True] * is_training


def html_of(app: AppTest) -> str:
    return "".join(part.proto.body for part in app.get("html"))


# Empty states


def test_empty_store_names_the_next_step(store: RunStore):
    assert "Nothing was trained yet." in words(open_page())


def test_run_without_an_epoch_says_so(store: RunStore):
    store.create(RunSpec())
    assert "has not finished its first epoch" in words(open_page(picture="3"))


def test_who_only_watches_is_not_offered_to_compute_neighbours(store: RunStore, monkeypatch):
    run_id = add_run(store, RunSpec(epochs=1), best=artifacts.read(EXAMPLE, "best", 8))
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app = open_page(run=run_id, picture="7800")
    assert "Find the five nearest" not in [button.label for button in app.button]
    assert any("for watching only: nothing is computed here" in i.value for i in app.info)
