"""The running mean of the weights, which is evaluated in their place."""

import torch

from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN
from fashion_core.training.recipe import build_network


class WeightAverage:
    """A second network that follows the trained one; a mean over its last steps.

    BatchNorm's running statistics are averaged as the weights are, so that they belong to them.

    Attributes:
        network: The mean; never trained itself. A part of the run's checkpoint.
    """

    def __init__(self, spec: RunSpec, model: FashionCNN) -> None:
        self.network = build_network(spec)
        self.network.load_state_dict(model.state_dict())
        self._model = model
        self._decay = spec.average_decay

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take the trained network's present weights into the mean.

        Args:
            step: Steps taken before since the start of the run, from 0. The mean of the first
                steps forgets faster, as in the references: it would consist of the first,
                random weights.

        References:
            Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992;
            the start is that of TensorFlow's `ExponentialMovingAverage` with `num_updates`.
        """
        kept = min(self._decay, (1 + step) / (10 + step))
        trained = self._model.state_dict()
        for name, mean in self.network.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(trained[name], 1 - kept)
            else:
                mean.copy_(trained[name])  # BatchNorm's count of batches
