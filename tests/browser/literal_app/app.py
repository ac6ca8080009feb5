"""A page that shows texts of visitors as Markdown, in a label and beside other text."""

import streamlit as st
from texts import TEXTS

from pages.ui.literal import literal

for number, text in enumerate(TEXTS):
    with st.container(key=f"text-{number}"):
        st.markdown(literal(text))
        st.markdown(f"**Run 1** · {literal(text)} · end")
        st.button(literal(text), key=f"button-{number}")
