"""The layers of the network as a table, computed without torch so that pages can draw it."""

from dataclasses import dataclass

from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer of the network.

    Attributes:
        name: Name of the layer in words.
        output_shape: Shape for one picture: (channels, height, width) or (units,).
        parameters: Trainable numbers in the layer.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int


def layer_table(spec: RunSpec) -> tuple[LayerRow, ...]:
    """List the layers of the network of a spec, first to last.

    The block order is the specification's: Conv -> ReLU -> BatchNorm -> MaxPool, twice, then
    Linear -> ReLU -> Dropout, twice, then the output layer with softmax.
    """
    rows: list[LayerRow] = []
    channels, side = 1, 28
    for block, width in enumerate(spec.conv_widths, start=1):
        rows += _conv_block(block, channels, width, side)
        channels, side = width, side // 2
    units = channels * side * side
    rows.append(LayerRow(name="Flatten", output_shape=(units,), parameters=0))
    for block, width in enumerate(spec.fc_widths, start=1):
        rows += _fc_block(block, units, width, spec.dropout)
        units = width
    classes = len(CLASS_NAMES)
    rows.append(
        LayerRow(
            name="Output: linear + softmax",
            output_shape=(classes,),
            parameters=units * classes + classes,
        )
    )
    return tuple(rows)


def parameter_count(spec: RunSpec) -> int:
    """Count the trainable numbers of the network: 1,692,106 for the default spec."""
    return sum(row.parameters for row in layer_table(spec))


def _conv_block(block: int, channels: int, width: int, side: int) -> list[LayerRow]:
    full, half = (width, side, side), (width, side // 2, side // 2)
    weights = 9 * channels * width + width  # 3x3 kernels and one bias per channel
    return [
        LayerRow(name=f"Conv {block}: 3x3", output_shape=full, parameters=weights),
        LayerRow(name="ReLU", output_shape=full, parameters=0),
        LayerRow(name="BatchNorm", output_shape=full, parameters=2 * width),
        LayerRow(name="MaxPool 2x2", output_shape=half, parameters=0),
    ]


def _fc_block(block: int, units: int, width: int, dropout: float) -> list[LayerRow]:
    weights = units * width + width
    return [
        LayerRow(name=f"Fully connected {block}", output_shape=(width,), parameters=weights),
        LayerRow(name="ReLU", output_shape=(width,), parameters=0),
        LayerRow(name=f"Dropout {dropout:g}", output_shape=(width,), parameters=0),
    ]
