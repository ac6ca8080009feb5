"""Where this server computes: from the command line, shown and changed on the Train page."""

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fashion_core.engine import switch
from fashion_core.engine.base import EngineChoice
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.errors import FashionError
from pages.ui import services
from pages.ui.command_line import read_engine_choice

ROOT = Path(__file__).parents[1]


@pytest.fixture
def choice(tmp_path, monkeypatch) -> EngineChoice:
    """Give the choice of a server whose engine never computes anything."""
    choice = EngineChoice()
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "engine_choice", lambda: choice)
    return choice


def open_train() -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/train.py")
    return app.run()


def test_the_page_changes_where_new_runs_are_computed(choice):
    app = open_train()
    assert app.radio(key="engine-where").value == "thread"
    app.radio(key="engine-where").set_value("process").run()
    assert (choice.where, choice.slots) == ("process", 1)
    assert not app.exception


def test_the_page_changes_how_many_runs_are_computed_at_a_time(choice, monkeypatch):
    monkeypatch.setattr("fashion_core.engine.switch.MOST_SLOTS", 4)
    app = open_train()
    app.number_input(key="engine-slots").set_value(3).run()
    assert (choice.where, choice.slots) == ("thread", 3)


def test_the_page_of_one_core_offers_one_run_at_a_time(choice, monkeypatch):
    monkeypatch.setattr("fashion_core.engine.switch.MOST_SLOTS", 1)
    app = open_train()
    assert "engine-slots" not in [widget.key for widget in app.number_input]
    app.radio(key="engine-where").set_value("process").run()
    assert (choice.where, choice.slots) == ("process", 1)


def test_the_page_shows_what_another_tab_has_chosen(choice):
    app = open_train()
    choice.where = "process"
    assert app.run().radio(key="engine-where").value == "process"


# The cluster


class Waiting:
    """An engine whose cluster is not there."""

    def problem(self) -> str:
        return "The scheduler tls://host:8786 does not answer."


@pytest.fixture
def on_cluster(choice, monkeypatch) -> EngineChoice:
    """Give the choice of a server that was started with a cluster of five workers."""
    monkeypatch.setattr(services, "engine", Waiting)
    monkeypatch.setattr(switch, "MOST_SLOTS", 2)
    choice.where, choice.slots, choice.cluster = "cluster", 5, ClusterOptions(workers=5)
    return choice


def test_a_cluster_is_offered_only_by_a_server_that_was_started_with_one(choice):
    offered = ["Background thread", "Own process"]
    assert open_train().radio(key="engine-where").options == offered
    choice.cluster = ClusterOptions(workers=2)
    assert open_train().radio(key="engine-where").options == [*offered, "Cluster"]


def test_leaving_the_cluster_leaves_no_more_runs_at_a_time_than_cores(on_cluster):
    app = open_train()
    app.radio(key="engine-where").set_value("thread").run()
    assert (on_cluster.where, on_cluster.slots) == ("thread", 2)
    assert not app.exception


def test_the_page_says_why_runs_wait_for_a_cluster(on_cluster):
    warnings = [warning.value for warning in open_train().warning]
    assert "The scheduler tls://host:8786 does not answer." in warnings


# The command line


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ([], "thread"),
        (["--engine", "process"], "process"),
        (["--engine=thread"], "thread"),
        (["--other", "1", "--engine", "process"], "process"),
    ],
)
def test_the_command_line_chooses_the_engine(words, where):
    assert read_engine_choice(words) == EngineChoice(where=where, slots=1)


@pytest.mark.parametrize(
    ("words", "got"), [(["--engine", "rocket"], "'rocket'"), (["--engine"], "''")]
)
def test_an_unknown_engine_is_refused_with_a_sentence(words, got):
    sentence = f"^Expected --engine thread, process or cluster, got {got}"
    with pytest.raises(FashionError, match=sentence):
        read_engine_choice(words)


@pytest.fixture
def tls_files(tmp_path) -> tuple[Path, Path, Path]:
    """Give three files where certificates are expected; nothing reads them here."""
    files = (tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem")
    for path in files:
        path.touch()
    return files


def test_a_cluster_of_this_machine_has_a_worker_for_every_core(monkeypatch):
    monkeypatch.setattr("pages.ui.command_line.MOST_SLOTS", 7)
    choice = read_engine_choice(["--engine", "cluster"])
    assert choice == EngineChoice(where="cluster", slots=7, cluster=ClusterOptions(workers=7))


def test_a_cluster_elsewhere_is_named_with_its_certificates(tls_files):
    words = ["--engine", "cluster", "--scheduler", "tls://host:8786", "--workers", "3"]
    for word, path in zip(("ca-file", "cert", "key"), tls_files, strict=True):
        words += [f"--tls-{word}", str(path)]
    cluster = ClusterOptions(workers=3, scheduler="tls://host:8786", tls_files=tls_files)
    assert read_engine_choice(words).cluster == cluster


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--workers 3", "Expected --engine cluster with --workers, got --engine thread."),
        ("--engine cluster --workers many", "Expected --workers to be a whole number, got 'many'."),
        ("--engine cluster --workers", "Expected --workers to be a whole number, got ''."),
        ("--engine cluster --workers 0", "Expected 1 to 64 workers, got 0."),
        ("--engine cluster --workers 65", "Expected 1 to 64 workers, got 65."),
        ("--engine cluster --tls-cert x", "--tls-key together, got 1 of them."),
        ("--engine cluster --scheduler host:8786", "tcp://127.0.0.1:8786, got host:8786."),
        ("--engine cluster --scheduler tls://host", "got tls://host."),
        ("--engine cluster --scheduler tls://host:port", "got tls://host:port."),
        ("--engine cluster --scheduler tcp://10.0.0.5:8786", "Expected a scheduler at tls://"),
        ("--engine cluster --scheduler tls://host:8786", "got the scheduler 'tls://host:8786' and"),
        (
            "--engine cluster --scheduler tls://h:1 --tls-ca-file a --tls-cert b --tls-key c",
            "Expected a certificate or key in PEM, got no file a.",
        ),
    ],
)
def test_a_cluster_that_makes_no_sense_is_refused_with_a_sentence(words, sentence):
    with pytest.raises(FashionError) as refused:
        read_engine_choice(words.split())
    assert sentence in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_tunnel_to_a_scheduler_needs_no_certificates(host):
    choice = read_engine_choice(["--engine", "cluster", "--scheduler", f"tcp://{host}:8786"])
    assert (choice.cluster.scheduler, choice.slots) == (f"tcp://{host}:8786", 16)


def test_a_cluster_without_dask_is_refused_with_a_sentence(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "fashion_core.engine.cluster", None)
    choice = EngineChoice(where="cluster", cluster=ClusterOptions(workers=1))
    with pytest.raises(FashionError, match=r"requirements-cluster\.txt"):
        switch.open_engine(store, Path(), choice)
