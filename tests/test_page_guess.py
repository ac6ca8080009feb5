"""The Guess page: what is asked, what is shown after an answer, and how a round ends."""

import json
from dataclasses import replace

import pytest
import streamlit as st
from helpers import REPO_ROOT
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.guessing import choose_round, describe_score, score_round
from fashion_core.classes import CLASS_NAMES
from pages.ui import services
from pages.ui.choice import Choice
from pages.ui.guess_state import Answers, describe_round

RUN = "r-reference-as-specified"
ABOUT = (RUN, 8, "test", 1)


@pytest.fixture
def scores(tmp_path, monkeypatch) -> object:
    """Give what the best epoch of the reference run says, in a store of its own."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "engine", lambda: None)  # it would outlive the store's folder
    services.store()
    return services.scores(RUN, 8, "test")


def open_page(answers: Answers | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if answers is not None:
        app.session_state["guess-answers"] = answers
    app.switch_page("pages/guess.py")
    app.run()
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown)


def test_a_round_starts_without_any_hint(scores):
    app = open_page()
    assert "**What is it?**" in words(app)
    assert "labelled" not in words(app)
    assert not app.get("plotly_chart")


def test_an_answer_shows_label_network_and_visitor(scores):
    position = int(choose_round(scores, number=1)[1])
    true, predicted = int(scores.labels[position]), int(scores.predictions[position])
    other = next(c for c in range(10) if c not in {true, predicted})
    said = words(open_page(Answers(about=ABOUT, guesses=[0, other], is_shown=True)))
    assert f"It is labelled **{CLASS_NAMES[true]}**." in said
    assert f":material/close: You said **{CLASS_NAMES[other]}**." in said
    mark = "check" if true == predicted else "close"
    assert f":material/{mark}: The network says **{CLASS_NAMES[predicted]}**" in said


def test_a_round_ends_with_its_score_and_all_pictures(scores):
    asked = choose_round(scores, number=1)
    guesses = [int(scores.labels[p]) for p in asked[:15]] + [9] * 5
    score = score_round(scores, asked, guesses)
    assert score.person > score.network
    app = open_page(Answers(about=ABOUT, guesses=guesses))
    assert f"##### {describe_score(score)}" in words(app)
    app.button[1].click().run()  # after "Start again"
    assert app.number_input(key="round").value == 2
    assert "**What is it?**" in words(app)
    assert app.query_params["round"] == "2"


def test_the_link_names_the_round(scores):
    app = open_page(round="7")
    assert app.number_input(key="round").value == 7


def test_another_round_draws_the_whole_page_so_that_its_epoch_is_the_best_now(scores, monkeypatch):
    app, drawn_again = open_page(Answers(about=ABOUT, guesses=[9] * 20)), []
    monkeypatch.setattr(st, "rerun", lambda: drawn_again.append(1))
    app.button[1].click().run()  # "Next round"
    assert drawn_again == [1]
    app.number_input(key="round").set_value(5).run()
    assert drawn_again == [1, 1]


def test_a_round_says_when_its_epoch_is_no_longer_the_best(scores):
    run = services.store().run(RUN)
    early = replace(run, history=run.history[:3], best=run.history[2])
    choice = Choice(run=early, epoch=early.best.epoch, split="test")
    assert describe_round(choice, early, follows_best=True) == choice.describe()
    words = describe_round(choice, run, follows_best=True)
    assert "epoch 3 of 30 (not the best)" in words
    assert "epoch 8 is better now" in words


def test_a_better_epoch_does_not_take_the_answers_of_a_round(scores):
    begun = Answers(about=(RUN, 3, "test", 1), guesses=[0, 1], follows_best=True)
    app = open_page(begun)  # drawn anew when the run has reached epoch 8
    assert app.session_state["guess-answers"].guesses == [0, 1]
    said = "\n".join(caption.value for caption in app.caption)
    assert "epoch 3 of 30 (not the best)" in said
    assert "epoch 8 is better now" in said


def test_a_round_that_starts_again_is_about_the_best_epoch_now(scores):
    app = open_page(Answers(about=(RUN, 3, "test", 1), guesses=[0, 1], follows_best=True))
    app.button[0].click().run()
    assert app.session_state["guess-answers"].about == ABOUT


def test_an_epoch_that_is_chosen_begins_a_round_of_its_own(scores):
    app = open_page(Answers(about=ABOUT, guesses=[0, 1], follows_best=True), epoch="9")
    assert app.session_state["guess-answers"].about == (RUN, 9, "test", 1)


def test_both_answers_stand_below_each_picture_and_no_number_of_one_alone(scores):
    asked = choose_round(scores, number=1)
    app = open_page(Answers(about=ABOUT, guesses=[9] * 20))
    sent = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    (data,) = [each for each in sent if "percents" in each]
    assert data["percents"] == []
    first = CLASS_NAMES[scores.predictions[asked[0]]]
    assert data["notes"][0].endswith("you: Ankle boot")
    assert data["values"][0] == f"network: {first}"


@pytest.mark.parametrize(
    "about", [(RUN, 9, "test", 1), (RUN, 8, "test", 2), ("r-other", 8, "test", 1)]
)
def test_answers_of_another_round_do_not_count(scores, about):
    assert "**What is it?**" in words(open_page(Answers(about=about, guesses=[1] * 20)))


def test_start_again_forgets_the_answers(scores):
    app = open_page(Answers(about=ABOUT, guesses=[1] * 20))
    assert "**What is it?**" not in words(app)
    app.button[0].click().run()
    assert "**What is it?**" in words(app)


def test_one_press_is_one_answer():
    given = Answers(about=ABOUT)
    tokens = [given.token]
    given.guess(3)
    given.guess(4)  # a second press for the same picture
    tokens.append(given.token)
    assert (given.guesses, given.index) == ([3], 0)
    given.go_on()
    tokens.append(given.token)
    assert given.index == 1
    assert len(set(tokens)) == 3
