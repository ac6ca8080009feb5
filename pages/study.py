"""Study: which learning rate is best, and how sure that is; live while its runs are computed."""

import streamlit as st

from fashion_core.analysis.study import choose_rate
from fashion_core.analysis.study_words import describe_choice, find_cautions
from fashion_core.figures.study_curves import overlay_figure
from fashion_core.figures.study_rates import best_loss_figure
from fashion_core.runs.studies import Study, read_studies
from fashion_core.study_results import StudyResults, read_results
from pages.ui import explanations, services
from pages.ui.choice import Choice, linked_selectbox
from pages.ui.figure import draw_figure
from pages.ui.frame import show_page
from pages.ui.literal import literal
from pages.ui.queue_list import draw_queue, say_problem
from pages.ui.study_live import draw_progress
from pages.ui.study_table import draw_table
from pages.ui.study_test import draw_test_figures
from pages.ui.theme import figure_theme


def draw(_choice: Choice) -> None:
    studies, problems = read_studies(services.store().root)
    for problem in problems:
        st.warning(literal(problem), icon=":material/broken_image:")
    if not studies:
        _draw_empty()
        return
    study = _pick(studies)
    results = read_results(services.store(), study.plan)
    _say_answer(results)
    _say_damaged(results)
    say_problem()
    draw_progress(study, results)
    _draw_figures(study, results)
    draw_table(results)
    draw_test_figures(results)
    draw_queue(services.store().active(), "The whole queue")


def _draw_empty() -> None:
    st.info(
        "No learning rates were compared yet. A study trains several, each with several seeds, "
        "and shows which one the validation pictures speak for.",
        icon=":material/query_stats:",
    )
    if services.is_read_only():
        return
    st.page_link(
        "pages/train.py",
        label="Set up a learning-rate study",
        icon=":material/arrow_forward:",
        query_params={"mode": "Learning-rate study"},
    )


def _pick(studies: tuple[Study, ...]) -> Study:
    by_id = {study.study_id: study for study in studies}
    chosen = linked_selectbox(
        "Study",
        list(by_id),
        key="study",
        default=studies[0].study_id,
        label_of=lambda study_id: by_id[study_id].name,
        is_default_linked=True,
    )
    return by_id[chosen]


def _say_answer(results: StudyResults) -> None:
    st.markdown(f"##### {describe_choice(results.by_rate)}")
    if cautions := find_cautions(results.by_rate):
        st.caption("  \n".join(f":material/info: {caution}" for caution in cautions))


def _say_damaged(results: StudyResults) -> None:
    """Say that a run that is missing here may be there, but damaged: nobody knows its settings."""
    if all(member.run is not None for member in results.members):
        return
    runs = services.store().runs()
    damaged = [str(run.number) for run in reversed(runs) if run.status == "damaged"]
    if damaged:
        one = len(damaged) == 1
        st.warning(
            f"{'Run' if one else 'Runs'} {', '.join(damaged)} {'is' if one else 'are'} damaged: "
            f"what {'it' if one else 'they'} trained cannot be read, so "
            f"{'it does' if one else 'they do'} not count here, and a run of this study may look "
            "as if it had never been started. The Train page says how to mend a damaged run; Go on "
            "trains what is missing anew.",
            icon=":material/broken_image:",
        )


def _draw_figures(study: Study, results: StudyResults) -> None:
    choice, theme = choose_rate(results.by_rate), figure_theme()
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_figure(
            overlay_figure(results.by_rate, theme=theme, planned_epochs=study.plan.spec.epochs),
            key="study-curves",
            explanation=explanations.STUDY_CURVES,
            alt="Validation loss of all runs after each epoch, by learning rate",
        )
    with right:
        chosen = choice.best.learning_rate if choice else None
        draw_figure(
            best_loss_figure(results.by_rate, theme=theme, chosen=chosen),
            key="study-rates",
            explanation=explanations.STUDY_RATES,
            alt="Lowest validation loss of each learning rate",
        )


show_page("Study", "Which learning rate?", draw)
