"""Calibration of the network's probabilities on held-out data."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

#: Keeps the offset of a diagnosis with a handful of validation images from running away.
_OFFSET_PENALTY = 1e-3


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


def calibrate(logits: Tensor, labels: Tensor) -> Calibration:
    """Fit bias-corrected temperature scaling by maximum likelihood.

    Alexandari et al., ICML 2020, arXiv:1901.06852.

    Args:
        logits: ``float32 [N, 7]`` of images that the network has not learned from.
        labels: ``int64 [N]``.

    Returns:
        The calibration.
    """
    log_temperature = torch.zeros(1, requires_grad=True)
    offsets = torch.zeros(logits.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [log_temperature, offsets], max_iter=200, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        scaled = logits / log_temperature.exp() + offsets
        value = functional.cross_entropy(scaled, labels) + _OFFSET_PENALTY * offsets.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Calibration(float(log_temperature.detach().exp()), offsets.detach())
