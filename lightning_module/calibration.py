"""Calibration of the network's probabilities on held-out data."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

#: Keeps the correction of a diagnosis with a handful of validation images from running away.
_PENALTY = 1e-3


@dataclass(frozen=True)
class Calibration:
    """Calibrated probabilities are ``softmax(logits / temperature + offsets)``.

    Attributes:
        temperature: Above 0.
        offsets: ``float32 [7]``. They undo what the class weights of the loss did to the priors.
    """

    temperature: float
    offsets: Tensor

    def __call__(self, logits: Tensor) -> Tensor:
        """Turn logits ``[N, 7]`` into probabilities ``[N, 7]``."""
        return (logits / self.temperature + self.offsets).softmax(dim=1)


def calibrate(logits: Tensor, labels: Tensor, class_weights: Tensor) -> Calibration:
    """Fit bias-corrected temperature scaling by maximum likelihood.

    Alexandari et al., ICML 2020, arXiv:1901.06852. The weights of the loss are undone first, so
    that what is fitted are small corrections.

    Args:
        logits: ``float32 [N, 7]`` of images that the network has not learned from.
        labels: ``int64 [N]``.
        class_weights: Those of the loss that the network learned from, ``float32 [7]``.

    Returns:
        The calibration.
    """
    # A diagnosis that was absent from training has no weight to be undone.
    undoing = torch.where(class_weights > 0, -class_weights.log(), 0.0)
    log_temperature = torch.zeros(1, requires_grad=True)
    corrections = torch.zeros(logits.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [log_temperature, corrections], max_iter=200, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        scaled = (logits + undoing) / log_temperature.exp() + corrections
        penalty = _PENALTY * corrections.square().sum()
        value = functional.cross_entropy(scaled, labels) + penalty
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    temperature = float(log_temperature.detach().exp())
    return Calibration(temperature, undoing / temperature + corrections.detach())
