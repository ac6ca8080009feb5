"""Which Dask cluster computes the runs, and how its connections are secured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

MOST_WORKERS: Final = 64  # a thread of the server waits for each; keeps a typing error harmless
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """A Dask cluster: one that is there, or one of this machine that is made for this server.

    Attributes:
        workers: Runs at a time at most, 1 to 64; without a scheduler also the number of worker
            processes to start.
        scheduler: Address of a scheduler, such as "tls://host:8786"; empty makes a cluster here.
        tls_files: Paths of the certificate authority, of our certificate and of its key, in PEM;
            for a scheduler at "tls://" only.

    Raises:
        ValueError: if a value makes no sense, or would let anybody run code: who reaches an
            unsecured scheduler can do so on all its machines.
    """

    workers: int
    scheduler: str = ""
    tls_files: tuple[Path, Path, Path] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"Expected 1 to {MOST_WORKERS} workers, got {self.workers}.")
        kind, host = _read_address(self.scheduler) if self.scheduler else ("", "")
        if kind == "tcp" and host not in _LOOPBACK:
            raise ValueError(
                f"Expected a scheduler at tls://, got {self.scheduler}: whoever reaches an "
                "unsecured scheduler can run any code on its machines and on this one. "
                "Start it with certificates, or reach it through an SSH tunnel at tcp://127.0.0.1."
            )
        if (kind == "tls") != (self.tls_files is not None):
            raise ValueError(
                "Expected --tls-ca-file, --tls-cert and --tls-key with a scheduler at tls:// and "
                f"only there, got the scheduler {self.scheduler!r} and "
                f"{'no such files' if self.tls_files is None else 'such files'}."
            )
        for path in self.tls_files or ():
            if not path.is_file():
                raise ValueError(f"Expected a certificate or key in PEM, got no file {path}.")


def _read_address(address: str) -> tuple[str, str]:
    """Split an address into its protocol and its host.

    Raises:
        ValueError: if it is no address of a scheduler.
    """
    parts = urlsplit(address)
    try:
        is_whole = parts.scheme in {"tls", "tcp"} and bool(parts.hostname) and bool(parts.port)
    except ValueError:  # a port that is no number
        is_whole = False
    if not is_whole:
        raise ValueError(
            f"Expected a scheduler such as tls://host:8786 or tcp://127.0.0.1:8786, got {address}."
        )
    return parts.scheme, str(parts.hostname)
