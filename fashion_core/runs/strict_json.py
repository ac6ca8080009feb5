"""JSON from strangers: plain finite values of a sensible size, or a `ValueError`."""

import json
import math
from typing import Any, Final

_LARGEST_WHOLE: Final = 2**63  # sizes, seeds and epochs are far below; floats convert


def read_object(content: bytes) -> dict[str, Any]:
    """Read a JSON object in UTF-8.

    Raises:
        ValueError: if it is no such object, is nested too deeply, or holds a number that is not
            finite or has more than 63 bits.
    """
    value = read_value(content)
    if not isinstance(value, dict):
        raise ValueError("Expected a JSON object.")
    return value


def read_value(content: bytes) -> Any:
    """Read any JSON value in UTF-8; see `read_object`.

    Raises:
        ValueError: as there.
    """
    try:
        return json.loads(
            content.decode(), parse_constant=_refuse, parse_int=_whole, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise ValueError("Expected JSON in UTF-8.") from error
    except RecursionError as error:
        raise ValueError("Expected JSON that is not nested hundreds of times.") from error


def _refuse(constant: str) -> float:
    raise ValueError(f"Expected finite numbers, got {constant}.")


def _whole(digits: str) -> int:
    value = int(digits) if len(digits) <= 20 else _LARGEST_WHOLE  # 2**63 has 19 digits
    if abs(value) >= _LARGEST_WHOLE:
        raise ValueError(f"Expected numbers of at most 63 bits, got {digits[:24]}.")
    return value


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"Expected finite numbers, got {digits[:24]}.")
    return value
