"""The form that sets up a learning-rate study: rates, seeds, all else, and what it will cost."""

from typing import Final

import streamlit as st

from fashion_core.analysis.formatting import count, decimal
from fashion_core.architecture import parameter_count
from fashion_core.config import SUGGESTED_LEARNING_RATES
from fashion_core.cost import describe_basis, describe_cost, estimate_study
from fashion_core.engine.switch import cores, most_slots
from fashion_core.errors import FashionError
from fashion_core.runs.studies import StudyPlan, find_members
from pages.ui import services
from pages.ui.engine_choice import choose_slots, draw_engine_choice
from pages.ui.literal import literal
from pages.ui.settings import draw_settings, parse_rate, spec_from_settings

_RATES, _SEEDS, _SLOTS, _NAME = "study-rates", "study-seeds", "study-slots", "study-name"
_DEFAULT_RATES: Final = [decimal(rate) for rate in SUGGESTED_LEARNING_RATES]
_DEFAULT_SEEDS: Final = ["0", "1"]
_OFFERED_SEEDS: Final = [str(seed) for seed in range(5)]


def plan_from_settings() -> StudyPlan:
    """Give the plan of the widgets' values.

    Raises:
        ValueError: with an expected-and-got sentence, whatever a widget let through.
    """
    rates = st.session_state.get(_RATES, _DEFAULT_RATES)
    seeds = st.session_state.get(_SEEDS, _DEFAULT_SEEDS)
    return StudyPlan(
        spec=spec_from_settings(rate="0.001"),  # any: the plan has its own
        learning_rates=tuple(parse_rate(text) for text in rates),
        seeds=tuple(_parse_seed(text) for text in seeds),
    )


def draw_study_form() -> None:
    """Draw the form; the cost stands above the button that starts."""
    _draw_rates_and_seeds()
    draw_settings(is_study=True)
    _draw_slots()
    try:
        plan = plan_from_settings()
    except ValueError as error:
        st.error(literal(str(error)), icon=":material/error:")
        _draw_start(None, 0)
        return
    left = _draw_cost(plan)
    _draw_start(plan, left)


def _draw_rates_and_seeds() -> None:
    st.session_state.setdefault(_RATES, _DEFAULT_RATES)
    st.session_state.setdefault(_SEEDS, _DEFAULT_SEEDS)
    st.multiselect(
        "Learning rates",
        _DEFAULT_RATES,
        key=_RATES,
        accept_new_options=True,
        persist_state="session",
        placeholder="Choose or type, for example 3e-4",
        help="Each is trained with every seed. Type any number above 0 and at most 100. The four "
        "offered are those the specification tried.",
    )
    st.multiselect(
        "Seeds",
        _OFFERED_SEEDS,
        key=_SEEDS,
        accept_new_options=True,
        persist_state="session",
        placeholder="Choose or type whole numbers",
        help="Another seed gives other first weights and another order of the pictures. Two or "
        "more show how much of a difference is chance.",
    )


def _draw_slots() -> None:
    choice = services.engine_choice()
    most = most_slots(choice.where, choice)
    if most < 2:
        return
    # Two where the cores allow; more only if somebody asks for it.
    threads = st.session_state.get("set-threads", 1)
    st.session_state.setdefault(
        _SLOTS, max(choice.slots, min(2, max(cores(choice, threads=threads) // threads, 1)))
    )
    st.number_input(
        "Runs at a time",
        1,
        most,
        key=_SLOTS,
        persist_state="session",
        help="Two runs of one thread side by side use two cores. On two cores each takes about an "
        "eighth longer than alone, and together they end 1.8 times sooner (measured); pages "
        "answer more slowly meanwhile. Runs × threads above the number of cores, "
        f"{cores(choice, threads=threads)} here, gains nothing. Holds for everyone who uses this "
        "server.",
    )


def _draw_cost(plan: StudyPlan) -> int:
    """Say what starting would cost; give the number of runs it would put into the queue."""
    runs = services.store().runs()
    members = find_members(plan, runs)
    slots = st.session_state.get(_SLOTS, 1)
    there = cores(services.engine_choice(), threads=plan.spec.threads)
    cost = estimate_study(members, runs, slots=slots, cores=there)
    st.markdown(f"**{describe_cost(cost)}**")
    words = [describe_basis(cost.epoch)]
    own = {member.run.run_id for member in members if member.run is not None}
    if ahead := sum(run.is_active and run.run_id not in own for run in runs):
        words.append(
            "They wait for the run before them."
            if ahead == 1
            else f"They wait for the {ahead} runs before them."
        )
    words.append(
        f"{count(parameter_count(plan.spec))} parameters, {count(plan.spec.steps_per_epoch)} "
        "steps an epoch."
    )
    st.caption(" ".join(words))
    return cost.runs - cost.there


def _draw_start(plan: StudyPlan | None, left: int) -> None:
    st.text_input(
        "Name of the study",
        key=_NAME,
        placeholder="made from the settings",
        max_chars=80,
        persist_state="session",
    )
    label = "Start study" if plan is None or left else "See the results"
    with st.container(horizontal=True):
        is_pressed = st.button(
            label, type="primary", icon=":material/play_arrow:", disabled=plan is None
        )
        draw_engine_choice(with_slots=False)
    if is_pressed and plan is not None:
        _start(plan)


def _start(plan: StudyPlan) -> None:
    """Start the study and go to its page."""
    try:
        choose_slots(st.session_state.get(_SLOTS, 1))
        study_id = services.engine().start_study(plan, name=st.session_state.get(_NAME, ""))
    except FashionError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    st.session_state["study"] = study_id
    st.switch_page("pages/study.py", query_params={"study": study_id})


def _parse_seed(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError as error:
        raise ValueError(f"Expected a seed such as 0 or 42, got {text!r}.") from error
