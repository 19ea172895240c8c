"""Thresholds on the probability of malignancy, and the risk bands they make.

All are fixed on the validation split and applied unchanged ever after. What the bands are worth is
told by other images: on those that they were fixed on, they keep their promise by construction.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from handlers.model_spec import OperatingPoints, RiskBand
from handlers.schema import RiskLevel

#: Share of the malignant validation images that the referral threshold must catch.
REFER_SENSITIVITY: Final = 0.95
#: Share of them that must lie above the Low band.
LOW_SENSITIVITY: Final = 0.98
#: Share of the benign validation images that must lie below the High band.
HIGH_SPECIFICITY: Final = 0.90

_RECOMMENDATIONS: Final[dict[RiskLevel, str]] = {
    "Low": (
        "The network found little that resembles malignancy, which does not exclude it. Watch "
        "the lesion and have it examined if it changes, itches, bleeds or worries you."
    ),
    "Moderate": (
        "The network can not exclude malignancy. Show the lesion to a doctor in the coming weeks, "
        "sooner if it changes."
    ),
    "High": (
        "The image resembles malignant lesions. Have the lesion examined by a dermatologist "
        "promptly."
    ),
}


def fix_operating_points(
    malignancy: NDArray[np.float32], malignant: NDArray[np.bool_]
) -> OperatingPoints:
    """Fix the referral threshold and the risk bands.

    Args:
        malignancy: Calibrated probabilities of malignancy of the validation images, ``[N]``.
        malignant: Which of them are malignant, ``[N]``; both kinds must occur.

    Returns:
        The referral threshold and three bands, whose meaning tells their limits only.
    """
    moderate = threshold_at_sensitivity(malignancy, malignant, LOW_SENSITIVITY)
    refer = threshold_at_sensitivity(malignancy, malignant, REFER_SENSITIVITY)
    # A network that separates the classes perfectly would put High below the referral threshold.
    high = max(refer, threshold_at_specificity(malignancy, malignant, HIGH_SPECIFICITY))
    lower = [0.0, moderate, high]
    return OperatingPoints(
        refer_threshold=refer,
        bands=[
            RiskBand(
                level=level,
                lower=low,
                meaning=f"Probability of malignancy {_limits(low, up)}.",
                recommendation=_RECOMMENDATIONS[level],
            )
            for level, low, up in zip(
                _RECOMMENDATIONS, lower, [*lower[1:], float("inf")], strict=True
            )
        ],
    )


def with_test_shares(
    points: OperatingPoints, malignancy: NDArray[np.float64], malignant: NDArray[np.bool_]
) -> OperatingPoints:
    """Add to each band's meaning what it held of the test images.

    Args:
        points: As :func:`fix_operating_points` gives them.
        malignancy: Calibrated probabilities of malignancy of the test images, ``[N]``.
        malignant: Which of them are malignant, ``[N]``.

    Returns:
        The same points with other texts; unchanged if either kind is absent.
    """
    if malignant.all() or not malignant.any():
        return points
    levels = np.array([points.band(float(value)).level for value in malignancy])
    bands = []
    for band in points.bands:
        caught, false = (
            float((levels[kind] == band.level).mean()) for kind in (malignant, ~malignant)
        )
        meaning = (
            f"{band.meaning} Of the test images, {caught:.1%} of the malignant and {false:.1%} of "
            "the benign ones fell into this band."
        )
        bands.append(band.model_copy(update={"meaning": meaning}))
    return points.model_copy(update={"bands": bands})


def threshold_at_sensitivity(
    malignancy: NDArray[np.float32], malignant: NDArray[np.bool_], sensitivity: float
) -> float:
    """Return the highest threshold with at least this sensitivity (``>=`` counts as positive)."""
    thresholds, scores = _thresholds(malignancy), np.sort(malignancy[malignant])
    caught = len(scores) - np.searchsorted(scores, thresholds)
    return float(thresholds[caught / len(scores) >= sensitivity].max())


def threshold_at_specificity(
    malignancy: NDArray[np.float32], malignant: NDArray[np.bool_], specificity: float
) -> float:
    """Return the lowest threshold with at least this specificity, at most 1."""
    thresholds, scores = _thresholds(malignancy), np.sort(malignancy[~malignant])
    passed = np.searchsorted(scores, thresholds)
    return float(thresholds[passed / len(scores) >= specificity].min(initial=1.0))


def _thresholds(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 0 and the middles between scores, 0 counted among them.

    Runtimes differ by a millionth, which a threshold that is itself an image's score would feel.
    """
    distinct = np.unique(np.append(scores, 0.0).astype(np.float64))
    return np.append(0.0, (distinct[:-1] + distinct[1:]) / 2)


def _limits(low: float, up: float) -> str:
    return f"{low:.1%} or more" if up > 1 else f"{low:.1%} to {up:.1%}"
