"""Plots of curves: ROC, precision and recall, reliability, decision, explanation."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from lightning_module.report.cases import Cases
from lightning_module.report.explanation import SHARES, MapScore
from lightning_module.report.figures import CALIBRATION_BINS, calibration_bins, divide
from lightning_module.report.findings import Evaluation
from lightning_module.report.intervals import CONFIDENCE, Floats
from lightning_module.report.plot_style import BLUE, GREEN, GREY, INK, ORANGE, PINK, saved_figure
from lightning_module.report.roc import RocCurves

#: Below so many images in a bin, its point is grey.
FEW_IMAGES: Final = 10
_GRID: Final = np.linspace(0, 1, 201)
#: Highest threshold of the decision curve: nobody would want more certainty before a referral.
_HIGHEST_DECISION: Final = 0.5


def plot_roc(evaluation: Evaluation, path: Path) -> None:
    """Draw ROC and precision-recall curves of validation and test with the operating points."""
    test = evaluation.test
    weights = test.weights()
    curves = RocCurves.of(test.malignancy, test.malignant, weights)
    val = RocCurves.of(
        evaluation.val.malignancy, evaluation.val.malignant, np.ones((1, len(evaluation.val)))
    )
    with saved_figure(path, 9.6, 4.6) as figure:
        roc, precision = figure.subplots(1, 2)
        band = [
            np.interp(_GRID, 1 - specificity, sensitivity)
            for specificity, sensitivity in zip(curves.specificity, curves.sensitivity, strict=True)
        ]
        _band(roc, _GRID, np.array(band[1:]))
        roc.plot(1 - val.specificity[0], val.sensitivity[0], color=GREY, lw=1.2, label="validation")
        roc.plot(1 - curves.specificity[0], curves.sensitivity[0], color=BLUE, label="test")
        roc.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=":")
        roc.set(title="ROC", xlabel="1 - specificity", ylabel="sensitivity")
        # At infinity nothing is positive, and there is no precision.
        precision.plot(val.sensitivity[0, 1:], val.precision[0, 1:], color=GREY, lw=1.2)
        precision.plot(curves.sensitivity[0, 1:], curves.precision[0, 1:], color=BLUE)
        precision.axhline(test.malignant.mean(), color=GREY, lw=0.8, ls=":")
        precision.set(title="Precision and recall", xlabel="sensitivity", ylabel="precision (PPV)")
        _mark_operating_points(evaluation, curves, roc, precision)
        roc.legend(loc="lower right")
        for axes in (roc, precision):
            axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")


def plot_reliability(test: Cases, path: Path) -> None:
    """Draw how often images are malignant that are given a probability."""
    weights = test.weights()
    bins = calibration_bins(test.malignancy)
    filled = [index for index in range(CALIBRATION_BINS) if (bins == index).any()]
    held = np.stack([(bins == index).astype(float) for index in filled])
    observed = divide(weights @ (held * test.malignant).T, weights @ held.T)
    predicted = (held @ test.malignancy) / held.sum(axis=1)
    low, high = _quantiles(observed[1:])
    with saved_figure(path, 5.0, 5.2) as figure:
        top, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
        top.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=":", label="perfectly calibrated")
        # A handful of images says little of how often such images are malignant.
        many = held.sum(axis=1) >= FEW_IMAGES
        for chosen, colour in ((many, BLUE), (~many, GREY)):
            spread = np.clip([observed[0] - low, high - observed[0]], 0, None)[:, chosen]
            style: dict[str, Any] = {"color": colour, "fmt": "o", "ms": 5, "elinewidth": 1.2}
            top.errorbar(predicted[chosen], observed[0, chosen], spread, **style)
        top.set(title="Reliability", ylabel="share that is malignant", ylim=(-0.02, 1.02))
        top.legend(loc="upper left")
        edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
        parts = [test.malignancy[~test.malignant], test.malignancy[test.malignant]]
        below.hist(
            parts, edges.tolist(), stacked=True, color=[GREY, ORANGE], label=["benign", "malignant"]
        )
        below.set(yscale="log", xlabel="predicted probability of malignancy", ylabel="images")
        below.legend(ncols=2)


def plot_decision(test: Cases, refer_threshold: float, path: Path) -> None:
    """Draw net benefit by the threshold (Vickers & Elkin, Med. Decis. Making 26:565, 2006)."""
    weights = test.weights()
    thresholds = np.linspace(0.005, _HIGHEST_DECISION, 100)
    benefit = net_benefit(test, weights, thresholds)
    prevalence = test.malignant.mean()
    everyone = prevalence - (1 - prevalence) * thresholds / (1 - thresholds)
    with saved_figure(path, 6.4, 4.2) as figure:
        axes = figure.subplots()
        _band(axes, thresholds, benefit[1:])
        axes.plot(thresholds, benefit[0], color=BLUE, label="refer by the network")
        axes.plot(thresholds, everyone, color=ORANGE, lw=1.2, ls="--", label="refer everyone")
        axes.axhline(0, color=INK, lw=1.0, ls=":", label="refer no one")
        axes.axvline(refer_threshold, color=GREEN, lw=1.0, label="referral threshold")
        axes.set(
            title="Decision curve",
            xlabel="probability of malignancy from which on a referral is worth it",
            ylabel="net benefit",
            xlim=(0, _HIGHEST_DECISION),
            ylim=(-0.25 * prevalence, 1.1 * prevalence),
        )
        axes.legend(loc="upper right")


def net_benefit(cases: Cases, weights: Floats, thresholds: Floats) -> Floats:
    """Weigh the malignant images that are referred against the benign ones.

    Args:
        cases: The images, ``N``.
        weights: ``[R, N]``.
        thresholds: ``[K]`` in ``(0, 1)``.

    Returns:
        ``[R, K]``, in malignant lesions found per image.
    """
    referred = (cases.malignancy >= thresholds[:, None]).astype(float)
    total = weights.sum(axis=1, keepdims=True)
    found = weights @ (referred * cases.malignant).T / total
    false = weights @ (referred * ~cases.malignant).T / total
    benefit: Floats = found - false * thresholds / (1 - thresholds)
    return benefit


def plot_explanation(maps: list[MapScore], path: Path) -> None:
    """Draw the deletion and insertion curves."""
    with saved_figure(path, 9.0, 3.6) as figure:
        deletion, insertion = figure.subplots(1, 2, sharey=True)
        for score, colour in zip(maps, (BLUE, GREY, PINK), strict=True):
            style: dict[str, Any] = {"color": colour, "marker": "o", "ms": 3.5, "label": score.name}
            deletion.plot(SHARES, score.deletion_curve, **style)
            insertion.plot(SHARES, score.insertion_curve, **style)
        deletion.set(
            title="Deletion: lower is better",
            xlabel="share of the image blurred out",
            ylabel="mean probability of malignancy",
            ylim=(0, None),
        )
        insertion.set(title="Insertion: higher is better", xlabel="share of the image brought back")
        insertion.legend(loc="lower right")


def _mark_operating_points(
    evaluation: Evaluation, curves: RocCurves, roc: Axes, precision: Axes
) -> None:
    points = evaluation.findings.operating_points
    _, moderate, high = points.bands
    marks = {
        "Moderate risk or more": (moderate.lower, PINK, "s"),
        "referral": (points.refer_threshold, GREEN, "o"),
        "High risk": (high.lower, ORANGE, "^"),
    }
    for label, (threshold, colour, marker) in marks.items():
        index = int((curves.thresholds >= threshold).sum()) - 1
        sensitivity = curves.sensitivity[0, index]
        style: dict[str, Any] = {
            "color": colour,
            "marker": marker,
            "ms": 8,
            "mec": "white",
            "ls": "",
        }
        roc.plot(1 - curves.specificity[0, index], sensitivity, label=label, **style)
        precision.plot(sensitivity, curves.precision[0, index], **style)


def _band(axes: Axes, x: Floats, drawings: Floats) -> None:
    low, high = _quantiles(drawings)
    axes.fill_between(x, low, high, color=BLUE, alpha=0.15, lw=0)


def _quantiles(drawings: Floats) -> Floats:
    tail = (1 - CONFIDENCE) / 2
    return np.asarray(np.nanquantile(drawings, [tail, 1 - tail], axis=0))
