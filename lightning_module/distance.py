"""An in-distribution score: how far an image is from those the network has learned from.

Mahalanobis distance (Lee et al., NeurIPS 2018, arXiv:1807.03888) of the pooled features within
the leading principal components. The trailing ones are left out: dermoscopy from other cameras
differs there as much as photographs do.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

COMPONENTS: Final = 64
#: Smallest standard deviation that a component is divided by, relative to the features' size;
#: below it are rounding errors (a trained network's 64th component has about 0.01).
_SMALLEST_DEVIATION: Final = 0.005
#: Share of the validation images that the threshold must accept.
ACCEPTANCE: Final = 0.95


@dataclass(frozen=True)
class Distance:
    """Distance of pooled features from the training images'.

    Attributes:
        mean: ``float32 [1280]``.
        projection: ``float32 [1280, K]``: principal directions, each divided by its standard
            deviation.
    """

    mean: Tensor
    projection: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Measure features ``[N, 1280]``: ``[N]``, about 1 for a typical training image."""
        whitened = (features - self.mean) @ self.projection
        return whitened.square().mean(dim=1).sqrt()


def fit_distance(features: Tensor) -> Distance:
    """Fit the distance to the pooled features of training images.

    Args:
        features: ``float32 [N, 1280]``.

    Returns:
        The distance, in ``min(64, N - 1)`` components.
    """
    mean = features.mean(dim=0)
    _, singular, directions = torch.linalg.svd(features - mean, full_matrices=False)
    count = min(COMPONENTS, len(features) - 1)
    deviations = singular[:count] / (len(features) - 1) ** 0.5
    size = features.square().sum(dim=1).mean().sqrt()
    deviations = deviations.clamp_min(float(_SMALLEST_DEVIATION * size))
    return Distance(mean, directions[:count].T / deviations)


def acceptance_threshold(distances: Tensor) -> float:
    """Return the distance that accepts :data:`ACCEPTANCE` of these validation distances."""
    return float(distances.quantile(ACCEPTANCE))
