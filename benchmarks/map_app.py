"""A map of 20,000 points alone on a page, for part "map" and the browser tests."""

from typing import Final

import numpy as np
import streamlit as st

from fashion_core.analysis.areas import read_area
from fashion_core.analysis.scores import score_pictures
from fashion_core.figures.map_groups import by_class
from fashion_core.figures.maps import neighbour_figure
from pages.ui.picture_map import MapActions, Picked, picked_rows, picture_map

POINTS: Final = 20_000

state = st.session_state
st.set_page_config(layout="wide")
random = np.random.default_rng(3)
labels = random.integers(0, 10, POINTS)
scores = score_pictures(
    image_ids=np.arange(POINTS) + 7,
    labels=labels,
    predictions=labels,
    pred_probs=np.eye(10)[labels],
    loss=np.zeros(POINTS),
)
points = (random.normal(size=(POINTS, 2)) + 3 * np.array([labels % 4, labels // 4]).T).astype("f4")
figure = neighbour_figure(points, by_class(labels))
picked = Picked(area=state.get("area", ""), hidden=state.get("hidden", []))
picture_map(
    figure,
    scores,
    split="test",
    sheet_version="1",
    place="made-up",
    label="20,000 points",
    about="made-up",
    picked=picked,
    actions=MapActions(
        on_area=lambda text: state.update(area=text),
        on_hidden=lambda names: state.update(hidden=names),
        on_open=lambda number: state.update(opened=number),
    ),
    key="map",
)
area = read_area(picked.area) if picked.area else None
held = [] if area is None else picked_rows(figure, area, picked.hidden).tolist()
st.text(f"Held: {len(held)}, sum {sum(held)}, opened {state.get('opened')}")
