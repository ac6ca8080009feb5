"""What the network sees, on the Image page and on Try it: opened cold, on real weights."""

import re
import shutil
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from helpers import REPO_ROOT, record
from PIL import Image
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.filters import by_contrast, describe_first_layer
from fashion_core.config import RunSpec
from fashion_core.explain.filters import FilterMaps, filter_maps
from fashion_core.explain.network import open_network
from fashion_core.figures.filters import grey_maps
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import explanations, image_data, services

EXAMPLE = REPO_ROOT / "examples" / "reference-run"
PAGES = ("pages/image.py", "pages/try_it.py")
PICTURE = 7800


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture(scope="module")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("filters") / "runs"
    import_folder(RunStore(root), EXAMPLE)
    return root


@pytest.fixture
def full(reference_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page on the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(reference_runs))
    return open_page


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a copy of the reference run that a test may damage."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return services.store().run_dir(import_folder(services.store(), EXAMPLE))


def open_page(page: str = "pages/image.py", **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=120)
    for key, value in {"picture": str(PICTURE), **query}.items():
        app.query_params[key] = value
    return app.switch_page(page).run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.subheader, app.markdown, app.caption, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def chain(app: AppTest) -> str:
    """Give the HTML of the way from the picture to the answer; empty where it is not there."""
    assert not app.exception
    bodies = [part.proto.body for part in app.get("html")]
    return next((body for body in bodies if body.startswith('<ol class="filter-chain">')), "")


def layers(app: AppTest) -> list[str]:
    """Give the tiles of the first and of the second layer."""
    return chain(app).split('<ul class="filter-tiles">')[1:]


def numbers(tiles: str) -> list[int]:
    return [int(found) for found in re.findall(r"<span>filter<b>(\d+)</b>", tiles)]


def pixels(tile: str) -> np.ndarray:
    """Give the picture that the first address of a piece of HTML holds."""
    content = re.search(r"data:image/png;base64,([^\"]+)", tile)
    assert content
    return np.asarray(Image.open(BytesIO(b64decode(content[1]))))


@pytest.fixture(scope="module")
def expected() -> FilterMaps:
    """Give what the network of the reference run answers to the picture."""
    network = open_network(RunSpec(), "best", artifacts.read(EXAMPLE, "best", 8))
    return filter_maps(network, services.pictures("test").images[PICTURE])


@pytest.mark.parametrize("page", PAGES)
def test_it_is_closed_at_first_and_asks_the_network_only_when_opened(full, monkeypatch, page):
    monkeypatch.setattr(image_data, "filter_maps", None)  # calling it would raise
    app = full(page)
    assert "What does the network see?" in words(app)
    assert "From the picture to the answer, filter by filter" in [e.label for e in app.expander]
    assert not chain(app)


def test_first_layer_shows_all_its_filters_those_of_the_highest_contrast_first(full, expected):
    first, _ = layers(full(filters="true"))
    order = by_contrast(expected.first)
    assert numbers(first) == (order + 1).tolist()
    assert np.array_equal(pixels(first), grey_maps(expected.first)[order[0]])
    assert first.count("data:image/svg+xml;base64,") == 32


def test_second_layer_shows_its_sixteen_of_the_highest_contrast(full, expected):
    _, second = layers(full(filters="true"))
    order = by_contrast(expected.second)[:16]
    assert numbers(second) == (order + 1).tolist()
    assert np.array_equal(pixels(second), grey_maps(expected.second)[order[0]])
    assert "svg" not in second


def test_chain_begins_with_the_picture_and_ends_with_the_answer(full):
    whole = chain(full(filters="true"))
    assert np.array_equal(pixels(whole), services.pictures("test").images[PICTURE])
    steps = re.findall(r'<li class="filter-step"><strong>([^<]+)</strong>', whole)
    assert steps == [
        "The picture",
        "First layer: 32 filters of 3 × 3 weights",
        "Second layer: 64 filters of 32 × 3 × 3 weights",
        "The answer",
    ]
    assert "are 3,136 numbers." in whole
    assert "Coat has " in whole


def test_every_picture_is_said_in_words(full, expected):
    whole = chain(full(filters="true"))
    alts = re.findall(r'<img [^>]*alt="([^"]+)"', whole)
    assert len(alts) == whole.count("<img") == 1 + 32 + 32 + 16
    weights = [f"{w:+.2f}".replace("-", "\u2212") for w in expected.kernels[6].ravel()]
    rows = "; ".join(", ".join(weights[i : i + 3]) for i in (0, 3, 6))
    assert f"Weights of filter 7, row by row: {rows}" in alts
    strongest = expected.first[6].max()
    assert any(
        alt.startswith("Filter 7 of the first layer: its answers are ")
        and alt.endswith(f" {strongest:.3g} at the strongest place")
        for alt in alts
    )
    silent = int(np.flatnonzero(~expected.first.any(axis=(1, 2)))[0]) + 1
    assert f"Filter {silent} of the first layer: no answer anywhere" in alts


def test_it_says_what_this_picture_does_to_the_filters_and_explains_itself(full, expected):
    text = words(full(filters="true"))
    assert describe_first_layer(expected.first, services.pictures("test").images[PICTURE]) in text
    assert explanations.FILTERS.strip() in text
    assert "mirror image" not in text


def test_try_it_shows_the_picture_as_it_was_changed(full):
    plain, moved = (chain(full(PAGES[1], filters="true", **how)) for how in ({}, {"right": "3"}))
    picture = services.pictures("test").images[PICTURE]
    assert np.array_equal(pixels(plain), picture)
    assert np.array_equal(pixels(moved)[:, 3:], picture[:, :-3])
    assert plain != moved


def test_epoch_without_weights_says_so(full):
    app = full(epoch="12", filters="true")
    assert words(app).count("This needs the weights of the epoch, too; see above.") == 2
    assert not chain(app)
    assert not app.expander


def test_run_without_weights_says_so(copied: Path):
    shutil.rmtree(copied / "weights")
    app = open_page(filters="true")
    assert "Run 1 has no stored weights" in words(app)
    assert not chain(app)


@pytest.mark.parametrize("page", PAGES)
def test_damaged_weights_cost_only_what_needs_them(copied: Path, page: str):
    weights = next((copied / "weights").iterdir())
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    app = open_page(page, filters="true")
    assert "is damaged" in words(app)
    assert not chain(app)
    assert app.subheader if page == PAGES[0] else not app.expander


def add_mirrored(store: RunStore) -> str:
    """Add a run of one epoch that answers with the mean of picture and mirror image."""
    run_id = store.create(RunSpec(epochs=1, horizontal_flip=True, mirror_average=True))
    journal, source, done = RunJournal(store, run_id), artifacts.read_epoch(EXAMPLE, 8), record(1)
    journal.start()
    folder, best = store.run_dir(run_id), artifacts.read(EXAMPLE, "best", 8)
    artifacts.write_epoch(folder, EpochFile(record=done, val=source.val, test=source.test))
    artifacts.write(folder, "best", 1, best, keep=1)
    journal.epoch(done)
    journal.end("finished", "")
    return run_id


def test_mirror_averaging_run_says_whose_maps_these_are(copied: Path):
    app = open_page(run=add_mirrored(services.store()), filters="true")
    assert "these maps are those of the picture alone." in words(app)
    assert chain(app)
