"""The map of the features: what the network makes of each picture, in two dimensions."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import streamlit as st

from fashion_core.analysis.formatting import count, percent
from fashion_core.analysis.scores import PictureScores
from fashion_core.errors import StoreError
from fashion_core.figures.map_groups import Group
from fashion_core.figures.maps import neighbour_figure, plane_figure
from pages.ui import image_data, map_data
from pages.ui.choice import Choice
from pages.ui.feature_progress import show_progress
from pages.ui.literal import literal
from pages.ui.map_chart import draw_map, groups_of
from pages.ui.map_choice import View
from pages.ui.map_data import SplitFeatures
from pages.ui.map_gallery import Shown
from pages.ui.map_neighbours import computed_points
from pages.ui.no_weights import say_no_weights

_PCA: Final = (
    "The direction of the {width} features of each picture, seen from the side that shows most: "
    "{share} of the variance. What lies apart here is apart; what lies together may differ in a "
    "direction that is not shown."
)
_TSNE: Final = (
    "t-SNE keeps near neighbours near and nothing else: **distances between groups, their sizes "
    "and the axes mean little**. Perplexity 30; the same features give the same map every time."
)


def ready_features(choice: Choice, view: View) -> SplitFeatures | None:
    """Compute the features if they are not there; say why, and give None, if they cannot be."""
    if choice.epoch not in image_data.epochs_with_weights(choice.run.run_id):
        say_no_weights(choice, page="pages/map.py", query=view.link())
        st.caption("The map of the training does not need the weights: choose it above.")
        return None
    found = map_data.split_features(choice)
    try:
        with st.spinner("Asking the network …", show_time=True):
            show_progress(found, lambda: map_data.compute_more(choice, found))
    except StoreError as error:
        st.error(
            f"{literal(str(error))} The features cannot be shown for this epoch; the map of the "
            "training does not need the weights.",
            icon=":material/broken_image:",
        )
        return None
    return found


def say_features(choice: Choice, scores: PictureScores, features: SplitFeatures) -> None:
    """Write the answer of this map in a sentence: where the mistakes lie."""
    wrong = int((~scores.is_right).sum())
    if not wrong:
        st.markdown("##### No picture is answered wrong.")
        return
    is_astray = map_data.astray(map_data.map_key(choice), features.vectors, scores)
    share = percent(float(is_astray[~scores.is_right].mean()))
    st.markdown(
        f"##### {share} of the {count(wrong)} mistakes lie nearer to the centre of the class "
        "answered than to that of their own.",
        help="Measured with the directions of all features, not on the map. The centre of a class "
        "is the mean over its pictures by label.",
    )


def draw_features(
    choice: Choice, scores: PictureScores, view: View, features: SplitFeatures
) -> npt.NDArray[np.int64] | None:
    """Draw the map, or what leads to it, and give the rows of the pictures that are selected."""
    groups = groups_of(choice, scores, view.colour)
    named = groups if view.colour == "class" else []
    if view.projection == "PCA":
        return _draw_plane(choice, scores, features, groups, named)
    points = computed_points(choice, features.vectors)
    if points is None:
        return None
    selected = draw_map(
        choice,
        neighbour_figure(points, groups, named=named),
        scores,
        place=f"t-sne/{map_data.map_key(choice)}",
        label="Map: the pictures with near neighbours near, by t-SNE",
    )
    st.caption(_TSNE)
    return selected


def mistakes(scores: PictureScores) -> Shown:
    """Give what stands beside the map while nothing is selected on it."""
    wrong = np.flatnonzero(~scores.is_right)
    return Shown(
        title="All mistakes",
        rows=wrong[np.argsort(-scores.loss[wrong], kind="stable")],
        note="Draw a box or a lasso on the map to see exactly its "
        "pictures; click a point to open its picture.",
        are_mistakes=True,
    )


def _draw_plane(
    choice: Choice,
    scores: PictureScores,
    features: SplitFeatures,
    groups: Sequence[Group],
    named: Sequence[Group],
) -> npt.NDArray[np.int64] | None:
    plane = map_data.plane(map_data.map_key(choice), features.vectors)
    selected = draw_map(
        choice,
        plane_figure(plane, groups, named=named),
        scores,
        place=f"pca/{map_data.map_key(choice)}",
        label="Map: the pictures on the main plane of their features",
    )
    width, share = features.vectors.shape[1], percent(min(sum(plane.shares), 1.0))
    st.caption(_PCA.format(width=count(width), share=share))
    return selected
