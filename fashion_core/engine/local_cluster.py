"""The cluster of one machine: `python -m fashion_core.engine.local_cluster WORKERS`.

A process of its own, so that it and its workers end with its input, however the server dies. It
listens on 127.0.0.1 only, and only to those who have the keys it makes and prints: whoever
reaches a Dask scheduler can run any code, and other people may use this machine, too.
"""

import json
import os
import sys
import threading
from typing import Final

import dask
from distributed import LocalCluster
from distributed.security import Security

_GRACE_SECONDS: Final = 5.0  # a cluster that hangs ends, too
_SETTINGS: Final = {
    # No pages that tell what runs here: they would be open to everybody on this machine.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # A call a few times a second for each run: a new TLS connection each time costs more than it.
    "distributed.scheduler.reuse-broadcast-comm": True,
}


def main(workers: int) -> None:
    """Run a cluster until the input ends; print its address and keys as a line of JSON."""
    dask.config.set(_SETTINGS)
    keys = Security.temporary()
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,  # a run at a time each
        memory_limit=0,  # none: Dask would end a worker that uses its share of the memory
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # not the well-known 8787
        security=keys,
    ) as cluster:
        secret = {
            "address": cluster.scheduler_address,
            "tls_ca_file": keys.tls_ca_file,
            "tls_client_cert": keys.tls_client_cert,
            "tls_client_key": keys.tls_client_key,
        }
        sys.stdout.write(json.dumps(secret) + "\n")
        sys.stdout.flush()
        while os.read(0, 1):
            pass
        threading.Thread(target=_end_soon, daemon=True).start()


def _end_soon() -> None:
    """End at once what does not end when asked; workers end when this process does."""
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
