"""`FashionCNN`: the 2 Conv + 2 FC network of the specification, with its own random generators."""

import math

import torch
from torch import Tensor, nn

from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec


class FashionCNN(nn.Module):
    """Two convolution blocks, two fully connected blocks, ten logits.

    Neither building nor training it touches torch's process-wide random state, so that nothing
    else in the process can change a run.

    Attributes:
        dropout_generator: Source of the dropout masks; seed it at the start of each epoch.
    """

    def __init__(self, spec: RunSpec, init_generator: torch.Generator) -> None:
        super().__init__()
        self.dropout_generator = torch.Generator()
        first, second = spec.conv_widths
        hidden, last = spec.fc_widths
        self.features = nn.Sequential(
            _conv_block(1, first),  # (N, 32, 14, 14)
            _conv_block(first, second),  # (N, 64, 7, 7)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 3136)
            self._fc_block(second * 7 * 7, hidden, spec.dropout),  # (N, 512)
            self._fc_block(hidden, last, spec.dropout),  # (N, 128)
        )
        self.output = _unset(nn.Linear, last, len(CLASS_NAMES))  # (N, 10)
        _initialise(self, init_generator)

    def forward(self, images: Tensor) -> Tensor:
        """Give logits, float32 (N, 10), of images, float32 (N, 1, 28, 28) in [0, 1]."""
        logits: Tensor = self.output(self.classifier(self.features(images)))
        return logits

    def _fc_block(self, inputs: int, outputs: int, dropout: float) -> nn.Sequential:
        return nn.Sequential(
            _unset(nn.Linear, inputs, outputs),
            nn.ReLU(),
            GeneratorDropout(dropout, self.dropout_generator),
        )


class GeneratorDropout(nn.Module):
    """Dropout that draws its masks from a generator of its own.

    `nn.Dropout` draws from the process-wide generator: one other training in the same process
    would change this one's result.
    """

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        super().__init__()
        self.probability = probability
        self._generator = generator

    def forward(self, values: Tensor) -> Tensor:
        """Zero each value with the given probability in training and scale the rest up."""
        if not self.training or self.probability == 0:
            return values
        keep = 1 - self.probability
        mask = torch.empty_like(values).bernoulli_(keep, generator=self._generator).div_(keep)
        return values * mask


def _unset(layer: type[nn.Module], *sizes: int, **options: int) -> nn.Module:
    """Make a layer without drawing its weights from the process-wide generator."""
    made: nn.Module = nn.utils.skip_init(layer, *sizes, **options)  # type: ignore[no-untyped-call]
    return made


def _conv_block(channels: int, width: int) -> nn.Sequential:
    # The specification's order: BatchNorm after ReLU.
    return nn.Sequential(
        _unset(nn.Conv2d, channels, width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(width),
        nn.MaxPool2d(2),
    )


def _initialise(model: nn.Module, generator: torch.Generator) -> None:
    """Draw weights and biases as torch does by default, from a private generator.

    References:
        He et al., "Delving Deep into Rectifiers", 2015, and torch's `Linear.reset_parameters`:
        uniform in +-1/sqrt(inputs) for both.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = 1 / math.sqrt(layer.weight[0].numel())
            nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
            assert layer.bias is not None
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
