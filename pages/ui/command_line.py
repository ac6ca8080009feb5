"""What was typed behind `streamlit run dashboard.py --`: where this server computes."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from fashion_core.engine.base import EngineChoice, Where
from fashion_core.engine.cluster_options import ClusterOptions
from fashion_core.engine.switch import MOST_SLOTS
from fashion_core.errors import FashionError

_TLS_WORDS: Final = ("--tls-ca-file", "--tls-cert", "--tls-key")
_CLUSTER_WORDS: Final = ("--scheduler", "--workers", *_TLS_WORDS)
_RUNS_ELSEWHERE: Final = 16  # at a time at most, where we do not know the number of workers


def read_engine_choice(words: Sequence[str]) -> EngineChoice:
    """Read `--engine cluster --workers 4` and the like; words of others are passed over.

    Raises:
        FashionError: if there is no such engine or cluster; the text says what to type.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--engine", nargs="?", default="thread", const="")
    for word in _CLUSTER_WORDS:
        parser.add_argument(word, dest=word, nargs="?", const="")
    asked = vars(parser.parse_known_args(words)[0])
    where = _read_where(asked["engine"])
    given = {word: asked[word] for word in _CLUSTER_WORDS if asked[word] is not None}
    if where == "cluster":
        cluster = _read_cluster(given)
        return EngineChoice(where=where, slots=cluster.workers, cluster=cluster)
    if given:
        raise FashionError(
            f"Expected --engine cluster with {', '.join(given)}, got --engine {where}. "
            "Start the dashboard again with it, or without them."
        )
    return EngineChoice(where=where)


def read_only(words: Sequence[str]) -> bool:
    """Tell whether `--read-only` was typed: visitors of this server watch and change nothing."""
    return "--read-only" in words


def _read_where(word: str) -> Where:
    for where in get_args(Where):
        if word == where:
            return where
    raise FashionError(
        f"Expected --engine thread, process or cluster, got {word!r}. "
        "Start the dashboard again with one of them."
    )


def _read_cluster(given: dict[str, str]) -> ClusterOptions:
    scheduler = given.get("--scheduler", "")
    files = [given[word] for word in _TLS_WORDS if word in given]
    if len(files) not in {0, len(_TLS_WORDS)}:
        raise FashionError(f"Expected {', '.join(_TLS_WORDS)} together, got {len(files)} of them.")
    try:
        return ClusterOptions(
            workers=_read_workers(given, _RUNS_ELSEWHERE if scheduler else MOST_SLOTS),
            scheduler=scheduler,
            tls_files=(Path(files[0]), Path(files[1]), Path(files[2])) if files else None,
        )
    except ValueError as error:
        raise FashionError(f"{error} Start the dashboard again.") from error


def _read_workers(given: dict[str, str], default: int) -> int:
    word = given.get("--workers", str(default))
    try:
        return int(word)
    except ValueError as error:
        raise ValueError(f"Expected --workers to be a whole number, got {word!r}.") from error
