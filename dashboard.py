"""Overview: what came out, and what goes wrong most."""

import streamlit as st

from fashion_core.analysis.confusions import (
    Confusion,
    describe_confusion,
    describe_result,
    top_confusions,
)
from fashion_core.analysis.figure_words import describe_classes
from fashion_core.analysis.formatting import number, percent
from fashion_core.analysis.headline import Figure, Headline, describe_below
from fashion_core.analysis.intervals import describe_interval
from fashion_core.analysis.metrics import per_class_report
from fashion_core.analysis.ranking import sample_pictures
from fashion_core.classes import CLASS_NAMES
from fashion_core.figures.per_class import per_class_figure
from pages.ui import explanations, services
from pages.ui.choice import Choice
from pages.ui.definitions import explain_figures
from pages.ui.figure import draw_figure
from pages.ui.first_visit import draw_first_step
from pages.ui.frame import show_page
from pages.ui.live import draw_curves
from pages.ui.number_cards import draw_number, number_cards
from pages.ui.overview_links import draw_class_links, draw_mistakes_link
from pages.ui.picture_grid import draw_card, draw_pictures
from pages.ui.report_download import draw_report
from pages.ui.states import has_results
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.theme import figure_theme

TOP_CONFUSIONS = 8
SAMPLE_RIGHT, SAMPLE_WRONG, SAMPLE_SEED = 10, 10, 0


def draw(choice: Choice) -> None:
    if not has_results(
        choice,
        shows="how often the network is right, when it stopped learning, and what it mixes up",
    ):
        if choice.epoch is not None:  # its file is damaged; the curves are kept elsewhere
            _curves(choice)
        return
    headline = services.headline(choice.run.run_id, choice.epoch, choice.split)
    st.markdown(f"##### {describe_result(headline.matrix)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(choice.describe(), width="stretch")
        draw_mistakes_link(choice, headline)
        draw_report(choice.run, epoch=choice.epoch, split=choice.split)
    draw_first_step(choice)
    _figures(choice, headline)
    _curves(choice)
    classes, confusions = st.columns([3, 2], gap="large")
    with classes:
        _classes(choice, headline)
    with confusions:
        _confusions(choice, headline)
    _samples(choice)
    services.send_sheet(choice.split)


def _curves(choice: Choice) -> None:
    st.subheader("When did it stop learning?", anchor=False)
    draw_curves(choice.run)


def _figures(choice: Choice, headline: Headline) -> None:
    """Draw the headline figures, each with its interval, and with what was reported if it fits."""
    is_specified, best = choice.run.spec.is_as_specified, choice.run.best
    below_accuracy, below_precision = describe_below(headline, is_as_specified=is_specified)
    answered = f"{percent(headline.answered / headline.pictures)} of pictures answered"
    with number_cards("headline"):
        _figure("Accuracy", headline.accuracy, below_accuracy)
        _figure("Macro precision", headline.macro_precision, below_precision)
        _figure("Precision at confidence ≥ 0.5", headline.confident_precision, answered)
        draw_number(
            "Best epoch",
            f"{best.epoch} of {choice.run.spec.epochs}",
            f"lowest validation loss: {number(best.val_loss)}",
            f"{len(choice.run.history)} epochs finished",
        )
    reported = ", and why two reported ones" if is_specified else ""
    with st.expander(f"What do these figures mean{reported}?"):
        st.markdown(explain_figures(is_as_specified=is_specified))


def _figure(label: str, figure: Figure, below: str) -> None:
    draw_number(label, percent(figure.value), describe_interval(figure.interval), below)


def _classes(choice: Choice, headline: Headline) -> None:
    st.subheader("Which classes are hard?", anchor=False)
    report = per_class_report(headline.matrix)
    draw_figure(
        per_class_figure(report, theme=figure_theme()),
        key="per-class",
        explanation=explanations.PER_CLASS,
        says=describe_classes(report),
        alt="Precision, recall and F1 of each class",
    )
    draw_class_links(choice, headline)
    with st.expander("As a table"):
        shown = report.copy()
        for column in ("precision", "recall", "f1"):
            shown[column] = [percent(value) for value in report[column]]
        st.table(shown)
        draw_csv(
            lambda: write_table({"class": list(report.index), **report.to_dict("list")}),
            file_name="classes.csv",
            what="Precision, recall, F1 and pictures of each class.",
            about=choice.file_stem(),
        )


def _confusions(choice: Choice, headline: Headline) -> None:
    """List the largest confusions as sentences; each leads to its pictures."""
    st.subheader("What is mixed up most?", anchor=False)
    top = top_confusions(headline.matrix, TOP_CONFUSIONS)
    if not top:
        st.info("Nothing: every picture is right.")
    for confusion in top:
        _confusion_link(choice, confusion)


def _confusion_link(choice: Choice, confusion: Confusion) -> None:
    cell = {
        "true": CLASS_NAMES[confusion.true],
        "predicted": CLASS_NAMES[confusion.predicted],
    }
    st.page_link(
        "pages/confusions.py",
        label=describe_confusion(confusion),
        icon=":material/photo_library:",
        query_params=choice.link() | cell,
        help="See these pictures",
    )


def _samples(choice: Choice) -> None:
    """Draw a fixed random sample of right and of wrong predictions."""
    st.subheader("What does it look like?", anchor=False)
    scores = services.scores(choice.run.run_id, choice.epoch, choice.split)
    sample = sample_pictures(scores, right=SAMPLE_RIGHT, wrong=SAMPLE_WRONG, seed=SAMPLE_SEED)
    is_right = scores.is_right[sample]
    for title, part in (("Right", sample[is_right]), ("Wrong", sample[~is_right])):
        st.markdown(f"**{title}**, drawn at random")
        draw_pictures(
            scores, part, split=choice.split, key=f"sample-{title}", on_pick=_remember_picture
        )
    if (image_id := st.session_state.pop("overview-picture", None)) is not None:
        st.dialog(f"{choice.split.capitalize()} picture {image_id}", position="right")(draw_card)(
            scores, image_id, split=choice.split, link=choice.link()
        )


def _remember_picture(image_id: int) -> None:
    st.session_state["overview-picture"] = image_id


show_page("Overview", "What came out?", draw)
