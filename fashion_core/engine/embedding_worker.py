"""The child of one t-SNE map: `python -m fashion_core.engine.embedding_worker`.

Takes a line with the shape "N D" and N x D float32 from its input, gives N x 2 float32 to its
output. Its input stays open until the points are there; when it ends before, the child ends too.
"""

import os
import sys
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from fashion_core.analysis.embedding import neighbour_map
from fashion_core.engine.child import end_with_input

_NICER: Final = 10  # than the server: a training and the pages come first


def main() -> None:
    """Compute one map, until it is there or the input ends."""
    os.nice(_NICER)
    rows, width = map(int, sys.stdin.buffer.readline().split())
    content = sys.stdin.buffer.read(rows * width * np.dtype(np.float32).itemsize)
    features = np.frombuffer(content, np.float32).reshape(rows, width)
    end_with_input()
    with threadpool_limits(limits=1):  # the same bits on every machine, and one core at most
        points = neighbour_map(features)
    sys.stdout.buffer.write(points.tobytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
