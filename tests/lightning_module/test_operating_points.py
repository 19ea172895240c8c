import numpy as np
import pytest

from lightning_module.operating_points import (
    HIGH_SPECIFICITY,
    LOW_SENSITIVITY,
    REFER_SENSITIVITY,
    fix_operating_points,
    threshold_at_sensitivity,
    threshold_at_specificity,
)

Scores = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def scores() -> Scores:
    rng = np.random.default_rng(0)
    malignant = (rng.random(2000) < 0.2).astype(np.int64)
    logit = rng.normal(2.2 * malignant - 2, 1)
    return (1 / (1 + np.exp(-logit))).astype(np.float32), malignant


@pytest.mark.parametrize("wanted", [0.8, 0.95, 0.98, 1.0])
def test_threshold_is_the_highest_with_that_sensitivity(scores: Scores, wanted: float) -> None:
    score, malignant = scores
    threshold = threshold_at_sensitivity(score, malignant, wanted)
    positives = np.sort(score[malignant == 1])[::-1]
    assert threshold == positives[int(np.ceil(wanted * len(positives) - 1e-9)) - 1]


def test_threshold_is_the_lowest_with_that_specificity(scores: Scores) -> None:
    score, malignant = scores
    threshold = threshold_at_specificity(score, malignant, 0.9)
    benign = score[malignant == 0]
    assert (benign < threshold).mean() >= 0.9
    below = score[score < threshold].max()
    assert (benign < below).mean() < 0.9


def test_bands_hold_what_they_promise(scores: Scores) -> None:
    score, malignant = scores
    points = fix_operating_points(score, malignant)
    levels = np.array([points.band(float(value)).level for value in score])
    assert (levels[malignant == 1] != "Low").mean() >= LOW_SENSITIVITY
    assert (levels[malignant == 0] != "High").mean() >= HIGH_SPECIFICITY
    assert (score[malignant == 1] >= points.refer_threshold).mean() >= REFER_SENSITIVITY
    low_share = f"{(levels[malignant == 1] == 'Low').mean():.1%} of the malignant"
    assert low_share in points.bands[0].meaning


def test_bands_ascend_even_when_the_classes_separate() -> None:
    score = np.linspace(0, 1, 100).astype(np.float32)
    points = fix_operating_points(score, (score > 0.5).astype(np.int64))
    lower = [band.lower for band in points.bands]
    assert lower == sorted(lower)
    assert [points.band(p).level for p in (0.0, 1.0)] == ["Low", "High"]
