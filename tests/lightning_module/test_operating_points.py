import numpy as np
import pytest
from sklearn.metrics import roc_curve

from lightning_module.operating_points import (
    HIGH_SPECIFICITY,
    LOW_SENSITIVITY,
    REFER_SENSITIVITY,
    fix_operating_points,
    threshold_at_sensitivity,
    threshold_at_specificity,
    with_test_shares,
)

Scores = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def scores() -> Scores:
    rng = np.random.default_rng(0)
    malignant = rng.random(2000) < 0.2
    logit = rng.normal(2.2 * malignant - 2, 1)
    return (1 / (1 + np.exp(-logit))).astype(np.float32), malignant


@pytest.mark.parametrize("wanted", [0.8, 0.95, 0.98, 1.0])
def test_threshold_is_the_highest_with_that_sensitivity(scores: Scores, wanted: float) -> None:
    score, malignant = scores
    threshold = threshold_at_sensitivity(score, malignant, wanted)
    positives = np.sort(score[malignant])[::-1]
    last = positives[int(np.ceil(wanted * len(positives) - 1e-9)) - 1]
    assert threshold < last
    # No other image lies between the two.
    _, sensitivities, thresholds = roc_curve(malignant, score, drop_intermediate=False)
    assert thresholds[np.argmax(sensitivities >= wanted)] == last
    assert not ((score >= threshold) & (score < last)).any()


def test_threshold_is_the_lowest_with_that_specificity(scores: Scores) -> None:
    score, malignant = scores
    threshold = threshold_at_specificity(score, malignant, 0.9)
    benign = score[~malignant]
    assert (benign < threshold).mean() >= 0.9
    below = score[score < threshold].max()
    assert (benign < below).mean() < 0.9


def test_rounding_changes_no_decision(scores: Scores) -> None:
    score, malignant = scores
    for threshold in (
        threshold_at_sensitivity(score, malignant, 0.95),
        threshold_at_specificity(score, malignant, 0.9),
    ):
        for shift in (-1e-6, 1e-6):
            np.testing.assert_array_equal(score + shift >= threshold, score >= threshold)


def test_the_lowest_score_may_be_malignant() -> None:
    score = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    malignant = np.array([True, False, False, True])
    assert threshold_at_sensitivity(score, malignant, 0.95) == pytest.approx(0.05)
    assert threshold_at_sensitivity(np.zeros(4, np.float32), malignant, 0.95) == 0


def test_bands_hold_what_they_promise(scores: Scores) -> None:
    score, malignant = scores
    points = fix_operating_points(score, malignant)
    levels = np.array([points.band(float(value)).level for value in score])
    assert (levels[malignant] != "Low").mean() >= LOW_SENSITIVITY
    assert (levels[~malignant] != "High").mean() >= HIGH_SPECIFICITY
    assert (score[malignant] >= points.refer_threshold).mean() >= REFER_SENSITIVITY


def test_the_meaning_of_a_band_is_told_by_other_images(scores: Scores) -> None:
    points = fix_operating_points(*scores)
    assert "%" in points.bands[0].meaning
    assert "images" not in points.bands[0].meaning
    score = np.array([0.001, 0.002, 0.9, 0.95, 0.003, 0.97])
    malignant = np.array([True, False, True, True, False, False])
    low, _, high = with_test_shares(points, score, malignant).bands
    assert "33.3% of the malignant and 66.7% of the benign" in low.meaning
    assert "66.7% of the malignant and 33.3% of the benign" in high.meaning
    assert low.lower == points.bands[0].lower
    assert with_test_shares(points, score, np.ones(6, bool)) == points


def test_a_specificity_that_is_reached_exactly_counts() -> None:
    score = np.linspace(0.05, 0.95, 10).astype(np.float32)
    score = np.append(score, np.float32(0.9))
    malignant = np.append(np.zeros(10, bool), True)
    threshold = threshold_at_specificity(score, malignant, 0.9)
    assert (score[:10] < threshold).mean() == 0.9


def test_bands_ascend_even_when_the_classes_separate() -> None:
    score = np.linspace(0, 1, 100).astype(np.float32)
    points = fix_operating_points(score, score > 0.5)
    lower = [band.lower for band in points.bands]
    assert lower == sorted(lower)
    assert [points.band(p).level for p in (0.0, 1.0)] == ["Low", "High"]
