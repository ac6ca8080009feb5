"""The rooms of DESIGN.md, section 3: who may import what. Arrows point one way."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import REPO_ROOT, run_python

# What each room may import besides the standard library: other rooms and third-party packages.
ROOMS = {
    "__init__": "",
    "classes": "",
    "config": "",
    "errors": "",
    "files": "",
    "history": "",
    "architecture": "fashion_core.classes fashion_core.config",
    "recipes": "fashion_core.config",
    "data": "fashion_core.classes fashion_core.errors fashion_core.files numpy torch torchvision",
    "model": "fashion_core.classes fashion_core.config torch",
    "runs": (
        "fashion_core.analysis.formatting fashion_core.architecture fashion_core.config "
        "fashion_core.errors fashion_core.files fashion_core.history fashion_core.runs numpy"
    ),
    "training": (
        "fashion_core.analysis.range_test fashion_core.config fashion_core.data "
        "fashion_core.errors fashion_core.history fashion_core.model fashion_core.runs.artifacts "
        "fashion_core.training "
        "numpy safetensors torch"
    ),
    "engine": (
        "fashion_core.analysis.corruptions fashion_core.analysis.embedding fashion_core.config "
        "fashion_core.data fashion_core.engine fashion_core.errors fashion_core.explain "
        "fashion_core.files fashion_core.history fashion_core.model fashion_core.robust_answers "
        "fashion_core.runs fashion_core.training dask distributed numpy threadpoolctl"
    ),
    "analysis": (
        "fashion_core.analysis fashion_core.classes fashion_core.history numpy pandas sklearn"
    ),
    "figures": (
        "fashion_core.analysis fashion_core.classes fashion_core.figures fashion_core.history "
        "numpy pandas plotly"
    ),
    "explain": (
        "fashion_core.classes fashion_core.config fashion_core.errors fashion_core.explain "
        "fashion_core.model fashion_core.training.checkpoint fashion_core.training.evaluate "
        "fashion_core.training.recipe numpy torch"
    ),
    "cli_progress": (
        "fashion_core.analysis.formatting fashion_core.config fashion_core.history "
        "fashion_core.training.events"
    ),
    "cli_report": (
        "fashion_core.cli_transfer fashion_core.data fashion_core.epoch_scores "
        "fashion_core.errors fashion_core.files fashion_core.mistakes_csv fashion_core.report "
        "fashion_core.runs"
    ),
    "cli_runs": "fashion_core.analysis.formatting fashion_core.cli_table fashion_core.runs.records",
    "cli_settings": "fashion_core.config fashion_core.recipes",
    "cli_sweep": (
        "fashion_core.analysis fashion_core.cli_table fashion_core.config fashion_core.cost "
        "fashion_core.runs fashion_core.study_results fashion_core.training.events"
    ),
    "cli_table": "",
    "cost": (
        "fashion_core.analysis.formatting fashion_core.architecture fashion_core.config "
        "fashion_core.runs"
    ),
    "experiment_readings": (
        "fashion_core.analysis.formatting fashion_core.analysis.learning fashion_core.history"
    ),
    "experiments": (
        "fashion_core.analysis.formatting fashion_core.analysis.settings fashion_core.config "
        "fashion_core.experiment_readings fashion_core.history"
    ),
    "study_results": "fashion_core.analysis.study fashion_core.runs",
    "cli_range_test": (
        "fashion_core.analysis fashion_core.config fashion_core.engine.range_test "
        "fashion_core.training.range_test"
    ),
    "cli_transfer": "fashion_core.errors fashion_core.runs fashion_core.tensorboard",
    "epoch_scores": "fashion_core.analysis.scores fashion_core.data fashion_core.runs",
    "mistakes_csv": (
        "fashion_core.analysis fashion_core.classes fashion_core.data fashion_core.epoch_scores "
        "fashion_core.errors fashion_core.runs numpy"
    ),
    "robust_answers": (
        "fashion_core.analysis.corruptions fashion_core.errors fashion_core.runs numpy"
    ),
    "report": (
        "fashion_core.analysis fashion_core.classes fashion_core.config fashion_core.data "
        "fashion_core.epoch_scores fashion_core.errors fashion_core.figures fashion_core.history "
        "fashion_core.report fashion_core.runs numpy PIL"
    ),
    "own_picture": "fashion_core.errors numpy PIL",
    "picture_file": "fashion_core.errors numpy PIL",
    "tensorboard": "fashion_core.errors fashion_core.files fashion_core.runs tensorboard",
    "vote_table": "fashion_core.classes fashion_core.errors fashion_core.files numpy",
    "__main__": "fashion_core",
}

# Same input, same output: no disk, clock, thread or process.
PURE_ROOMS = {
    "analysis",
    "figures",
    "architecture",
    "classes",
    "config",
    "history",
    "model",
    "recipes",
}
PURE_LIBRARY = (
    "abc collections dataclasses enum functools itertools json math operator statistics sys types "
    "typing"
)

# Parts of the standard library that belong to one room.
OWNED = {
    "sqlite3": {"runs"},
    "threading": {"engine"},
    "multiprocessing": {"engine"},
    "subprocess": {"engine"},
    "concurrent": {"engine"},
    "asyncio": {"engine"},
    "argparse": {"__main__", "cli_range_test", "cli_settings"},
    "fcntl": {"files"},
}
FORBIDDEN = "pickle shelve marshal importlib dill joblib"  # nothing is unpickled or found by name
HARMLESS = "importlib.metadata"  # finds versions, not code

NOT_IN_PAGES = (
    "torch torchvision safetensors sqlite3 dashboard fashion_core.model "
    "fashion_core.training.checkpoint fashion_core.training.evaluate "
    "fashion_core.training.execute fashion_core.training.range_test "
    "fashion_core.training.recipe " + FORBIDDEN
)


# The checker


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of everything a file imports, at its top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_among(name: str, allowed: str) -> bool:
    """Tell whether a full name is one of some modules or inside one of them."""
    return any(f"{name}.".startswith(f"{module}.") for module in allowed.split())


def core_problem(room: str, name: str) -> str | None:
    """Say why a room may not import a name, or None."""
    top = name.split(".", maxsplit=1)[0]
    if is_among(name, FORBIDDEN) and not is_among(name, HARMLESS):
        return f"nobody imports {name}"
    if top in sys.stdlib_module_names:
        if top in OWNED and room not in OWNED[top]:
            return f"only {', '.join(OWNED[top])} imports {name}"
        if room in PURE_ROOMS and not is_among(name, PURE_LIBRARY):
            return f"{room} is pure and imports {name}"
        return None
    return None if is_among(name, ROOMS.get(room, "")) else f"{room} imports {name}"


def page_problem(path: Path, name: str) -> str | None:
    """Say why a page or a widget may not import a name, or None."""
    if name.startswith(".") or is_among(name, NOT_IN_PAGES):
        return f"a page imports {name}"
    if "ui" in path.parts and is_among(name, "pages") and not is_among(name, "pages.ui"):
        return f"a widget imports the page {name}"
    return None


def spoken_or_read(tree: ast.AST) -> Iterator[str]:
    """Yield what only a program's outside may do: print, read the environment, import by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"print", "input", "__import__", "exec", "eval"}:
                yield f"calls {node.func.id}"
        elif isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "basicConfig"}:
            yield f"uses {node.attr}"


def core_violations(root: Path) -> Iterator[str]:
    """Yield every broken rule of the core package under a root."""
    for path in sorted((root / "fashion_core").rglob("*.py")):
        place, tree = path.relative_to(root), ast.parse(path.read_text())
        room = place.with_suffix("").parts[1]
        if room not in ROOMS:
            yield f"{place}: the room {room} is not in the table"
            continue
        problems = [core_problem(room, name) for name in imports(tree)]
        problems += [] if room == "__main__" else spoken_or_read(tree)
        yield from (f"{place}: {problem}" for problem in problems if problem)


def page_violations(root: Path) -> Iterator[str]:
    """Yield every broken rule of the pages under a root."""
    for path in [*sorted((root / "pages").rglob("*.py")), *root.glob("dashboard.py")]:
        place = path.relative_to(root)
        names = imports(ast.parse(path.read_text()))
        problems = [page_problem(place, name) for name in names]
        yield from (f"{place}: {problem}" for problem in problems if problem)


def violations(root: Path) -> list[str]:
    """List every broken rule under a root."""
    return [*core_violations(root), *page_violations(root)]


# The rules hold


def test_no_rule_is_broken():
    assert violations(REPO_ROOT) == []


def test_the_checker_sees_the_whole_program():
    """An empty list would prove nothing if the files were not found."""
    rooms = {path.stem for path in (REPO_ROOT / "fashion_core").iterdir()}
    assert {"config", "data", "model", "training", "runs", "engine", "analysis"} <= rooms
    assert (REPO_ROOT / "dashboard.py").exists()
    assert list((REPO_ROOT / "pages" / "ui").glob("*.py"))


# The checker catches what it should

PLANTED = [
    ("dashboard.py", "import torch"),
    ("pages/train.py", "import torch.nn as nn"),
    ("pages/train.py", "from torch import nn"),
    ("pages/train.py", "def later():\n    import torchvision"),
    ("pages/ui/services.py", "import safetensors.torch"),
    ("pages/ui/services.py", "from fashion_core.model import FashionCNN"),
    ("pages/ui/services.py", "from fashion_core import model"),
    ("pages/ui/services.py", "from fashion_core.training.execute import execute_run"),
    ("pages/ui/services.py", "from fashion_core.training import recipe"),
    ("pages/ui/range_test.py", "from fashion_core.training.range_test import run_range_test"),
    ("pages/ui/services.py", "from pages.train import form"),
    ("pages/train.py", "import dashboard"),
    ("pages/train.py", "from .ui import frame"),
    ("pages/train.py", "import pickle"),
    ("fashion_core/config.py", "import streamlit as st"),
    ("fashion_core/config.py", "from fashion_core.data import split_ids"),
    ("fashion_core/config.py", "from fashion_core import classes"),
    ("fashion_core/files.py", "import numpy"),
    ("fashion_core/data.py", "import pandas"),
    ("fashion_core/model.py", "from fashion_core.runs import artifacts"),
    ("fashion_core/runs/store.py", "import torch"),
    ("fashion_core/runs/store.py", "from fashion_core.engine.thread import InThread"),
    ("fashion_core/runs/store.py", "from fashion_core.training.events import Progress"),
    ("fashion_core/runs/store.py", "from fashion_core import analysis"),
    ("fashion_core/runs/store.py", "import threading"),
    ("fashion_core/training/execute.py", "import fashion_core.engine"),
    ("fashion_core/training/execute.py", "from fashion_core.runs.store import RunStore"),
    ("fashion_core/training/execute.py", "import sqlite3"),
    ("fashion_core/engine/thread.py", "import torch"),
    ("fashion_core/engine/thread.py", "import streamlit"),
    ("fashion_core/analysis/metrics.py", "import torch"),
    ("fashion_core/analysis/metrics.py", "from pathlib import Path"),
    ("fashion_core/analysis/metrics.py", "import time"),
    ("fashion_core/analysis/metrics.py", "import plotly"),
    ("fashion_core/analysis/metrics.py", "from fashion_core.runs.store import RunStore"),
    ("fashion_core/analysis/metrics.py", "from fashion_core.figures import curves"),
    ("fashion_core/figures/curves.py", "import sqlite3"),
    ("fashion_core/figures/curves.py", "from fashion_core.runs import store"),
    ("fashion_core/figures/curves.py", "from datetime import datetime"),
    ("fashion_core/extra.py", ""),
    ("fashion_core/data.py", "from .files import sha256"),
    ("fashion_core/data.py", "print('loaded')"),
    ("fashion_core/data.py", "import os\nos.environ['X']"),
    ("fashion_core/data.py", "import importlib"),
    ("fashion_core/data.py", "__import__('streamlit')"),
]

ALLOWED = [
    ("pages/train.py", "import streamlit as st\nfrom pages.ui.frame import show_page"),
    ("pages/ui/services.py", "from fashion_core.engine.thread import InThread"),
    ("pages/ui/services.py", "from fashion_core.training.events import Progress"),
    ("fashion_core/training/execute.py", "from fashion_core.runs import artifacts\nimport torch"),
    ("fashion_core/figures/curves.py", "from fashion_core.analysis.learning import gap"),
    ("fashion_core/analysis/metrics.py", "import math\nfrom sklearn.metrics import f1_score"),
    ("fashion_core/__main__.py", "import argparse\nprint(argparse)"),
    ("fashion_core/config.py", "# import torch\n'''import torch'''"),
]


def plant(root: Path, place: str, code: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)


@pytest.mark.parametrize(("place", "code"), PLANTED)
def test_a_planted_violation_is_caught(tmp_path, place, code):
    plant(tmp_path, place, code)
    (found,) = violations(tmp_path)
    assert found.startswith(f"{place}: ")


@pytest.mark.parametrize(("place", "code"), ALLOWED)
def test_what_is_allowed_is_not_reported(tmp_path, place, code):
    plant(tmp_path, place, code)
    assert violations(tmp_path) == []


def test_the_arrows_between_the_rooms_form_no_circle():
    """Rooms can be put in an order in which each knows only earlier ones."""
    knows = {
        room: {name.split(".")[1] for name in allowed.split() if name.startswith("fashion_core.")}
        for room, allowed in ROOMS.items()
    }
    left = {room: known - {room} for room, known in knows.items()}
    while free := {room for room, known in left.items() if not known}:
        left = {room: known - free for room, known in left.items() if room not in free}
    assert left == {}


# What really happens on import


def test_what_pages_import_of_the_core_does_not_load_torch():
    modules = (
        "engine.switch engine.cluster engine.range_test engine.embedding engine.robustness "
        "runs.store runs.importing training.events data architecture recipes experiments cost "
        "report.page mistakes_csv"
    )
    code = "\n".join(f"import fashion_core.{name}" for name in modules.split())
    found = "print(sorted({'torch', 'torchvision', 'streamlit', 'safetensors'} & set(sys.modules)))"
    assert run_python(f"{code}\n{found}") == "[]\n"


@pytest.mark.slow
def test_analysis_and_figures_load_neither_torch_nor_pandas():
    core = REPO_ROOT / "fashion_core"
    paths = [*(core / "analysis").glob("*.py"), *(core / "figures").glob("*.py")]
    code = "\n".join(f"import fashion_core.{path.parent.name}.{path.stem}" for path in paths)
    found = "print(sorted({'torch', 'pandas', 'streamlit', 'sqlite3'} & set(sys.modules)))"
    assert run_python(f"{code}\n{found}") == "[]\n"
