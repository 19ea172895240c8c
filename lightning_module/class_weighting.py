"""Weights of the diagnoses in the loss, and what they do to a network's answers."""

from typing import Literal

import torch
from torch import Tensor

ClassWeighting = Literal["none", "sqrt", "inverse"]


def class_weights(counts: Tensor, weighting: ClassWeighting) -> Tensor:
    """Weigh diagnoses against their imbalance.

    Args:
        counts: Training images of each diagnosis, ``int64 [7]``.
        weighting: ``none``, or the inverse of the frequency or of its square root.

    Returns:
        ``float32 [7]`` with mean 1 over the training images; 0 for a diagnosis with no image.
    """
    exponent = {"none": 0.0, "sqrt": 0.5, "inverse": 1.0}[weighting]
    weights = torch.where(counts > 0, counts.clamp(min=1).float().pow(-exponent), 0.0)
    return weights * counts.sum() / (weights * counts).sum()


def unweighted(logits: Tensor, weights: Tensor) -> Tensor:
    """Undo what the weights of a loss did to the logits of a network that learned from it.

    A loss that weighs a diagnosis by w teaches odds that are w times the real ones; summing
    diagnoses of different weights then costs 0.01 of AUROC (as in Menon et al., ICLR 2021,
    arXiv:2007.07314).

    Args:
        logits: ``[N, 7]``.
        weights: As :func:`class_weights` gives them, ``float32 [7]``.

    Returns:
        ``[N, 7]``.
    """
    # A diagnosis that was absent from training weighs nothing; nothing was learned of it.
    return torch.where(weights > 0, logits - weights.log(), float("-inf"))
