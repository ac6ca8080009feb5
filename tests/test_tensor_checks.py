"""What the header check lets through, the safetensors library reads, too."""

import random
import struct
from contextlib import suppress

import numpy as np
import pytest
import safetensors.numpy
from portable import SPEC, patch, weights

from fashion_core.runs.tensor_checks import check_weights


@pytest.fixture
def path(tmp_path):
    """Give the place of a file."""
    return tmp_path / "weights.safetensors"


def test_2000_random_headers_pass_only_if_the_library_reads_the_same(path):
    """Bytes of the header flipped; its names may change, its shapes and places may not."""
    chance, sound, passed = random.Random(3), weights(SPEC), 0  # noqa: S311 - damage, not secrets
    (size,) = struct.unpack("<Q", sound[:8])
    before = sorted(array.tobytes() for array in safetensors.numpy.load(sound).values())
    for _ in range(2_000):
        place = chance.randrange(8 + size)
        content = patch(sound, place, bytes([chance.randrange(256)]))
        path.write_bytes(content)
        with suppress(ValueError):
            check_weights(path, SPEC)
            after = sorted(array.tobytes() for array in safetensors.numpy.load(content).values())
            assert after == before
            passed += 1
    assert 0 < passed < 2_000


def test_a_file_of_another_program_with_the_right_size_passes(path):
    """The network itself compares names and shapes when it loads them."""
    arrays = safetensors.numpy.load(weights(SPEC))
    path.write_bytes(safetensors.numpy.save({f"x.{k}": v for k, v in arrays.items()}))
    check_weights(path, SPEC)


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_weights_in_another_number_format_are_refused(path, dtype):
    arrays = safetensors.numpy.load(weights(SPEC))
    path.write_bytes(safetensors.numpy.save({k: v.astype(dtype) for k, v in arrays.items()}))
    with pytest.raises(ValueError, match="numbers for this network, got 0"):
        check_weights(path, SPEC)
