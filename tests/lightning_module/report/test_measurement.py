"""Every figure by its name, against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import metrics

from datamodules.labels import CODES, MALIGNANT_INDICES
from handlers.model_spec import OperatingPoints
from lightning_module.calibration import Calibration
from lightning_module.distance import Distance
from lightning_module.operating_points import fix_operating_points
from lightning_module.report.cases import Cases, balanced_decision, most_probable
from lightning_module.report.curve_plots import net_benefit
from lightning_module.report.measurement import measure
from lightning_module.screening import Screening


@pytest.fixture
def cases() -> Cases:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 7, 400)
    logits = rng.normal(0, 1, (400, 7))
    logits[np.arange(400), labels] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    lesions = [f"lesion {number // 2}" for number in range(400)]
    return Cases(
        rows=pd.DataFrame({"lesion_id": lesions, "group": lesions}),
        labels=labels,
        malignant=np.isin(labels, MALIGNANT_INDICES),
        probabilities=probabilities,
        malignancy=probabilities[:, list(MALIGNANT_INDICES)].sum(axis=1),
        flagged=rng.random(400) < 0.05,
    )


@pytest.fixture
def screening(cases: Cases) -> Screening:
    points: OperatingPoints = fix_operating_points(
        cases.malignancy.astype(np.float32), cases.malignant
    )
    return Screening(
        Calibration(1.0, torch.zeros(7)),
        Distance(torch.zeros(1), torch.ones(1, 1)),
        1.0,
        points,
        np.bincount(cases.labels, minlength=7) / len(cases),
    )


def test_figures_are_what_their_names_say(cases: Cases, screening: Screening) -> None:
    measured = measure("all", cases, cases.weights(), screening)
    truth, score = cases.malignant, cases.malignancy
    referred = score >= screening.operating_points.refer_threshold
    balanced = [
        max(range(7), key=lambda k: row[k] / screening.prior[k]) for row in cases.probabilities
    ]
    false_rates, true_rates, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    expected = {
        "auroc": metrics.roc_auc_score(truth, score),
        "average_precision": metrics.average_precision_score(truth, score),
        "specificity_at_95_sensitivity": 1 - false_rates[np.argmax(true_rates >= 0.95)],
        "sensitivity": metrics.recall_score(truth, referred),
        "specificity": metrics.recall_score(~truth, ~referred),
        "ppv": metrics.precision_score(truth, referred),
        "npv": metrics.precision_score(~truth, ~referred),
        "balanced_accuracy": metrics.balanced_accuracy_score(
            cases.labels, cases.probabilities.argmax(axis=1)
        ),
        "balanced_accuracy_balanced": metrics.balanced_accuracy_score(cases.labels, balanced),
        "brier": metrics.brier_score_loss(truth, score),
        "flagged": cases.flagged.mean(),
    }
    values = {name: figure.value for name, figure in measured.figures.items()}
    assert expected.keys() | {"partial_auroc", "ece"} == values.keys()
    for name, value in expected.items():
        assert values[name] == pytest.approx(value), name


def test_a_diagnosis_that_validation_lacks_is_never_the_balanced_decision(cases: Cases) -> None:
    prior = np.full(7, 1 / 6)
    prior[CODES.index("nv")] = 0
    chosen = balanced_decision(cases, prior)
    assert CODES.index("nv") not in chosen
    assert CODES.index("nv") in most_probable(cases)


def test_net_benefit_counts_what_is_found_against_false_alarms(cases: Cases) -> None:
    thresholds = np.array([0.05, 0.2, 0.5])
    twice = np.ones(len(cases))
    twice[:100] = 2
    benefits = net_benefit(cases, np.stack([np.ones(len(cases)), twice]), thresholds)
    for row, count in zip(benefits, (np.ones(len(cases), int), twice.astype(int)), strict=True):
        truth, score = np.repeat(cases.malignant, count), np.repeat(cases.malignancy, count)
        for benefit, threshold in zip(row, thresholds, strict=True):
            _, false, _, found = metrics.confusion_matrix(truth, score >= threshold).ravel()
            expected = (found - false * threshold / (1 - threshold)) / len(truth)
            assert benefit == pytest.approx(expected)
