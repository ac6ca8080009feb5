"""What is different about two runs: their settings as a diff, their curves overlaid."""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from fashion_core.analysis.figure_words import describe_best_accuracies, describe_best_losses
from fashion_core.analysis.settings import SettingChange, describe_settings, setting_changes
from fashion_core.figures.comparison_curves import (
    CurveSide,
    compared_accuracy_figure,
    compared_loss_figure,
)
from pages.ui import explanations
from pages.ui.choice import Choice
from pages.ui.compare_choice import Pairing
from pages.ui.compare_sections import draw_heading
from pages.ui.figure import draw_figure
from pages.ui.table_csv import draw_csv, write_table
from pages.ui.theme import figure_theme


def draw_settings(pairing: Pairing) -> None:
    """Draw only the settings that differ, and say what that allows one to conclude.

    Of runs that did not finish, how many epochs were computed stands there, too.
    """
    draw_heading("settings")
    if pairing.is_one_run:
        st.markdown(
            f"A and B are one run at different times: epoch {pairing.first.epoch} and epoch "
            f"{pairing.second.epoch}."
        )
        return
    first, second = (asdict(side.run.spec) for side in (pairing.first, pairing.second))
    changes = setting_changes(first, second)
    st.markdown(describe_settings(changes))
    unfinished = _unfinished(pairing)
    if unfinished is not None:
        names = [name for name, side in _sides(pairing) if side.unfinished]
        have = "has" if len(names) == 1 else "have"
        st.markdown(
            f"{' and '.join(names)} {have} not computed all planned epochs: part of the change may "
            "come from that."
        )
        changes.append(unfinished)
    if changes:
        table = pd.DataFrame(
            {"A": [c.first for c in changes], "B": [c.second for c in changes]},
            index=pd.Index([change.label for change in changes], name="setting"),
        )
        st.table(table)
        draw_csv(
            lambda: write_table({"setting": list(table.index), **table.to_dict("list")}),
            file_name="setting-changes.csv",
            what="The settings that differ.",
            about=pairing.file_stem(),
        )


def _sides(pairing: Pairing) -> tuple[tuple[str, Choice], tuple[str, Choice]]:
    return ("A", pairing.first), ("B", pairing.second)


def _unfinished(pairing: Pairing) -> SettingChange | None:
    """Give a row on how many epochs were computed; None if both runs finished."""
    sides = [side for _, side in _sides(pairing)]
    if not any(side.unfinished for side in sides):
        return None
    first, second = (f"{side.run.epochs_done} of {side.run.spec.epochs}" for side in sides)
    return SettingChange(name="epochs_computed", first=first, second=second)


def draw_curves(pairing: Pairing) -> None:
    """Draw loss and accuracy of both over each other."""
    draw_heading("curves")
    sides = [
        CurveSide(name=name, history=side.run.history, epoch=side.epoch)
        for name, side in (("A", pairing.first), ("B", pairing.second))
    ]
    loss, accuracy = st.columns(2)
    histories = {side.name: side.history for side in sides}
    with loss:
        draw_figure(
            compared_loss_figure(*sides, theme=figure_theme()),
            key="compared-loss",
            alt="Training and validation loss of A and B after each epoch",
            explanation=explanations.COMPARED_LOSS,
            says=describe_best_losses(histories),
        )
    with accuracy:
        draw_figure(
            compared_accuracy_figure(*sides, theme=figure_theme()),
            key="compared-accuracy",
            alt="Training and validation accuracy of A and B after each epoch",
            explanation=explanations.COMPARED_ACCURACY,
            says=describe_best_accuracies(histories),
        )
