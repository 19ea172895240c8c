"""All figures of a group of images, each with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from datamodules.labels import DIAGNOSES
from lightning_module.report import roc
from lightning_module.report.cases import Cases, balanced_decision, most_probable
from lightning_module.report.figures import (
    balanced_accuracy,
    brier_score,
    calibration_error,
    share,
)
from lightning_module.report.intervals import Estimate, Flags, Floats
from lightning_module.screening import Screening

#: Below so many lesions behind a figure, the reader is told.
FEW_LESIONS: Final = 20
#: The figures by their names in ``metrics.json``, with what a reader sees.
FIGURES: Final[dict[str, str]] = {
    "auroc": "AUROC",
    "partial_auroc": "Partial AUROC above 80% sensitivity (0 to 0.2)",
    "average_precision": "Average precision",
    "specificity_at_95_sensitivity": "Specificity at 95% sensitivity on these images",
    "sensitivity": "Sensitivity at the referral threshold",
    "specificity": "Specificity at the referral threshold",
    "ppv": "Positive predictive value there",
    "npv": "Negative predictive value there",
    "balanced_accuracy": "Balanced accuracy of seven diagnoses, most probable one",
    "balanced_accuracy_balanced": "Balanced accuracy of seven diagnoses, balanced decision",
    "brier": "Brier score",
    "ece": "Expected calibration error",
    "flagged": "Flagged as unlike the training images",
}


@dataclass(frozen=True)
class Measurement:
    """What was measured on a group of images.

    Attributes:
        name: The group, for a reader.
        images: Number of images; what the figures count.
        malignant_images: Number of malignant ones.
        lesions: Number of lesions.
        malignant_lesions: Number of malignant lesions.
        few: Whether fewer than :data:`FEW_LESIONS` lesions decide a figure.
        figures: By name; figures that are undefined for the group are absent.
    """

    name: str
    images: int
    malignant_images: int
    lesions: int
    malignant_lesions: int
    few: bool
    figures: dict[str, Estimate]

    def summary(self) -> dict[str, float]:
        """Return the values alone, to four digits, with the number of images."""
        rounded = {name: round(figure.value, 4) for name, figure in self.figures.items()}
        return {"images": self.images, **rounded}


def measure(
    name: str, cases: Cases, weights: Floats, screening: Screening, threshold: float | None = None
) -> Measurement:
    """Measure malignant against benign, the seven diagnoses, and the calibration.

    Args:
        name: The group, for a reader.
        cases: The images, ``N``.
        weights: As :func:`~lightning_module.report.intervals.lesion_weights` gives them,
            ``[1 + R, N]``.
        screening: With the referral threshold and the prior of the diagnoses.
        threshold: A threshold to use instead of the referral threshold.
    """
    if threshold is None:
        threshold = screening.operating_points.refer_threshold
    referred, malignant = cases.malignancy >= threshold, cases.malignant
    everything = np.ones(len(cases), dtype=bool)
    curves = roc.RocCurves.of(cases.malignancy, malignant, weights)
    values = {
        "auroc": roc.auroc(curves),
        "partial_auroc": roc.partial_auroc(curves, 0.8),
        "average_precision": roc.average_precision(curves),
        "specificity_at_95_sensitivity": roc.specificity_at_sensitivity(curves, 0.95),
        "sensitivity": share(referred, malignant, weights),
        "specificity": share(~referred, ~malignant, weights),
        "ppv": share(malignant, referred, weights),
        "npv": share(~malignant, ~referred, weights),
        "balanced_accuracy": balanced_accuracy(cases.labels, most_probable(cases), weights),
        "balanced_accuracy_balanced": balanced_accuracy(
            cases.labels, balanced_decision(cases, screening.prior), weights
        ),
        "brier": brier_score(cases.malignancy, malignant, weights),
        "ece": calibration_error(cases.malignancy, malignant, weights),
        "flagged": share(cases.flagged, everything, weights),
    }
    few = min(_lesions(cases, malignant), _lesions(cases, ~malignant)) < FEW_LESIONS
    return summarise(name, cases, values, few=few)


def measure_diagnosis(
    label: int, cases: Cases, weights: Floats, screening: Screening
) -> Measurement:
    """Measure how often a diagnosis is recognised, and how often it is referred."""
    these = cases.labels == label
    referred = cases.malignancy >= screening.operating_points.refer_threshold
    balanced = balanced_decision(cases, screening.prior)
    values = {
        "referred": share(referred, these, weights),
        "recognised": share(most_probable(cases) == cases.labels, these, weights),
        "recognised_balanced": share(balanced == cases.labels, these, weights),
    }
    few = cases.rows.loc[these, "lesion_id"].nunique() < FEW_LESIONS
    diagnosis = DIAGNOSES[label]
    name = f"{diagnosis.name} ({diagnosis.code})"
    return summarise(name, cases.select(these), values, few=few)


def summarise(name: str, cases: Cases, values: Mapping[str, Floats], *, few: bool) -> Measurement:
    """Turn figures under all weightings, each ``[1 + R]``, into a measurement."""
    estimates = {figure: Estimate.of(value) for figure, value in values.items()}
    return Measurement(
        name=name,
        images=len(cases),
        malignant_images=int(cases.malignant.sum()),
        lesions=_lesions(cases, np.ones(len(cases), dtype=bool)),
        malignant_lesions=_lesions(cases, cases.malignant),
        few=few,
        figures={figure: value for figure, value in estimates.items() if value is not None},
    )


def _lesions(cases: Cases, chosen: Flags) -> int:
    return int(cases.rows.loc[chosen, "lesion_id"].nunique())
