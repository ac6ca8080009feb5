"""What no widget can take from a link is taken out of it before any widget looks."""

import math
from typing import Final

import streamlit as st

_LOOKED: Final = "link-was-cleaned"


def clean_link() -> None:
    """Drop empty values and infinite numbers from the link a visitor comes with, and run again.

    Streamlit takes an empty value for "nothing is chosen", also where something must be, and fails
    at a number that no float holds. What is no option or out of range it drops itself.
    """
    if _LOOKED in st.session_state:
        return
    st.session_state[_LOOKED] = True
    kept = {key: st.query_params.get_all(key) for key in st.query_params}
    clean = {key: values for key, values in kept.items() if all(map(_can_be_read, values))}
    if clean != kept:
        st.query_params.from_dict(clean)
        st.rerun()


def _can_be_read(value: str) -> bool:
    try:
        return not math.isinf(float(value))
    except ValueError:
        return value != ""
