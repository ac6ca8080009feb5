"""The form that sets up a run: every widget, and the `RunSpec` they add up to."""

from typing import Any, Final, get_args

import streamlit as st

from fashion_core import config
from fashion_core.analysis.formatting import decimal
from fashion_core.config import SUGGESTED_LEARNING_RATES, Precision, RunSpec, Schedule
from fashion_core.recipes import RECIPES

_OTHER: Final = "other"

# Widget key -> field of `RunSpec`. The keys are kept across pages for the whole visit.
_FIELDS: Final = {
    "set-epochs": "epochs",
    "set-batch": "batch_size",
    "set-seed": "seed",
    "set-dropout": "dropout",
    "set-flip": "horizontal_flip",
    "set-images": "train_images",
    "set-threads": "threads",
    "set-schedule": "schedule",
    "set-decay": "weight_decay",
    "set-smoothing": "label_smoothing",
    "set-shift": "shift_pixels",
    "set-erase": "erase_probability",
    "set-average": "average_decay",
    "set-mirror": "mirror_average",
    "set-precision": "precision",
}
_PAIRS: Final = {
    "conv_widths": ("set-conv-1", "set-conv-2"),
    "fc_widths": ("set-fc-1", "set-fc-2"),
}
_QUICK: Final = RunSpec(train_images=2_000, epochs=2)


def widget_values(spec: RunSpec) -> dict[str, Any]:
    """Give the value of every widget of the form for a spec; the inverse of the form."""
    short = decimal(spec.learning_rate)
    rate = short if float(short) == spec.learning_rate else repr(spec.learning_rate)
    is_suggested = spec.learning_rate in SUGGESTED_LEARNING_RATES
    values = {key: getattr(spec, field) for key, field in _FIELDS.items()}
    for field, keys in _PAIRS.items():
        values |= dict(zip(keys, getattr(spec, field), strict=True))
    return values | {
        "set-rate": rate if is_suggested else _OTHER,
        "set-other-rate": "0.002" if is_suggested else rate,
    }


def spec_from_settings(*, rate: str | None = None) -> RunSpec:
    """Give the spec of the widgets' values; usable in callbacks.

    Args:
        rate: Learning rate as text, instead of the widget's.

    Raises:
        ValueError: with an expected-and-got sentence, whatever a widget let through.
    """
    defaults = widget_values(RunSpec())
    value = {key: st.session_state.get(key, default) for key, default in defaults.items()}
    chosen = value["set-other-rate"] if value["set-rate"] == _OTHER else value["set-rate"]
    values = {field: value[key] for key, field in _FIELDS.items()}
    values |= {field: (value[one], value[two]) for field, (one, two) in _PAIRS.items()}
    values["mirror_average"] &= values["horizontal_flip"]  # its switch is disabled then
    return RunSpec(learning_rate=parse_rate(chosen if rate is None else rate), **values)


def set_learning_rate(rate: float) -> None:
    """Put a learning rate into its widgets; a callback."""
    values = widget_values(RunSpec(learning_rate=rate))
    _fill({key: values[key] for key in ("set-rate", "set-other-rate")})


def use_settings(spec: RunSpec) -> None:
    """Put all settings of a run into their widgets; a callback."""
    _fill(widget_values(spec))


def draw_settings(*, is_study: bool = False) -> None:
    """Draw the form; learning rate and length first, the rest behind "More settings".

    Args:
        is_study: Leave out learning rate and seed, of which a study has several.
    """
    for key, default in widget_values(RunSpec()).items():
        st.session_state.setdefault(key, default)
    _recipes()
    if not is_study:
        _learning_rate()
    left, right = st.columns(2)
    with left:
        _whole("Epochs", "set-epochs", 1, config.MAX_EPOCHS, "Passes over all training pictures.")
    with right:
        _whole(
            "Training pictures",
            "set-images",
            config.MIN_TRAIN_IMAGES,
            config.TRAIN_IMAGES,
            "How many of the 50,000 training pictures are used. Fewer is faster and less accurate.",
        )
    with st.expander("More settings"):
        _network(is_study=is_study)
        _steps()
        _pictures()


def _recipes() -> None:
    """Draw a button for each set of settings to start from; all of them can be changed."""
    st.markdown("Start from", help=_HELP_RECIPES)
    with st.container(horizontal=True, gap="xsmall"):
        for recipe in RECIPES:
            values = widget_values(recipe.spec())
            st.button(recipe.name, on_click=_fill, args=(values,), help=recipe.explanation)
        st.button("Quick try", on_click=_fill, args=(widget_values(_QUICK),), help=_HELP_QUICK)


_HELP_RECIPES: Final = (
    "Each button fills in all settings below, and every one of them can then be changed. The "
    "recipes were chosen on validation pictures only."
)
_HELP_QUICK: Final = "2,000 pictures and 2 epochs: under half a minute, about 80 % right."


def _learning_rate() -> None:
    st.segmented_control(
        "Learning rate",
        [*map(decimal, SUGGESTED_LEARNING_RATES), _OTHER],
        key="set-rate",
        required=True,
        persist_state="session",
        help="How far each step moves the weights. Too high: the loss jumps about or explodes. "
        "Too low: learning takes for ever. 0.001 is the specification's choice.",
    )
    if st.session_state["set-rate"] == _OTHER:
        st.text_input(
            "Your learning rate",
            key="set-other-rate",
            persist_state="session",
            help="Any number above 0 and at most 100, for example 0.002 or 3e-4.",
        )


def _network(*, is_study: bool) -> None:
    st.markdown("**Network**")
    left, right = st.columns(2)
    with left:
        _whole("Conv 1 width", "set-conv-1", 1, config.MAX_CONV_WIDTH, "Channels of block 1.")
        _whole("FC 1 width", "set-fc-1", 1, config.MAX_FC_WIDTH, "Units of the first block.")
        _share("Dropout", "set-dropout", config.MAX_DROPOUT, 0.05, _HELP_DROPOUT)
    with right:
        _whole("Conv 2 width", "set-conv-2", 1, config.MAX_CONV_WIDTH, "Channels of block 2.")
        _whole("FC 2 width", "set-fc-2", 1, config.MAX_FC_WIDTH, "Units of the second block.")
        if not is_study:
            _whole("Seed", "set-seed", 0, config.MAX_SEED, "Same seed and settings, same result.")


def _steps() -> None:
    st.markdown("**Steps**")
    left, right = st.columns(2)
    with left:
        _whole("Batch size", "set-batch", 1, config.MAX_BATCH_SIZE, "Pictures per training step.")
        _share("Weight decay", "set-decay", config.MAX_WEIGHT_DECAY, 0.005, _HELP_DECAY)
        _share("Averaged weights", "set-average", config.MAX_AVERAGE_DECAY, 0.001, _HELP_AVERAGE)
        _choice("Precision", "set-precision", get_args(Precision), _HELP_PRECISION)
    with right:
        _choice("Learning-rate schedule", "set-schedule", get_args(Schedule), _HELP_SCHEDULE)
        _share(
            "Label smoothing", "set-smoothing", config.MAX_LABEL_SMOOTHING, 0.01, _HELP_SMOOTHING
        )
        _whole("Threads", "set-threads", 1, config.MAX_THREADS, _HELP_THREADS)


def _pictures() -> None:
    st.markdown("**Pictures**")
    left, right = st.columns(2)
    with left:
        _whole("Shift, pixels", "set-shift", 0, config.MAX_SHIFT_PIXELS, _HELP_SHIFT)
        st.toggle(
            "Horizontal flip",
            key="set-flip",
            persist_state="session",
            help="Mirror each training image half of the time.",
        )
    with right:
        _share("Random erasing", "set-erase", 1.0, 0.05, _HELP_ERASE)
        st.toggle(
            "Mirror average",
            key="set-mirror",
            persist_state="session",
            disabled=not st.session_state["set-flip"],
            help="Average the probabilities of a picture and of its mirror image. Needs "
            "horizontal flip, so that the network has seen mirror images.",
        )


_HELP_DROPOUT: Final = "Share of hidden units switched off in each training step."
_HELP_DECAY: Final = (
    "How fast weights shrink towards zero; 0 is off. Small values such as 0.01 hold overfitting "
    "back a little."
)
_HELP_AVERAGE: Final = (
    "Share that a running mean of the weights keeps in each step; 0 is off, 0.998 is a memory of "
    "500 steps. The mean is then what is evaluated and kept."
)
_HELP_PRECISION: Final = (
    "Number format of the training step. bfloat16 is faster on processors that have it and much "
    "slower on all others."
)
_HELP_SCHEDULE: Final = (
    "one-cycle: the learning rate rises to the one above for the first three tenths of the run, "
    "then falls to nearly nothing."
)
_HELP_SMOOTHING: Final = (
    "Share of the target spread over all ten classes in the training loss; 0 is off. Keeps the "
    "network from being too sure."
)
_HELP_SHIFT: Final = "Move each training image by up to so many pixels each way; 0 is off."
_HELP_ERASE: Final = "How likely a rectangle of a training image is blackened; 0 is off."
_HELP_THREADS: Final = (
    "CPU threads per step. On a machine that also shows this page, one is often faster than two. "
    "Another number gives slightly different weights."
)


def _whole(label: str, key: str, low: int, high: int, text: str) -> None:
    st.number_input(label, low, high, step=1, key=key, persist_state="session", help=text)


def _share(label: str, key: str, high: float, step: float, text: str) -> None:
    st.number_input(
        label, 0.0, high, step=step, format="%g", key=key, persist_state="session", help=text
    )


def _choice(label: str, key: str, options: tuple[str, ...], text: str) -> None:
    st.selectbox(label, options, key=key, persist_state="session", help=text)


def _fill(values: dict[str, Any]) -> None:
    st.session_state.update(values)


def parse_rate(text: str) -> float:
    """Read a learning rate as people type it.

    Raises:
        ValueError: with an expected-and-got sentence, if it is no number.
    """
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise ValueError(
            f"Expected a learning rate such as 0.001 or 3e-4, got {text!r}."
        ) from error
