"""ROC curves under many weightings at once, and the figures that are read off them."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lightning_module.report.figures import divide
from lightning_module.report.intervals import Flags, Floats


@dataclass(frozen=True)
class RocCurves:
    """One ROC curve for each of ``R`` weightings of the same images.

    Attributes:
        thresholds: Descending, ``[K]``; the first is infinite. A score counts as positive from
            the threshold on.
        true_positives: Weight of the positives at or above each threshold, ``[R, K]``.
        false_positives: Weight of the negatives there.
    """

    thresholds: Floats
    true_positives: Floats
    false_positives: Floats

    @classmethod
    def of(cls, scores: Floats, positive: Flags, weights: Floats) -> Self:
        """Count positives and negatives above every score.

        Args:
            scores: ``[N]``.
            positive: ``[N]``.
            weights: ``[R, N]``.
        """
        order = np.argsort(-scores, kind="stable")
        ordered = scores[order]
        # Equal scores pass a threshold together.
        last_of_equals = np.flatnonzero(np.append(np.diff(ordered) != 0, True))
        start = np.zeros((len(weights), 1))

        def count(chosen: Flags) -> Floats:
            counts = np.cumsum(weights[:, order] * chosen[order], axis=1)[:, last_of_equals]
            return np.hstack([start, counts])

        thresholds = np.append(np.inf, ordered[last_of_equals])
        return cls(thresholds, count(positive), count(~positive))

    @property
    def sensitivity(self) -> Floats:
        """``[R, K]``; NaN for a weighting without positives."""
        return divide(self.true_positives, self.true_positives[:, -1:])

    @property
    def specificity(self) -> Floats:
        """``[R, K]``; NaN for a weighting without negatives."""
        return 1 - divide(self.false_positives, self.false_positives[:, -1:])

    @property
    def precision(self) -> Floats:
        """``[R, K]``; NaN where nothing is positive."""
        return divide(self.true_positives, self.true_positives + self.false_positives)


def auroc(curves: RocCurves) -> Floats:
    """Return the area under each ROC curve, ``[R]`` in ``[0, 1]``."""
    return partial_auroc(curves, 0.0)


def partial_auroc(curves: RocCurves, sensitivity: float) -> Floats:
    """Return the area of ROC curves that lies above a sensitivity.

    The score of the ISIC 2024 challenge (with 0.8): the mean specificity over the sensitivities
    above, times their range.

    Returns:
        ``[R]`` in ``[0, 1 - sensitivity]``.
    """
    left, right = curves.sensitivity[:, :-1], curves.sensitivity[:, 1:]
    before, after = curves.specificity[:, :-1], curves.specificity[:, 1:]
    start = np.clip(sensitivity, left, right)
    # Where a step is vertical the share does not matter: its width is 0.
    share = np.nan_to_num(divide(start - left, right - left))
    at_start = before + (after - before) * share
    areas: Floats = ((right - start) * (at_start + after) / 2).sum(axis=1)
    return areas


def specificity_at_sensitivity(curves: RocCurves, sensitivity: float) -> Floats:
    """Return the highest specificity that goes with at least this sensitivity, ``[R]``."""
    reached = np.argmax(curves.sensitivity >= sensitivity, axis=1)
    values: Floats = curves.specificity[np.arange(len(reached)), reached]
    return np.where(np.isnan(curves.sensitivity[:, -1]), np.nan, values)


def average_precision(curves: RocCurves) -> Floats:
    """Return the precision averaged over the steps in sensitivity, ``[R]`` in ``[0, 1]``."""
    # Where nothing is positive yet, there is no step either.
    precision = np.nan_to_num(curves.precision[:, 1:])
    averages: Floats = (np.diff(curves.sensitivity, axis=1) * precision).sum(axis=1)
    return averages
