"""An in-distribution score: how far an image is from those the network has learned from.

Mahalanobis distance (Lee et al., NeurIPS 2018, arXiv:1807.03888) of the channel means of an early
feature map, which tell of textures and colours. The last features do not serve: the better a
network is trained, the more it sees nothing but lesions in whatever it is shown.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

#: Smallest standard deviation that a component is divided by, relative to the features' size;
#: below it are rounding errors.
_SMALLEST_DEVIATION: Final = 0.005
#: Share of the validation images that the threshold must accept.
ACCEPTANCE: Final = 0.95


@dataclass(frozen=True)
class Distance:
    """Distance of pooled early features from the training images'.

    Attributes:
        mean: ``float32 [C]``.
        projection: ``float32 [C, K]``: principal directions, each divided by its standard
            deviation.
    """

    mean: Tensor
    projection: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Measure features ``[N, C]``: ``[N]``, about 1 for a typical training image."""
        whitened = (features - self.mean) @ self.projection
        return whitened.square().mean(dim=1).sqrt()


def fit_distance(features: Tensor) -> Distance:
    """Fit the distance to the pooled early features of training images.

    Args:
        features: ``float32 [N, C]``.

    Returns:
        The distance, in ``min(C, N - 1)`` components.
    """
    mean = features.mean(dim=0)
    _, singular, directions = torch.linalg.svd(features - mean, full_matrices=False)
    count = min(features.shape[1], len(features) - 1)
    deviations = singular[:count] / (len(features) - 1) ** 0.5
    size = features.square().sum(dim=1).mean().sqrt()
    deviations = deviations.clamp_min(float(_SMALLEST_DEVIATION * size))
    return Distance(mean, directions[:count].T / deviations)


def acceptance_threshold(distances: Tensor) -> float:
    """Return the distance that accepts :data:`ACCEPTANCE` of these validation distances."""
    return float(distances.quantile(ACCEPTANCE))
