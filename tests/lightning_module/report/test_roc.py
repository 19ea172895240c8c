"""Figures read off ROC curves, against scikit-learn's, for several weightings at once."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from lightning_module.report import roc


@pytest.fixture(params=[0, 1, 2])
def row(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def scores() -> NDArray[np.float64]:
    # Two digits: many scores are equal.
    return np.random.default_rng(0).beta(1, 3, 300).round(2)


@pytest.fixture
def positive(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.random.default_rng(1).random(300) < scores**0.7


@pytest.fixture
def weights() -> NDArray[np.float64]:
    drawn = np.random.default_rng(2).integers(0, 4, (2, 300)).astype(float)
    return np.vstack([np.ones(300), drawn])


def test_auroc(scores, positive, weights, row) -> None:  # noqa: ANN001
    expected = metrics.roc_auc_score(positive, scores, sample_weight=weights[row])
    curves = roc.RocCurves.of(scores, positive, weights)
    assert roc.auroc(curves)[row] == pytest.approx(expected)


def test_average_precision(scores, positive, weights, row) -> None:  # noqa: ANN001
    expected = metrics.average_precision_score(positive, scores, sample_weight=weights[row])
    curves = roc.RocCurves.of(scores, positive, weights)
    assert roc.average_precision(curves)[row] == pytest.approx(expected)


def test_partial_auroc_is_the_isic_2024_score(scores, positive, weights, row) -> None:  # noqa: ANN001
    """The challenge's own code: flip the question, and undo scikit-learn's scaling."""
    scaled = metrics.roc_auc_score(~positive, 1 - scores, max_fpr=0.2, sample_weight=weights[row])
    expected = 0.5 * 0.2**2 + (0.2 - 0.5 * 0.2**2) / (1.0 - 0.5) * (scaled - 0.5)
    curves = roc.RocCurves.of(scores, positive, weights)
    assert roc.partial_auroc(curves, 0.8)[row] == pytest.approx(expected)


def test_specificity_at_sensitivity(scores, positive, weights, row) -> None:  # noqa: ANN001
    false_rate, true_rate, _ = metrics.roc_curve(
        positive, scores, sample_weight=weights[row], drop_intermediate=False
    )
    expected = 1 - false_rate[true_rate >= 0.95].min()
    curves = roc.RocCurves.of(scores, positive, weights)
    assert roc.specificity_at_sensitivity(curves, 0.95)[row] == pytest.approx(expected)


@pytest.mark.parametrize("everything", [True, False])
def test_one_class_alone_has_no_curve(everything: bool) -> None:
    scores, weights = np.array([0.1, 0.2, 0.3]), np.ones((2, 3))
    curves = roc.RocCurves.of(scores, np.full(3, everything), weights)
    assert np.isnan(roc.auroc(curves)).all()
    assert np.isnan(roc.specificity_at_sensitivity(curves, 0.95)).all()
