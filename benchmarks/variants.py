"""What is compared with what: groups of variants, each against the plain loop of its group."""

import json
from dataclasses import asdict, dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to train.

    Attributes:
        name: Text for the table.
        path: "plain" loop of the tutorials, "ours", or "limit": the machine's rates.
        options: For "plain": "tensors", "channels-last", "fused"; for both: "compiled".
        threads: CPU threads of each training.
        copies: Trainings at a time.
        placement: Where a training runs: the main thread of a process, or other threads of it.
        passive: Whether idle OpenMP threads sleep (OMP_WAIT_POLICY=passive).
    """

    name: str
    path: Literal["plain", "ours", "limit"]
    options: tuple[str, ...] = ()
    threads: int = 1
    copies: int = 1
    placement: Literal["process", "thread"] = "process"
    passive: bool = False

    def to_json(self) -> str:
        """Give the variant as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Variant":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**values | {"options": tuple(values["options"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Variants that take turns; the first is the plain loop they are compared with.

    Attributes:
        name: Setting, text for the table.
        limit_threads: Threads of the machine's limit.
        busy: Whether another process spins beside them, as a browser may.
    """

    name: str
    variants: tuple[Variant, ...]
    limit_threads: int
    busy: bool = False


def _default(**changes: object) -> Variant:
    """Make our default path, in a thread as in the dashboard."""
    values = {"name": "our default path", "path": "ours", "placement": "thread"}
    return Variant(**{**values, **changes})  # type: ignore[arg-type]


def _plain(**changes: object) -> Variant:
    return Variant(**{"name": "plain loop", "path": "plain", **changes})  # type: ignore[arg-type]


_ALONE: Final = (
    _plain(name="only tensors in memory", options=("tensors",)),
    _plain(name="only channels-last", options=("channels-last",)),
    _plain(name="only fused Adam", options=("fused",)),
)
_COMPILED: Final = (
    _plain(name="only compiled", options=("compiled",)),
    _default(name="default path, compiled", options=("compiled",)),
)
_OWN_PROCESS: Final = _default(name="default path, main thread", placement="process")
_PAIRS: Final = (
    _plain(name="plain loop, one thread, one after another"),
    _default(name="two runs in two threads", copies=2),
    _default(name="two runs in two processes", copies=2, placement="process"),
)


def _threads(threads: int) -> tuple[Variant, ...]:
    """List the plain loop and ours with a number of threads, idle threads spinning or asleep."""
    pair = (_plain(threads=threads), _default(threads=threads))
    if threads == 1:
        return pair
    passive = {"threads": threads, "passive": True}
    return (
        *pair,
        _plain(name="plain loop, passive wait", **passive),
        _default(name="default path, passive wait", **passive),
    )


def groups(*, compiler: bool) -> tuple[Group, ...]:
    """List what the full measurement compares, the compiled variants if there is a compiler."""
    plain, ours = _threads(1)
    one = (plain, ours, *_ALONE, _OWN_PROCESS, *(_COMPILED if compiler else ()))
    busy = (*_threads(1), *(_busy_name(variant) for variant in _threads(2)))
    return (
        Group(name="one thread", variants=one, limit_threads=1),
        Group(name="two threads", variants=_threads(2), limit_threads=2),
        Group(name="two at a time", variants=(_plain(threads=2), *_PAIRS), limit_threads=2),
        Group(name="beside a busy core", variants=busy, limit_threads=1, busy=True),
    )


def quick_groups() -> tuple[Group, ...]:
    """List a small part of everything, to see that it works."""
    return (
        Group(name="one thread", variants=_threads(1), limit_threads=1),
        Group(name="two at a time", variants=(_plain(), _PAIRS[1]), limit_threads=2, busy=True),
    )


def _busy_name(variant: Variant) -> Variant:
    return Variant(**{**asdict(variant), "name": f"{variant.name}, two threads"})
