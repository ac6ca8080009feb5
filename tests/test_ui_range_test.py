"""Find a learning rate on the Train page: start, watch, cancel, read and use what came out."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.range_test import learning_rates
from fashion_core.config import RunSpec
from fashion_core.engine.range_test import RangeTestError, RangeTestState
from pages.ui import services

ROOT = Path(__file__).parents[1]
RATES = learning_rates(281)  # 40 steps for a factor of ten
LOSSES = tuple(2.3 - min(max(i - 40, 0), 80) / 80 + max(i - 160, 0) / 40 for i in range(281))
RUNNING = RangeTestState(status="running", steps=300, rates=RATES[:30], losses=LOSSES[:30])
DONE = RangeTestState(status="exploded", steps=300, rates=RATES, losses=LOSSES)  # suggests 0.001
LEVEL = replace(DONE, losses=(2.3,) * 281)
FAILED = RangeTestState(status="failed", steps=300, reason="The pictures are missing.")


class FakeTests:
    """Keeps what the page asks for, computes nothing."""

    def __init__(self) -> None:
        self.shown: RangeTestState | None = None
        self.in_work: RangeTestState | None = None
        self.started: list[RunSpec] = []
        self.cancelled = 0

    def state(self, _spec: RunSpec) -> RangeTestState | None:
        return self.shown

    def running(self) -> RangeTestState | None:
        return self.in_work

    def start(self, spec: RunSpec) -> None:
        self.started.append(spec)
        self.shown = self.in_work = RUNNING

    def cancel(self) -> None:
        self.cancelled += 1
        self.shown = self.in_work = None


@pytest.fixture
def tests(tmp_path, monkeypatch) -> FakeTests:
    """Give range tests that only listen, on an empty store without an engine."""
    fake = FakeTests()
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "range_tests", lambda: fake)
    return fake


def open_train() -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/train.py")
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_the_button_tests_what_is_set_up(tests):
    app = open_train()
    app.number_input(key="set-batch").set_value(64)
    button(app, "Test these settings").click().run()
    assert tests.started == [RunSpec(batch_size=64)]
    assert "Cancel the test" in labels(app)
    assert not app.exception


def test_before_a_test_it_is_said_what_it_does(tests):
    app = open_train()
    assert "while the learning rate rises from 0.000001 to 10" in texts(app)
    assert "both get slower" not in texts(app)


def test_beside_a_run_it_is_said_that_both_get_slower(tests):
    services.store().create(RunSpec())
    assert "A run is being computed: both get slower while the test runs." in texts(open_train())


def test_a_running_test_shows_where_it_is_and_can_be_cancelled(tests):
    tests.shown = tests.in_work = RUNNING
    app = open_train()
    (progress,) = app.get("progress")
    assert (progress.proto.value, progress.proto.text[:16]) == (10, "Step 30 of 300: ")
    assert "Test these settings" not in labels(app)
    button(app, "Cancel the test").click().run()
    assert tests.cancelled == 1
    assert "Test these settings" in labels(app)


def test_a_test_that_has_not_taken_a_step_is_starting(tests):
    tests.shown = tests.in_work = RangeTestState(status="running", steps=300)
    (progress,) = open_train().get("progress")
    assert (progress.proto.value, progress.proto.text) == (0, "Starting")


def test_the_test_of_other_settings_is_named_as_such_and_can_be_cancelled(tests):
    tests.in_work = RUNNING
    app = open_train()
    assert "The test of other settings is running." in texts(app)
    assert "Cancel the test" in labels(app)
    assert "Test these settings" not in labels(app)


def test_a_result_is_shown_while_the_test_of_other_settings_is_running(tests):
    tests.shown, tests.in_work = DONE, RUNNING
    app = open_train()
    assert "The loss falls from 0.00003 on" in texts(app)
    assert "other settings" not in texts(app)


def test_a_result_says_what_to_choose_in_words_and_as_a_figure(tests):
    tests.shown = DONE
    app = open_train()
    app.segmented_control(key="set-rate").set_value("0.1").run()
    assert "A good choice is 0.001" in texts(app)
    assert "0.1 is set now: above this range" in texts(app)
    assert len(app.get("plotly_chart")) == 1


def test_use_fills_the_learning_rate_and_is_then_done(tests):
    tests.shown = DONE
    app = open_train()
    app.segmented_control(key="set-rate").set_value("0.1").run()
    button(app, "Use 0.001").click().run()
    assert app.segmented_control(key="set-rate").value == "0.001"
    assert button(app, "Use 0.001").disabled


def test_a_rate_that_is_not_among_the_four_becomes_the_visitors_own(tests):
    stretched = tuple(3 * rate for rate in RATES)
    tests.shown = replace(DONE, rates=stretched)
    app = open_train()
    button(app, "Use 0.003").click().run()
    assert app.segmented_control(key="set-rate").value == "other"
    assert app.text_input(key="set-other-rate").value == "0.003"
    assert button(app, "Use 0.003").disabled


def test_a_test_that_suggests_nothing_has_no_use_button(tests):
    tests.shown = LEVEL
    app = open_train()
    assert "nothing can be suggested" in texts(app)
    assert not [label for label in labels(app) if label.startswith("Use")]


def test_with_one_cycle_the_upper_end_of_the_range_is_worth_a_try(tests):
    tests.shown = DONE
    app = open_train()
    assert "one-cycle it is" not in texts(app)
    app.selectbox(key="set-schedule").set_value("one-cycle").run()
    assert "up to 0.003 is worth a try" in texts(app)


def test_a_failed_test_says_why_and_can_be_started_again(tests):
    tests.shown = FAILED
    app = open_train()
    assert [error.value for error in app.error] == ["The pictures are missing."]
    button(app, "Test these settings").click().run()
    assert tests.started == [RunSpec()]


def test_a_test_that_cannot_be_started_says_why_once(tests, monkeypatch):
    def refuse(_spec: RunSpec) -> None:
        raise RangeTestError("No process.")

    monkeypatch.setattr(tests, "start", refuse)
    app = open_train()
    button(app, "Test these settings").click().run()
    assert [error.value for error in app.error] == ["No process."]
    assert not app.run().error


def test_impossible_settings_have_no_range_test(tests):
    app = open_train()
    app.segmented_control(key="set-rate").set_value("other")
    app.run()
    app.text_input(key="set-other-rate").set_value("fast").run()
    assert "Test these settings" not in labels(app)
    assert len(app.error) == 1


def test_a_server_has_one_set_of_range_tests(tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_DATA", str(tmp_path))
    assert services.range_tests() is services.range_tests()
