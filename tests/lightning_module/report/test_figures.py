"""Figures of decisions and probabilities, against scikit-learn's and torchmetrics'."""

import numpy as np
import pytest
import torch
from sklearn import metrics
from torchmetrics.functional.classification import binary_calibration_error

from lightning_module.report.figures import (
    balanced_accuracy,
    brier_score,
    calibration_error,
    share,
)

SCORES = np.random.default_rng(0).beta(1, 2, 500)
POSITIVE = np.random.default_rng(1).random(500) < SCORES**0.8
DRAWN = np.random.default_rng(2).integers(0, 3, 500)
#: The images as they are, and a drawing.
WEIGHTS = np.vstack([np.ones(500), DRAWN])
#: The images that the second row of weights stands for.
REPEATED = np.repeat(np.arange(500), DRAWN)


def test_shares_are_sensitivity_specificity_and_predictive_values() -> None:
    referred = SCORES >= 0.3
    drawn_positive, drawn_referred = POSITIVE[REPEATED], referred[REPEATED]
    pairs = {
        "sensitivity": (share(referred, POSITIVE, WEIGHTS), metrics.recall_score, 1),
        "specificity": (share(~referred, ~POSITIVE, WEIGHTS), metrics.recall_score, 0),
        "ppv": (share(POSITIVE, referred, WEIGHTS), metrics.precision_score, 1),
        "npv": (share(~POSITIVE, ~referred, WEIGHTS), metrics.precision_score, 0),
    }
    for ours, theirs, label in pairs.values():
        assert ours[0] == pytest.approx(theirs(POSITIVE, referred, pos_label=label))
        assert ours[1] == pytest.approx(theirs(drawn_positive, drawn_referred, pos_label=label))


def test_brier_score() -> None:
    ours = brier_score(SCORES, POSITIVE, WEIGHTS)
    assert ours[0] == pytest.approx(metrics.brier_score_loss(POSITIVE, SCORES))
    expected = metrics.brier_score_loss(POSITIVE[REPEATED], SCORES[REPEATED])
    assert ours[1] == pytest.approx(expected)


def test_calibration_error() -> None:
    ours = calibration_error(SCORES, POSITIVE, WEIGHTS)
    for row, chosen in enumerate((np.arange(500), REPEATED)):
        expected = binary_calibration_error(
            torch.from_numpy(SCORES[chosen]), torch.from_numpy(POSITIVE[chosen]).long(), n_bins=15
        )
        assert ours[row] == pytest.approx(float(expected), abs=1e-6)


def test_balanced_accuracy_leaves_out_diagnoses_that_were_not_drawn() -> None:
    rng = np.random.default_rng(3)
    labels, chosen = rng.integers(0, 5, 500), rng.integers(0, 7, 500)
    weights = np.vstack([WEIGHTS, labels != 2])
    ours = balanced_accuracy(labels, chosen, weights)
    drawings = (np.arange(500), REPEATED, np.flatnonzero(labels != 2))
    for row, drawn in enumerate(drawings):
        # scikit-learn warns of choices that are no label of these images.
        recalls = metrics.recall_score(
            labels[drawn], chosen[drawn], labels=np.unique(labels[drawn]), average="macro"
        )
        assert ours[row] == pytest.approx(recalls)


def test_nothing_to_choose_from_is_undefined() -> None:
    assert np.isnan(share(POSITIVE, np.zeros(500, dtype=bool), WEIGHTS)).all()
