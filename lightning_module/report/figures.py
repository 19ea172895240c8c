"""Figures of a decision or a probability, under many weightings of the images at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightning_module.report.intervals import Flags, Floats

CALIBRATION_BINS: Final = 15


def share(chosen: Flags, among: Flags, weights: Floats) -> Floats:
    """Return which share of some images is chosen.

    Args:
        chosen: ``[N]``.
        among: ``[N]``.
        weights: ``[R, N]``.

    Returns:
        ``[R]`` in ``[0, 1]``; NaN for a weighting that leaves nothing to choose from.
    """
    return divide(weights @ (chosen & among), weights @ among)


def balanced_accuracy(
    labels: NDArray[np.int64], chosen: NDArray[np.int64], weights: Floats
) -> Floats:
    """Return the mean recall of the diagnoses that occur, ``[R]``."""
    recalls = np.stack([share(chosen == label, labels == label, weights) for label in set(labels)])
    known = ~np.isnan(recalls)
    return divide(np.where(known, recalls, 0).sum(axis=0), known.sum(axis=0))


def brier_score(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Return the mean squared error of probabilities, ``[R]``."""
    return divide(weights @ np.square(scores - positive), weights.sum(axis=1))


def calibration_error(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Return the expected calibration error in equal bins, ``[R]``.

    Guo et al., ICML 2017, arXiv:1706.04599.
    """
    excess = weights * (positive - scores)
    bins = calibration_bins(scores)
    gaps = np.abs([excess[:, bins == index].sum(axis=1) for index in range(CALIBRATION_BINS)])
    return divide(gaps.sum(axis=0), weights.sum(axis=1))


def calibration_bins(scores: Floats) -> NDArray[np.int64]:
    """Sort probabilities into :data:`CALIBRATION_BINS` equal bins, ``int64 [N]``."""
    return np.digitize(scores, np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1])


def divide(part: Floats, whole: Floats) -> Floats:
    """Divide; NaN where there is nothing to divide by."""
    nothing = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    quotient: Floats = np.divide(part, whole, out=nothing, where=whole != 0)
    return quotient
