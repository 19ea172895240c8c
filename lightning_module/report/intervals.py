"""Confidence intervals by a bootstrap over lesions.

Images of one lesion resemble each other, so lesions are drawn, with all their images; drawn image
by image, intervals come out too narrow. A drawing is kept as weights of the images (how often the
lesion was drawn), so that a figure is computed for all drawings at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with its percentile interval.

    Attributes:
        value: On the images as they are.
        low: Lower end of the interval that holds :data:`CONFIDENCE` of the drawings.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Self | None:
        """Summarise a figure's values under :func:`lesion_weights`.

        Args:
            values: ``[1 + R]``; NaN where the figure is undefined.

        Returns:
            ``None`` if the figure is undefined on the images as they are.
        """
        if np.isnan(values[0]):
            return None
        tail = (1 - CONFIDENCE) / 2
        # Of a small group, some drawings hold nothing to compute the figure from.
        drawn = values[1:][~np.isnan(values[1:])]
        low, high = np.quantile(drawn, [tail, 1 - tail]) if drawn.size else (values[0], values[0])
        return cls(float(values[0]), float(low), float(high))


def lesion_weights(
    lesions: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> NDArray[np.float64]:
    """Draw as many lesions as there are, with replacement, many times.

    Args:
        lesions: The lesion of each image, ``[N]``.
        resamples: Number of drawings ``R``.
        seed: Of the drawings.

    Returns:
        ``[1 + R, N]``: how often each image counts. The first row is all ones: the images as
        they are.
    """
    names, lesion_of_image = np.unique(np.asarray(lesions, dtype=str), return_inverse=True)
    equal = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(seed).multinomial(len(names), equal, size=resamples)
    return np.vstack([np.ones(len(lesions)), drawn[:, lesion_of_image]])
