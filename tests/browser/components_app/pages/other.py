"""The same once more, as a second page."""

import runpy
from pathlib import Path

import streamlit as st

runpy.run_path(str(Path(__file__).parents[1] / "app.py"))
st.text("the other page")
