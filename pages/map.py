"""Map: where do the mistakes live? Two maps of all pictures -> exactly those selected."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import services
from pages.ui.boundary import part
from pages.ui.choice import Choice
from pages.ui.frame import show_page
from pages.ui.map_choice import View, pick_view
from pages.ui.map_features import draw_features, mistakes, ready_features, say_features
from pages.ui.map_gallery import draw_picture, draw_shown, selection
from pages.ui.map_training import draw_training, say_training, training_pictures
from pages.ui.states import has_results


def draw(choice: Choice) -> None:
    if not has_results(choice, shows="all pictures at once, and where among them the mistakes are"):
        return
    _explore(choice)
    services.send_sheet(choice.split)


@part  # a selection draws this part only
def _explore(choice: Choice) -> None:
    """Draw the chosen map, the pictures that are selected on it, and the one that is open."""
    answer = st.container()
    st.caption(choice.describe())
    view = pick_view()
    if view.name == "training":
        _training(choice, view, answer)
    else:
        _features(choice, view, answer)
    draw_picture(choice, services.scores(choice.run.run_id, choice.epoch, choice.split))


def _training(choice: Choice, view: View, answer: DeltaGenerator) -> None:
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    with answer:
        say_training(choice, scores)
    left, right = st.columns([5, 4], gap="large")
    with left:
        selected = draw_training(choice, scores, view)
    with right:
        of_region = training_pictures(choice, scores, is_disabled=selected is not None)
        draw_shown(choice, scores, of_region if selected is None else selection(selected))


def _features(choice: Choice, view: View, answer: DeltaGenerator) -> None:
    features = ready_features(choice, view)
    if features is None:
        return
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    with answer:
        say_features(choice, scores, features)
    left, right = st.columns([5, 4], gap="large")
    with left:
        selected = draw_features(choice, scores, view, features)
    with right:
        draw_shown(choice, scores, mistakes(scores) if selected is None else selection(selected))


show_page("Map", "Where do the mistakes live?", draw)
