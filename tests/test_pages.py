"""Every page opened cold by Streamlit's own test client: full, empty, wrong links, bad input."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from portable import put_run
from sklearn.metrics import accuracy_score, precision_score
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.confusions import describe_confusions
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.history import EpochRecord
from fashion_core.recipes import RECIPES, Recipe
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.records import State
from fashion_core.runs.store import RunStore
from pages.ui import services
from pages.ui.settings import widget_values

ROOT = Path(__file__).parents[1]
PAGES = {
    "Overview": None,
    "Train": "pages/train.py",
    "Runs": "pages/runs.py",
    "Compare": "pages/compare.py",
    "Confusions": "pages/confusions.py",
    "Labels": "pages/labels.py",
    "People": "pages/people.py",
    "Image": "pages/image.py",
    "Map": "pages/map.py",
    "Confidence": "pages/certainty.py",
    "Robustness": "pages/robustness.py",
    "Guess": "pages/guess.py",
    "Try it": "pages/try_it.py",
}
ASKING = {"pages/image.py", "pages/try_it.py"}
"""Pages that open the network of a run and need torch for it."""


class FakeEngine:
    """Keeps what pages ask for, trains nothing."""

    def __init__(self) -> None:
        self.started: list[RunSpec] = []
        self.stopped: list[str] = []
        self.resumed: list[str] = []

    def start(self, spec: RunSpec) -> str:
        self.started.append(spec)
        return services.store().create(spec)

    def stop(self, run_id: str) -> None:
        self.stopped.append(run_id)

    def resume(self, run_id: str) -> None:
        self.resumed.append(run_id)


@pytest.fixture(scope="session")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("reference") / "runs"
    import_folder(RunStore(root), services.REFERENCE)
    return root


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Give pages an engine that only listens, and caches of their own."""
    fake = FakeEngine()
    monkeypatch.setattr(services, "engine", lambda: fake)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return fake


@pytest.fixture
def full(
    engine: FakeEngine, reference_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """Open a page on a store that holds the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(reference_runs))
    return open_page


@pytest.fixture
def empty(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """Open a page on an empty store."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return open_page


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if (path := PAGES[name]) is not None:
        app.switch_page(path)
    return app.run()


def words(app: AppTest) -> str:
    """Give all the text of a page."""
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_cold_on_the_reference_run(full: Callable[..., AppTest], name: str) -> None:
    app = full(name)
    assert not app.exception
    assert not app.error
    assert "Reference: as specified" in words(app)


@pytest.mark.parametrize("name", PAGES)
def test_page_of_an_empty_store_names_the_next_step(
    empty: Callable[..., AppTest], name: str
) -> None:
    app = empty(name)
    assert not app.exception
    then = "Press **Start training**" if name == "Train" else "After a training you will see here "
    assert f"Nothing was trained yet. {then}" in words(app)


@pytest.mark.parametrize("name", ["Overview", "Train", "Guess"])
def test_page_of_a_store_whose_runs_are_all_deleted_does_not_say_that_none_was_trained(
    empty: Callable[..., AppTest], name: str
) -> None:
    RunAnnotations(services.store()).delete(put_run(services.store()))
    app = empty(name)
    assert not app.exception
    assert "Every run is deleted." in words(app)
    assert "Nothing was trained yet." not in words(app)
    ways = [link.proto.label for link in app.get("page_link")]
    assert ("Restore a run" in ways) == (name != "Train")


@pytest.mark.parametrize("name", ["Overview", "Confusions"])
def test_page_of_a_run_without_an_epoch_says_so(empty: Callable[..., AppTest], name: str) -> None:
    services.store().create(RunSpec())
    assert "has not finished its first epoch" in words(empty(name))


def test_overview_agrees_with_figures_recomputed_by_scikit_learn(
    full: Callable[..., AppTest],
) -> None:
    file = services.store().epoch_file("r-reference-as-specified", 8)
    labels = read_split(ROOT / "data", "test").labels
    shown = {metric.label: metric.value for metric in full("Overview").metric}
    said = file.test.predictions
    assert shown["Accuracy"] == f"{100 * accuracy_score(labels, said):.1f}\u00a0%"
    macro = precision_score(labels, said, average="macro")
    assert shown["Macro precision"] == f"{100 * macro:.1f}\u00a0%"
    sure = file.test.pred_probs.max(axis=1) >= 0.5
    confident = 100 * accuracy_score(labels[sure], said[sure])
    assert shown["Precision at confidence ≥ 0.5"] == f"{confident:.1f}\u00a0%"


def test_numbers_come_from_the_best_epoch_until_another_is_chosen(
    full: Callable[..., AppTest],
) -> None:
    app = full("Overview")
    best = app.metric[0].value
    assert "epoch 8 of 30 (the best: lowest validation loss) · test pictures" in words(app)
    app.selectbox(key="epoch").set_value("16").run()
    assert "epoch 16 of 30 (not the best)" in words(app)
    assert app.metric[0].value != best


def test_overview_names_run_epoch_and_split_of_a_link(full: Callable[..., AppTest]) -> None:
    app = full("Overview", epoch="3", split="validation")
    assert "epoch 3 of 30 (not the best) · validation pictures" in words(app)


def test_the_link_always_names_the_run_because_another_may_become_the_default(
    full: Callable[..., AppTest],
) -> None:
    assert full("Overview").query_params["run"] == "r-reference-as-specified"


def test_link_to_an_unknown_run_shows_another_and_says_so(full: Callable[..., AppTest]) -> None:
    app = full("Overview", run="../../etc/passwd")
    assert "The link names a run that is not here." in words(app)
    assert not app.error


def test_link_to_what_is_not_here_is_told_on_the_page_not_in_the_sidebar_that_folds_away(
    full: Callable[..., AppTest],
) -> None:
    app = full("Overview", run="nonsense", epoch="-3")
    assert [each.value.split(" that")[0] for each in app.main.warning] == [
        "The link names a run",
        "The link names an epoch",
    ]
    assert not app.sidebar.warning


def test_confusions_link_opens_exactly_the_pictures_of_the_cell(
    full: Callable[..., AppTest],
) -> None:
    matrix = services.headline("r-reference-as-specified", 8, "test").matrix
    app = full("Confusions", true="Shirt", predicted="T-shirt/top")
    assert matrix[6, 0] != matrix[0, 6]
    assert f"**Shirt → T-shirt/top** · {matrix[6, 0]} pictures" in words(app)


@pytest.mark.parametrize(
    ("key", "label"), [("true", "true class"), ("predicted", "predicted class")]
)
def test_link_to_an_unknown_class_shows_any_and_says_so(
    full: Callable[..., AppTest], key: str, label: str
) -> None:
    app = full("Confusions", **{key: "*Hat*"})
    (warning,) = [w.value for w in app.warning]
    assert warning == (
        f"The link names a {label} that does not exist: “\\*Hat\\*”. Any class is shown."
    )
    assert "**All classes**, wrong · 811 pictures" in words(app)


def test_confusions_say_first_where_the_mistakes_are(full: Callable[..., AppTest]) -> None:
    of_test, of_validation = (
        services.headline("r-reference-as-specified", 8, split).matrix
        for split in ("test", "validation")
    )
    assert f"##### {describe_confusions(of_test)}" in words(full("Confusions"))
    at_left = full("Confusions", split="validation")
    assert f"##### {describe_confusions(of_validation)}" in words(at_left)


def test_both_directions_stand_side_by_side(full: Callable[..., AppTest]) -> None:
    matrix = services.headline("r-reference-as-specified", 8, "test").matrix
    app = full("Confusions")
    app.button(key="pair-2-4").click().run()
    assert f"**Pullover → Coat** · {matrix[2, 4]} pictures" in words(app)
    assert f"**Coat → Pullover** · {matrix[4, 2]} pictures" in words(app)


def test_right_cell_of_the_diagonal_is_not_filtered_away(full: Callable[..., AppTest]) -> None:
    matrix = services.headline("r-reference-as-specified", 8, "test").matrix
    app = full("Confusions", true="Bag", predicted="Bag")
    assert f"**Bag → Bag** · {matrix[8, 8]} pictures" in words(app)


def test_confidently_wrong_shows_all_mistakes(full: Callable[..., AppTest]) -> None:
    matrix = services.headline("r-reference-as-specified", 8, "test").matrix
    app = full("Confusions", true="Bag", predicted="Bag")
    next(
        button for button in app.button if button.label == "All mistakes, surest first"
    ).click().run()
    assert f"**All classes**, wrong · {matrix.sum() - matrix.trace()} pictures" in words(app)


def test_link_to_a_page_beyond_the_last_shows_the_last(full: Callable[..., AppTest]) -> None:
    app = full("Confusions", true="Shirt", predicted="T-shirt/top", page="99")
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("picture", ["-1", "99999", "<script>", "7" * 50])
def test_link_to_an_impossible_picture_does_no_harm(
    full: Callable[..., AppTest], picture: str
) -> None:
    app = full("Confusions", picture=picture)
    assert not app.exception
    assert not app.error


def test_start_queues_the_spec_of_the_widgets(
    empty: Callable[..., AppTest], engine: FakeEngine
) -> None:
    app = empty("Train")
    app.segmented_control(key="set-rate").set_value("other").run()
    app.text_input(key="set-other-rate").set_value("3e-4")
    app.number_input(key="set-epochs").set_value(7)
    app.number_input(key="set-conv-1").set_value(5)
    app.toggle(key="set-flip").set_value(True).run()
    button(app, "Start training").click().run()
    assert engine.started == [
        RunSpec(learning_rate=3e-4, epochs=7, conv_widths=(5, 64), horizontal_flip=True)
    ]


def test_default_settings_are_the_specification(
    empty: Callable[..., AppTest], engine: FakeEngine
) -> None:
    button(empty("Train"), "Start training").click().run()
    assert engine.started == [RunSpec()]


OTHERWISE = RunSpec(
    learning_rate=0.00123456789,
    epochs=3,
    batch_size=48,
    dropout=0.15,
    conv_widths=(5, 7),
    horizontal_flip=True,
    train_images=700,
    schedule="one-cycle",
    weight_decay=0.0005,
    mirror_average=True,
)


@pytest.mark.parametrize("spec", [OTHERWISE, RunSpec(learning_rate=1e-7), RunSpec(threads=2)])
def test_the_settings_of_a_run_fill_the_form_to_the_last_digit(
    empty: Callable[..., AppTest], engine: FakeEngine, spec: RunSpec
) -> None:
    run_id = services.store().create(spec)
    app = empty("Train", run=run_id, mode="Experiment")
    button(app, "Use these settings").click().run()
    assert app.segmented_control(key="mode").value == "One run"
    button(app, "Start training").click().run()
    assert engine.started == [spec]


def test_a_training_that_is_there_already_is_named_and_linked(
    empty: Callable[..., AppTest],
) -> None:
    assert same_training(empty("Train")) == []
    first = make_run("finished", "")
    services.store().create(RunSpec())
    app = empty("Train")
    assert same_training(app) == [("Run 1 is exactly this training", f"run={first}")]
    services.store().create(RunSpec(epochs=7))
    app.number_input(key="set-epochs").set_value(7).run()
    assert [label for label, _ in same_training(app)] == ["Run 3 is exactly this training (queued)"]


def same_training(app: AppTest) -> list[tuple[str, str]]:
    """Give label and query of the link to a run with the settings of the form."""
    links = [each.proto for each in app.get("page_link")]
    return [
        (link.label, link.query_string) for link in links if "exactly this training" in link.label
    ]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_fills_in_every_setting_and_all_can_be_changed(
    empty: Callable[..., AppTest], engine: FakeEngine, recipe: Recipe
) -> None:
    app = empty("Train")
    button(app, "Quick try").click().run()
    button(app, recipe.name).click().run()
    app.number_input(key="set-seed").set_value(3).run()
    button(app, "Start training").click().run()
    assert engine.started == [recipe.spec(seed=3)]


def test_every_field_of_the_spec_can_be_set_on_the_page(
    empty: Callable[..., AppTest], engine: FakeEngine
) -> None:
    """Every value differs from its default, so a field without a widget would be missed."""
    wanted = RunSpec(
        learning_rate=5e-4,
        epochs=3,
        batch_size=48,
        seed=9,
        dropout=0.15,
        conv_widths=(5, 7),
        fc_widths=(11, 13),
        horizontal_flip=True,
        train_images=700,
        threads=2,
        schedule="one-cycle",
        weight_decay=0.0005,
        label_smoothing=0.125,
        shift_pixels=2,
        erase_probability=0.25,
        average_decay=0.9985,
        mirror_average=True,
        precision="bfloat16",
    )
    values = widget_values(wanted)
    assert all(value != widget_values(RunSpec())[key] for key, value in values.items())
    app = empty("Train")
    app.segmented_control(key="set-rate").set_value(values["set-rate"]).run()
    app.toggle(key="set-flip").set_value(True).run()
    for widget in (*app.number_input, *app.text_input, *app.selectbox, *app.toggle):
        if widget.key in values:
            widget.set_value(values[widget.key])
    app.run()
    button(app, "Start training").click().run()
    assert engine.started == [wanted]


def test_mirror_average_is_off_without_flips(
    empty: Callable[..., AppTest], engine: FakeEngine
) -> None:
    app = empty("Train")
    button(app, "Best").click().run()
    app.toggle(key="set-flip").set_value(False).run()
    assert app.toggle(key="set-mirror").disabled
    button(app, "Start training").click().run()
    assert not engine.started[0].mirror_average


@pytest.mark.parametrize("rate", ["abc", "-1", "0", "nan", "1e9", ""])
def test_impossible_learning_rate_gets_a_sentence_and_no_start(
    empty: Callable[..., AppTest], engine: FakeEngine, rate: str
) -> None:
    app = empty("Train")
    app.segmented_control(key="set-rate").set_value("other").run()
    app.text_input(key="set-other-rate").set_value(rate).run()
    assert "Expected" in app.error[0].value
    assert button(app, "Start training").disabled


def test_layer_table_has_every_layer_and_the_parameter_count(empty: Callable[..., AppTest]) -> None:
    app = empty("Train")
    assert "1,692,106 parameters" in words(app)
    assert list(app.table[0].value["Parameters"])[:3] == ["320", "0", "64"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("stopped", "Stopped on request."),
        ("diverged", "The training loss at epoch 1, step 5 is not a finite number"),
        ("failed", "No room on the disk."),
        ("started", "The program that computed this run is gone."),
    ],
)
def test_run_that_ended_early_says_why(
    empty: Callable[..., AppTest], state: State, expected: str
) -> None:
    make_run(state, expected)
    assert expected in words(empty("Train"))


@pytest.mark.parametrize("state", ["stopped", "failed", "started"])
def test_run_without_a_finished_epoch_promises_none(
    empty: Callable[..., AppTest], state: State
) -> None:
    make_run(state, "It ended.")
    said = words(empty("Train"))
    assert "No epoch was finished: Resume begins anew." in said
    assert "finished and safe" not in said


def test_reported_figures_stand_on_runs_as_specified_only(
    full: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = full("Overview")
    assert "reported 92.81\u00a0%" in words(app)
    assert "92.81 %" in words(app)
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    st.cache_resource.clear()
    put_run(services.store())
    app = open_page("Overview")
    assert "92.81" not in words(app)
    assert "What do these figures mean?" in [each.label for each in app.expander]


def test_curve_of_a_diverged_run_shows_where_it_broke(empty: Callable[..., AppTest]) -> None:
    run_id = make_run(
        "diverged", "The training loss at epoch 2, step 5 is not a finite number (nan)."
    )
    RunJournal(services.store(), run_id).epoch(
        EpochRecord(
            epoch=1,
            train_loss=1.5,
            train_accuracy=0.5,
            val_loss=0.7,
            val_accuracy=0.8,
            seconds=3.0,
        )
    )
    app = empty("Train")
    assert "The loss of epoch 2 is not a finite number" in words(app)
    figures = [element.proto.spec for element in app.get("plotly_chart")]
    assert len(figures) == 2
    assert all("epoch 2: not a finite number" in figure for figure in figures)


@pytest.mark.parametrize("state", ["stopped", "failed", "started"])
def test_run_that_can_go_on_has_a_resume_button(
    empty: Callable[..., AppTest], engine: FakeEngine, state: State
) -> None:
    run_id = make_run(state, "some reason")
    button(empty("Train"), "Resume").click().run()
    assert engine.resumed == [run_id]


def test_running_run_can_be_stopped(empty: Callable[..., AppTest], engine: FakeEngine) -> None:
    run_id = make_run("started", "")
    with RunQueue(services.store()).hold(run_id):
        button(empty("Train"), "Stop").click().run()
    assert engine.stopped == [run_id]


def test_damaged_predictions_give_a_sentence_instead_of_numbers(
    empty: Callable[..., AppTest],
) -> None:
    run_id = import_folder(services.store(), ROOT / "examples" / "reference-run")
    epoch = next((services.store().run_dir(run_id) / "epochs").glob("epoch-0008-*"))
    epoch.write_bytes(epoch.read_bytes()[:-1] + b"x")
    app = empty("Overview")
    assert not app.exception
    assert not app.metric
    assert app.error[0].value.startswith("The answers of epoch 8 of run 1 cannot be shown")
    assert "When did it stop learning?" in [head.value for head in app.subheader]


def test_pages_that_do_not_ask_the_network_never_import_torch(reference_runs: Path) -> None:
    every = {f"pages/{path.name}" for path in (ROOT / "pages").glob("[a-z]*.py")}
    without = sorted(every - ASKING)
    assert len(without) == len(every) - len(ASKING) > 9
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboard.py', default_timeout=60).run()\n"
        f"for page in {without}:\n"
        "    app.switch_page(page).run()\n"
        "assert not app.exception and not app.error\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'torch', 'torchvision'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"FASHION_RUNS": str(reference_runs), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def make_run(state: State, reason: str) -> str:
    """Put a run into the store that was started and then ended in some way."""
    store = services.store()
    run_id = store.create(RunSpec())
    journal = RunJournal(store, run_id)
    journal.start()
    if state != "started":
        journal.end(state, reason)
    return run_id


def button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)
