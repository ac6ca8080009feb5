"""`RunSpec`: everything that decides what a run computes, validated when it is made."""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal, get_args

TRAIN_IMAGES: Final = 50_000
"""Images left for training after the fixed validation split of 10,000."""

Schedule = Literal["constant", "one-cycle"]
Precision = Literal["float32", "bfloat16"]

SUGGESTED_LEARNING_RATES: Final[tuple[float, ...]] = (1e-1, 1e-2, 1e-3, 1e-4)
"""The four values tried by the specification."""

# Upper limits keep a typing error from filling the memory of a laptop.
MAX_LEARNING_RATE: Final = 100.0
MAX_EPOCHS: Final = 1_000
MAX_BATCH_SIZE: Final = 10_000
MAX_SEED: Final = 2**32 - 1
MAX_DROPOUT: Final = 0.95
MAX_CONV_WIDTH: Final = 256
MAX_FC_WIDTH: Final = 2_048
MIN_TRAIN_IMAGES: Final = 100
MAX_THREADS: Final = 64
MAX_WEIGHT_DECAY: Final = 1.0
MAX_LABEL_SMOOTHING: Final = 0.5
MAX_SHIFT_PIXELS: Final = 7  # a quarter of the picture
MAX_AVERAGE_DECAY: Final = 0.9999  # a memory of 10,000 steps

# Added after the first release. At its default such a field is left out of the text of a spec, so
# that specs written before it read and compare as they did.
_LATER_FIELDS: Final = (
    "schedule",
    "weight_decay",
    "label_smoothing",
    "shift_pixels",
    "erase_probability",
    "average_decay",
    "mirror_average",
    "precision",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """What to train. Two equal specs give the same weights to the bit on the same machine.

    The defaults are the specification; `fashion_core.recipes` names other choices.

    Attributes:
        learning_rate: Step size of Adam, in (0, 100]; the highest one of a schedule.
        epochs: Passes over the training images, 1 to 1,000.
        batch_size: Images per step, 1 to 10,000; the last batch of an epoch may be smaller.
        seed: Start of all random generators of the run, 0 to 2**32 - 1.
        dropout: Share of hidden units switched off in each training step, in [0, 0.95].
        conv_widths: Channels of the two convolution blocks, each 1 to 256.
        fc_widths: Units of the two fully connected blocks, each 1 to 2,048.
        horizontal_flip: Mirror each training image with probability 1/2.
        train_images: Training images used, 100 to 50,000; fewer are a prefix of more.
        threads: CPU threads of one step, 1 to 64. Part of the spec because the order of
            additions, and so the last bits of the weights, depends on it.
        schedule: "constant", or "one-cycle": the learning rate rises for three tenths of all
            steps and falls to nearly nothing until the last.
        weight_decay: How fast weights shrink: in each step by this times the learning rate, 0 to
            1. Biases and BatchNorm are left alone.
        label_smoothing: Share of the target spread over all ten classes, 0 to 0.5, in the loss
            that is trained on; every loss that is reported is plain cross-entropy.
        shift_pixels: Move each training image by up to this many pixels each way, 0 to 7.
        erase_probability: How likely a rectangle of a training image is blackened, in [0, 1].
        average_decay: Share that the running mean of the weights keeps in each step, 0 to 0.9999;
            0 is off. With it, what is evaluated and saved as best is the mean.
        mirror_average: Answer with the mean of the probabilities of a picture and of its mirror
            image; needs `horizontal_flip`.
        precision: Number format of the forward and backward pass in training. "bfloat16" is 1.6
            times faster than "float32" on a processor with AVX512-BF16 and 7 times slower on one
            with AVX2 only, both measured. Weights, moments and evaluation stay float32.

    Raises:
        ValueError: with an expected-and-got sentence, if a value is out of range.
    """

    learning_rate: float = 1e-3
    epochs: int = 30
    batch_size: int = 32
    seed: int = 0
    dropout: float = 0.5
    conv_widths: tuple[int, int] = (32, 64)
    fc_widths: tuple[int, int] = (512, 128)
    horizontal_flip: bool = False
    train_images: int = TRAIN_IMAGES
    threads: int = 1
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    shift_pixels: int = 0
    erase_probability: float = 0.0
    average_decay: float = 0.0
    mirror_average: bool = False
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        _set(self, "learning_rate", _number("learning rate", self.learning_rate))
        if not 0 < self.learning_rate <= MAX_LEARNING_RATE:
            raise ValueError(
                f"Expected a learning rate above 0 and at most {MAX_LEARNING_RATE:g}, "
                f"got {self.learning_rate:g}."
            )
        _check_whole("epochs", self.epochs, 1, MAX_EPOCHS)
        _check_whole("batch size", self.batch_size, 1, MAX_BATCH_SIZE)
        _check_whole("seed", self.seed, 0, MAX_SEED)
        _check_whole("training pictures", self.train_images, MIN_TRAIN_IMAGES, TRAIN_IMAGES)
        _check_whole("threads", self.threads, 1, MAX_THREADS)
        _check_whole("shift", self.shift_pixels, 0, MAX_SHIFT_PIXELS)
        _set(self, "conv_widths", _pair("convolution widths", self.conv_widths, MAX_CONV_WIDTH))
        _set(self, "fc_widths", _pair("fully connected widths", self.fc_widths, MAX_FC_WIDTH))
        _check_choice("schedule", self.schedule, get_args(Schedule))
        _check_choice("precision", self.precision, get_args(Precision))
        self._check_shares()
        self._check_switches()

    def _check_shares(self) -> None:
        highest = {
            "dropout": MAX_DROPOUT,
            "weight_decay": MAX_WEIGHT_DECAY,
            "label_smoothing": MAX_LABEL_SMOOTHING,
            "erase_probability": 1.0,
            "average_decay": MAX_AVERAGE_DECAY,
        }
        for field, high in highest.items():
            name = field.replace("_", " ")
            value = _number(name, getattr(self, field))
            if not 0 <= value <= high:
                raise ValueError(f"Expected {name} from 0 to {high:g}, got {value:g}.")
            _set(self, field, value)

    def _check_switches(self) -> None:
        for field in ("horizontal_flip", "mirror_average"):
            value = getattr(self, field)
            if not isinstance(value, bool):
                name = field.replace("_", " ")
                raise ValueError(f"Expected {name} to be true or false, got {value!r}.")
        if self.mirror_average and not self.horizontal_flip:
            raise ValueError(
                "Expected mirror average only together with horizontal flip: a network that was "
                "trained without mirror images is not asked about them."
            )

    @property
    def steps_per_epoch(self) -> int:
        """Training steps of one epoch, the smaller last batch included."""
        return math.ceil(self.train_images / self.batch_size)

    @property
    def is_as_specified(self) -> bool:
        """Whether it trains what the specification says, whatever the seed and the threads."""
        return replace(self, seed=0, threads=1) == RunSpec()

    @property
    def is_extendable(self) -> bool:
        """Whether its epochs come out the same, to the bit, however many follow them.

        Only a schedule that ends with the last epoch asks how many there are; all else counts
        epochs and steps from the start.
        """
        return self.schedule == "constant"

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as plain JSON types; later fields only where they are in use."""
        values = asdict(self) | {
            "conv_widths": list(self.conv_widths),
            "fc_widths": list(self.fc_widths),
        }
        defaults = {field.name: field.default for field in fields(self)}
        unused = {name for name in _LATER_FIELDS if values[name] == defaults[name]}
        return {name: value for name, value in values.items() if name not in unused}

    def to_json(self) -> str:
        """Give the spec as one line of JSON with sorted keys; equal specs give equal text."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunSpec":
        """Make a spec from plain JSON types; missing fields take their defaults.

        Raises:
            ValueError: if a field is unknown or a value is out of range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(
                f"Expected only the fields {', '.join(sorted(known))}, got {', '.join(unknown)}."
            )
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> "RunSpec":
        """Make a spec from JSON text.

        Raises:
            ValueError: if the text is not a JSON object or does not describe a spec.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"Expected a run specification as JSON, got {text[:40]!r}.") from error
        if not isinstance(values, dict):
            raise ValueError(f"Expected a JSON object, got {text[:40]!r}.")
        return cls.from_dict(values)


def _set(spec: RunSpec, name: str, value: object) -> None:
    """Store a normalised value in the frozen spec."""
    object.__setattr__(spec, name, value)


def _number(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= sys.float_info.max:  # also false for nan
        raise ValueError(f"Expected {name} to be a finite number, got {value!r}.")
    return float(value) + 0.0  # -0.0 becomes 0.0, so that equal specs give equal text


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(
            f"Expected {name} to be a whole number from {low:,} to {high:,}, got {value!r}."
        )


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"Expected {name} to be {' or '.join(choices)}, got {value!r}.")


def _pair(name: str, value: object, high: int) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"Expected {name} to be two whole numbers, got {value!r}.")
    for width in value:
        _check_whole(name, width, 1, high)
    return (value[0], value[1])
