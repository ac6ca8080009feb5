"""The form that sets up a run: every widget, and the `RunSpec` they add up to."""

from typing import Any, Final

import streamlit as st

from fashion_core import config
from fashion_core.config import SUGGESTED_LEARNING_RATES, RunSpec

_OTHER: Final = "other"
_DEFAULT: Final = RunSpec()

# Widget key -> value of the specification. Kept across pages for the whole visit.
_DEFAULTS: Final[dict[str, Any]] = {
    "set-rate": f"{_DEFAULT.learning_rate:g}",
    "set-other-rate": "0.002",
    "set-epochs": _DEFAULT.epochs,
    "set-batch": _DEFAULT.batch_size,
    "set-seed": _DEFAULT.seed,
    "set-dropout": _DEFAULT.dropout,
    "set-conv-1": _DEFAULT.conv_widths[0],
    "set-conv-2": _DEFAULT.conv_widths[1],
    "set-fc-1": _DEFAULT.fc_widths[0],
    "set-fc-2": _DEFAULT.fc_widths[1],
    "set-flip": _DEFAULT.horizontal_flip,
    "set-images": _DEFAULT.train_images,
    "set-threads": _DEFAULT.threads,
}
_QUICK: Final = {"set-images": 2_000, "set-epochs": 2}


def spec_from_settings() -> RunSpec:
    """Give the spec of the widgets' values; usable in callbacks.

    Raises:
        ValueError: with an expected-and-got sentence, whatever a widget let through.
    """
    value = {key: st.session_state.get(key, default) for key, default in _DEFAULTS.items()}
    rate = value["set-other-rate"] if value["set-rate"] == _OTHER else value["set-rate"]
    return RunSpec(
        learning_rate=_parse_rate(rate),
        epochs=value["set-epochs"],
        batch_size=value["set-batch"],
        seed=value["set-seed"],
        dropout=value["set-dropout"],
        conv_widths=(value["set-conv-1"], value["set-conv-2"]),
        fc_widths=(value["set-fc-1"], value["set-fc-2"]),
        horizontal_flip=value["set-flip"],
        train_images=value["set-images"],
        threads=value["set-threads"],
    )


def draw_settings() -> None:
    """Draw the form; learning rate and length first, the rest behind "More settings"."""
    for key, default in _DEFAULTS.items():
        st.session_state.setdefault(key, default)
    _learning_rate()
    left, right = st.columns(2)
    with left:
        _whole("Epochs", "set-epochs", 1, config.MAX_EPOCHS, "Passes over all training images.")
    with right:
        _whole(
            "Training images",
            "set-images",
            config.MIN_TRAIN_IMAGES,
            config.TRAIN_IMAGES,
            "How many of the 50,000 training images are used. Fewer is faster and less accurate.",
        )
    with st.container(horizontal=True):
        st.button("As specified", on_click=_fill, args=(_DEFAULTS,), help=_HELP_SPECIFIED)
        st.button("Quick try", on_click=_fill, args=(_DEFAULTS | _QUICK,), help=_HELP_QUICK)
    with st.expander("More settings"):
        _more()


_HELP_SPECIFIED: Final = "All settings back to the specification: 50,000 images, 30 epochs."
_HELP_QUICK: Final = "2,000 images and 2 epochs: under half a minute, about 80 % right."


def _learning_rate() -> None:
    st.segmented_control(
        "Learning rate",
        [*(f"{rate:g}" for rate in SUGGESTED_LEARNING_RATES), _OTHER],
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


def _more() -> None:
    left, right = st.columns(2)
    with left:
        _whole("Batch size", "set-batch", 1, config.MAX_BATCH_SIZE, "Images per training step.")
        _whole("Conv 1 width", "set-conv-1", 1, config.MAX_CONV_WIDTH, "Channels of block 1.")
        _whole("Conv 2 width", "set-conv-2", 1, config.MAX_CONV_WIDTH, "Channels of block 2.")
        _whole("Threads", "set-threads", 1, config.MAX_THREADS, _HELP_THREADS)
    with right:
        _whole("Seed", "set-seed", 0, config.MAX_SEED, "Same seed and settings, same result.")
        _whole("FC 1 width", "set-fc-1", 1, config.MAX_FC_WIDTH, "Units of the first block.")
        _whole("FC 2 width", "set-fc-2", 1, config.MAX_FC_WIDTH, "Units of the second block.")
        st.number_input(
            "Dropout",
            0.0,
            config.MAX_DROPOUT,
            step=0.05,
            key="set-dropout",
            persist_state="session",
            help="Share of hidden units switched off in each training step.",
        )
    st.toggle(
        "Horizontal flip",
        key="set-flip",
        persist_state="session",
        help="Mirror each training image half of the time.",
    )


_HELP_THREADS: Final = (
    "CPU threads per step. On a machine that also shows this page, one is often faster than two. "
    "Another number gives slightly different weights."
)


def _whole(label: str, key: str, low: int, high: int, text: str) -> None:
    st.number_input(label, low, high, step=1, key=key, persist_state="session", help=text)


def _fill(values: dict[str, Any]) -> None:
    st.session_state.update(values)


def _parse_rate(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise ValueError(
            f"Expected a learning rate such as 0.001 or 3e-4, got {text!r}."
        ) from error
