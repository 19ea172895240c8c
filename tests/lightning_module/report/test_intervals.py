"""The lesion bootstrap against scipy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from lightning_module.report.figures import share
from lightning_module.report.intervals import Estimate, lesion_weights


def test_weights_start_with_the_images_as_they_are() -> None:
    weights = lesion_weights(["b", "a", "b"], resamples=50)
    assert weights.shape == (51, 3)
    assert (weights[0] == 1).all()


def test_a_lesion_is_drawn_with_all_its_images() -> None:
    weights = lesion_weights(["b", "a", "b", "c"], resamples=200)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights[:, 0])) > 2


def test_interval_is_scipys_bootstrap_over_lesions() -> None:
    rng = np.random.default_rng(1)
    lesions = np.sort(rng.integers(0, 150, 400))
    # Images of a lesion are mostly right or wrong together.
    right = (rng.random(150)[lesions] + 0.2 * rng.random(400)) < 0.8
    everything = np.ones(400, dtype=bool)
    weights = lesion_weights([f"L{lesion}" for lesion in lesions], resamples=4000)
    ours = Estimate.of(share(right, everything, weights))
    assert ours is not None
    assert ours.value == pytest.approx(right.mean())

    names = np.unique(lesions)
    hits = np.array([right[lesions == name].sum() for name in names])
    sizes = np.array([(lesions == name).sum() for name in names])
    theirs = bootstrap(
        (hits, sizes),
        lambda hit, size, axis: hit.sum(axis=axis) / size.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)

    image_weights = lesion_weights([str(image) for image in range(400)], resamples=4000)
    by_image = Estimate.of(share(right, everything, image_weights))
    assert by_image is not None
    assert by_image.high - by_image.low < 0.85 * (ours.high - ours.low)


def test_undefined_figure_has_no_estimate() -> None:
    assert Estimate.of(np.array([np.nan, 0.5, 0.6])) is None


def test_drawings_without_a_figure_are_left_out() -> None:
    estimate = Estimate.of(np.array([0.5, np.nan, 0.4, 0.6]))
    assert estimate is not None
    assert 0.4 <= estimate.low < estimate.high <= 0.6
