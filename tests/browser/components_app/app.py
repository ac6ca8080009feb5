"""A small app with one of each component, driven by test_components.py."""

import numpy as np
import streamlit as st

from pages.ui.gallery import GalleryItems, big_picture, gallery
from pages.ui.matrix import confusion_table
from pages.ui.sheet import load_sheet, make_sheet

st.set_page_config(layout="wide")
state = st.session_state


@st.cache_resource
def sheet():
    images = np.random.default_rng(5).integers(0, 256, (2000, 28, 28), dtype=np.uint8)
    return make_sheet(images)


load_sheet("test", sheet, "v1")
st.header("First line of the page")


def on_cell(true, predicted):
    state["cell"], state["picked"] = (true, predicted), None


def on_pick(image_id):
    state["picked"] = image_id


true, predicted = cell = state.setdefault("cell", (6, 4))
counts = np.arange(100).reshape(10, 10)
shown = [[str(count) for count in row] for row in counts]
left, right = st.columns(2)
with left:
    confusion_table(
        matrix=counts,
        shown=shown,
        labels=range(10),
        key="table",
        selected=cell,
        on_cell=on_cell,
        family=(0, 2, 4, 6),
    )
    st.text(f"chosen {cell} {state.get('picked')}")
    st.button("Run again")
with right:
    positions = (100 * true + 10 * predicted + 7 * np.arange(20)) % 2000
    gallery(
        GalleryItems(
            positions=positions,
            image_ids=positions + 50_000,
            true_names=["T-shirt/top"] * 20,
            predicted_names=["Ankle boot", "T-shirt/top"] * 10,
            confidences=np.linspace(0.05, 1, 20),
        ),
        split="test",
        sheet_version="v1",
        key="tiles",
        selected=state.get("picked"),
        on_pick=on_pick,
    )
    big_picture(1999, split="test", sheet_version="v1", label="The last one", key="big")
st.page_link("app.py", label="Home")
st.page_link("pages/other.py", label="Other")
