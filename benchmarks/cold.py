"""The first figure of a server that nobody has visited, in a real Chromium: part "cold".

A page of Streamlit with one figure and nothing else is measured in turns with the dashboard: no
page of Streamlit can be quicker.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from benchmarks.clicks import chromium
from benchmarks.serving import ROOT, serve_process
from benchmarks.ui_table import Row

_ROUNDS: Final = 5
_SMALLEST: Final = """
import plotly.graph_objects as go
import streamlit as st

st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[1, 3, 2])))
"""


def measure_cold() -> list[Row]:
    """Open the first page of servers nobody has visited, by turns."""
    with _places() as places, chromium() as browser:
        rounds = [
            {what: _first_figure(browser, *place) for what, place in places.items()}
            for _ in range(_ROUNDS)
        ]
    goals = dict.fromkeys(places, "") | {_STORE: "1.5 s"}
    return [
        Row(
            what=f"cold server to first figure, {what}",
            result=f"median {statistics.median(seconds):.2f} s of {_ROUNDS}",
            goal=goals[what],
        )
        for what in places
        if (seconds := [each[what] for each in rounds])
    ]


_STORE: Final = "Overview of a store that is there"


@contextmanager
def _places() -> Iterator[dict[str, tuple[Path, Mapping[str, str]]]]:
    """Give script and environment of what is compared; each server makes a new process."""
    with tempfile.TemporaryDirectory() as folder:
        smallest = Path(folder) / "smallest.py"
        smallest.write_text(_SMALLEST)
        store = {"FASHION_RUNS": str(Path(folder) / "runs")}
        yield {
            "smallest page of Streamlit": (smallest, {}),
            _STORE: (ROOT / "dashboard.py", store),  # made in the first round, as a user's is
        }


def _first_figure(browser: Browser, script: Path, env: Mapping[str, str]) -> float:
    """Give the seconds from opening a new server to the first figure."""
    with serve_process(script, env=env) as (_, url):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        start = time.monotonic()
        page.goto(url)
        page.wait_for_selector(".js-plotly-plot .scatterlayer", timeout=60_000)
        seconds = time.monotonic() - start
        page.close()
    return seconds
