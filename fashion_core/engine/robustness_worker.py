"""The child of one robustness test: `... robustness_worker SPEC RUN_DIR EPOCH DATA KEY [KEY ...]`.

Says one JSON object a line: `{"key": "blur", "done": 500}` after every few pictures; after each
corruption `{"key": "blur", "answers": "..."}`, base64 of uint8 (strengths, pictures); or
`{"error": "..."}` with a sentence. It reads files and writes none.
"""

import base64
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from fashion_core.analysis.corruptions import STRENGTHS, Corruption, corrupt_all, corruption_of
from fashion_core.config import RunSpec
from fashion_core.data import LabelledImages, read_split
from fashion_core.engine.child import end_with_input, tell
from fashion_core.errors import FashionError
from fashion_core.runs.artifacts import read_weights

if TYPE_CHECKING:
    from fashion_core.model import FashionCNN

_NICER: Final = 10  # than the server: a training and the pages come first
_STEP: Final = 500  # pictures between two signs of life: about 0.2 s on one idle core


def main(spec: str, run_dir: str, epoch: str, data_dir: str, *keys: str) -> None:
    """Answer some corruptions, until they are done or the input ends."""
    os.nice(_NICER)
    end_with_input()
    # Imported after the input is watched: torch takes seconds, and the parent may die meanwhile.
    from fashion_core.explain.network import open_network  # noqa: PLC0415

    try:
        settings = RunSpec.from_json(spec)
        network = open_network(settings, *read_weights(Path(run_dir), int(epoch)))
        pictures = read_split(Path(data_dir), "test")
        for key in keys:
            answers = _answers(network, settings, pictures, corruption_of(key))
            tell({"key": key, "answers": base64.b64encode(answers.tobytes()).decode()})
    except (FashionError, OSError) as error:
        tell({"error": str(error)})


def _answers(
    network: "FashionCNN", spec: RunSpec, pictures: LabelledImages, corruption: Corruption
) -> npt.NDArray[np.uint8]:
    """Give the answers to one corruption at every strength, uint8 of shape (S, N)."""
    from fashion_core.explain.corrupted import predicted_classes  # noqa: PLC0415

    answers = np.empty((len(STRENGTHS), len(pictures.labels)), np.uint8)
    for row, strength in enumerate(STRENGTHS):
        for start in range(0, len(pictures.labels), _STEP):
            part = slice(start, start + _STEP)
            worse = corrupt_all(
                pictures.images[part], pictures.image_ids[part], corruption, strength
            )
            answers[row, part] = predicted_classes(
                network, worse, mirror_average=spec.mirror_average
            )
            tell({"key": corruption.key, "done": len(worse)})
    return answers


if __name__ == "__main__":
    main(*sys.argv[1:])
