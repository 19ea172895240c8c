"""Plots that compare groups: forest plots, confusion matrices, scores by diagnosis."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from datamodules.labels import CODES, DIAGNOSES
from handlers.model_spec import OperatingPoints
from lightning_module.report.cases import Cases, balanced_decision, most_probable
from lightning_module.report.intervals import Floats
from lightning_module.report.measurement import Measurement
from lightning_module.report.plot_style import BLUE, GREEN, GREY, INK, ORANGE, saved_figure

#: What a forest plot shows, with its title.
_FOREST: Final = {"auroc": "AUROC", "sensitivity": "Sensitivity", "specificity": "Specificity"}


def plot_forest(
    groups: Mapping[str, Sequence[Measurement]], reference: Measurement, path: Path
) -> None:
    """Draw figures of groups with their intervals, one line each.

    Args:
        groups: Measurements by what they are divided by.
        reference: What all are compared with, drawn as a line.
        path: File to write.
    """
    lines: list[Measurement | str] = []
    for family, measured in groups.items():
        lines += [family, *measured]
    with saved_figure(path, 9.6, 0.27 * len(lines) + 1.1) as figure:
        columns = figure.subplots(1, len(_FOREST), sharey=True)
        for axes, (name, title) in zip(columns, _FOREST.items(), strict=True):
            if name in reference.figures:
                axes.axvline(reference.figures[name].value, color=GREEN, lw=1.0)
            _forest_column(axes, lines, name)
            # No share exceeds 1, but its dot must fit.
            axes.set(title=title, xlim=(None, min(axes.get_xlim()[1], 1.02)))
            axes.tick_params(axis="y", length=0)
        columns[0].set_yticks(range(len(lines)), [_label(line) for line in lines])
        for tick, line in zip(columns[0].get_yticklabels(), lines, strict=True):
            tick.set_fontweight("bold" if isinstance(line, str) else "normal")
        columns[0].set_ylim(len(lines) - 0.4, -0.6)


def plot_confusion(test: Cases, prior: Floats, path: Path) -> None:
    """Draw the confusion matrices of the two ways to choose a diagnosis."""
    decisions = {
        "Most probable diagnosis": most_probable(test),
        "Balanced decision": balanced_decision(test, prior),
    }
    with saved_figure(path, 9.6, 4.9) as figure:
        for axes, (title, chosen) in zip(figure.subplots(1, 2), decisions.items(), strict=True):
            _confusion(axes, test.labels, chosen)
            axes.set(title=title, xlabel="chosen")
            axes.set_ylabel("true")


def plot_scores(test: Cases, points: OperatingPoints, path: Path) -> None:
    """Draw the probability of malignancy of every image, by diagnosis."""
    jitter = np.random.default_rng(0)
    with saved_figure(path, 9.6, 3.8) as figure:
        axes = figure.subplots()
        for index, diagnosis in enumerate(DIAGNOSES):
            scores = test.malignancy[test.labels == index]
            axes.scatter(
                scores.clip(1e-3),
                index + jitter.uniform(-0.32, 0.32, len(scores)),
                s=9,
                alpha=0.45,
                lw=0,
                color=ORANGE if diagnosis.malignant else BLUE,
            )
        axes.axvline(points.refer_threshold, color=INK, lw=1.0, ls="--")
        names = [f"{diagnosis.code}{' *' * diagnosis.malignant}" for diagnosis in DIAGNOSES]
        axes.set_yticks(range(len(DIAGNOSES)), names)
        axes.grid(axis="y", visible=False)
        axes.set(
            title="Scores by diagnosis (* malignant; dashed: referral threshold)",
            xlabel="probability of malignancy",
            xscale="log",
            ylim=(len(DIAGNOSES) - 0.5, -0.5),
        )


def _forest_column(axes: Axes, lines: Sequence[Measurement | str], name: str) -> None:
    for row, line in enumerate(lines):
        if isinstance(line, str) or name not in line.figures:
            continue
        figure = line.figures[name]
        colour = GREY if line.few else BLUE
        axes.plot([figure.low, figure.high], [row, row], color=colour, lw=1.6)
        axes.plot(figure.value, row, "o", color=colour, ms=5)


def _label(line: Measurement | str) -> str:
    if isinstance(line, str):
        return line
    return f"{line.name} ({line.malignant_lesions} of {line.lesions})"


def _confusion(axes: Axes, labels: NDArray[np.int64], chosen: NDArray[np.int64]) -> None:
    counts = confusion_matrix(labels, chosen, labels=range(len(CODES)))
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column,
            row,
            f"{shares[row, column]:.0%}\n{count}" if count else "",
            ha="center",
            va="center",
            fontsize=7.5,
            color="white" if shares[row, column] > 0.5 else INK,
        )
    axes.set_xticks(range(len(CODES)), CODES)
    axes.set_yticks(range(len(CODES)), CODES)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
