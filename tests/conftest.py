"""Fixtures of all tests: small real pictures, a store, a small disk, a cluster."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from helpers import ARCHIVES, DATA_DIR, RAW, link_or_copy, load_small_split

from fashion_core.engine import one_child
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.runs.store import RunStore

# The machine that runs the tests may be busy: two threads on two busy cores are slower than one.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def nothing_cached() -> Iterator[None]:
    """Forget what pages cached: the store of a test is gone with its folder."""
    yield
    if (streamlit := sys.modules.get("streamlit")) is not None:
        streamlit.cache_resource.clear()
        streamlit.cache_data.clear()


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs see the first 300 real pictures of each split only.

    The archives are verified by SHA-256, so a smaller data set cannot be put on disk, and to
    evaluate 20,000 pictures after every epoch would take minutes in all.
    """
    monkeypatch.setattr("fashion_core.training.execute.load_split", load_small_split)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Give an empty run store."""
    return RunStore(tmp_path / "runs")


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Keep every child that maps, range tests and robustness tests start, in order."""
    kept, real = [], one_child.start_child

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        kept.append(real(command))
        return kept[-1]

    monkeypatch.setattr(one_child, "start_child", start)
    return kept


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Give a data folder with the four real archives; replace one, never write into it."""
    raw = tmp_path / "data" / RAW
    raw.mkdir(parents=True)
    for name in ARCHIVES:
        link_or_copy(DATA_DIR / RAW / name, raw / name)
    return tmp_path / "data"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 4 MB in memory; only an administrator may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Only an administrator may mount a small disk; the other tests go on.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[ClusterOptions]:
    """Give a real cluster of two worker processes, reached by its address and certificates."""
    from fashion_core.engine import cluster_link  # noqa: PLC0415 - Dask takes seconds to import

    folder = tmp_path_factory.mktemp("cluster")
    child = cluster_link.launch_cluster(2, folder / "log")
    try:
        secret = json.loads(child.stdout.readline())
        names = ("tls_ca_file", "tls_client_cert", "tls_client_key")
        for name in names:
            (folder / name).write_text(secret[name])
        yield ClusterOptions(
            workers=2,
            scheduler=secret["address"],
            tls_files=tuple(folder / name for name in names),
        )
    finally:
        cluster_link.end_cluster(child)
