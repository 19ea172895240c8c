"""Everything that the report and the model card say, measured in one place."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import CODES
from datamodules.lesion_images import Images
from handlers.model_spec import OperatingPoints
from lightning_module.evaluation import Outputs, View, run_network
from lightning_module.graph import ScreeningGraph
from lightning_module.network import LesionNetwork
from lightning_module.operating_points import with_test_shares
from lightning_module.report.cases import Cases
from lightning_module.report.corruptions import CORRUPTIONS
from lightning_module.report.explanation import MapScore, moved, score_maps
from lightning_module.report.intervals import Floats
from lightning_module.report.measurement import Measurement, measure, measure_diagnosis
from lightning_module.report.photographs import Photographs, count_flagged, read_photographs
from lightning_module.report.subgroups import subgroups
from lightning_module.report.tta import VIEWS
from lightning_module.screening import Screening

#: Lesions that the activation map is tested on; the intervals say whether they are enough.
_EXPLAINED: Final = 100
_AKIEC: Final = CODES.index("akiec")


@dataclass(frozen=True)
class ReportOptions:
    """What is measured besides the plain figures; the network has to run again for each.

    Attributes:
        tta: Whether test-time augmentation is tried.
        corruptions: Whether corrupted test images are tried.
        explanation: Whether the activation map is tested by deletion and insertion.
        photographs: Folder of images that are no dermoscopy, to see how many are flagged.
    """

    tta: bool = True
    corruptions: bool = True
    explanation: bool = True
    photographs: Path | None = None

    def read_photographs(self) -> Tensor | None:
        """Read the photographs, ``uint8 [N, 3, 224, 224]``, if there are to be any.

        Raises:
            DatasetError: If there is no folder, or no readable image in it.
        """
        return None if self.photographs is None else read_photographs(self.photographs)


@dataclass(frozen=True)
class Findings:
    """What was measured, as ``metrics.json`` holds it.

    Attributes:
        split_sizes: Images and lesions of each split.
        operating_points: Fixed on validation; the bands tell what they held of the test images.
        overall: Validation and test; then test with test-time augmentation, if tried.
        thresholds: Test at the lower end of the Moderate band, the referral threshold, and the
            lower end of the High band.
        diagnoses: Test, one entry for each diagnosis.
        subgroups: Test, by what it is divided by.
        akiec: Test with actinic keratosis / Bowen's disease malignant, left out, and benign.
        corruptions: Test as it is and corrupted; empty if not tried.
        photographs: Images that are no dermoscopy, if there were any.
        explanation: Maps on malignant test images that are referred; empty if none is, or if not
            tried.
    """

    split_sizes: dict[str, int]
    operating_points: OperatingPoints
    overall: list[Measurement]
    thresholds: list[Measurement]
    diagnoses: list[Measurement]
    subgroups: dict[str, list[Measurement]]
    akiec: list[Measurement]
    corruptions: list[Measurement]
    photographs: Photographs | None
    explanation: dict[str, list[MapScore]]

    @property
    def test(self) -> Measurement:
        """The plain figures on test."""
        return self.overall[1]


@dataclass(frozen=True)
class Evaluation:
    """The findings with what they were computed from.

    Attributes:
        findings: What was measured.
        screening: What was fixed on validation.
        val: The validation split.
        test: The test split.
    """

    findings: Findings
    screening: Screening
    val: Cases
    test: Cases


def evaluate(
    network: LesionNetwork,
    datamodule: HAM10000DataModule,
    screening: Screening,
    val_outputs: Outputs,
    options: ReportOptions,
    photographs: Tensor | None,
) -> Evaluation:
    """Measure a network.

    Args:
        network: In evaluation mode.
        datamodule: Set up.
        screening: As :func:`~lightning_module.screening.fix_screening` gives it.
        val_outputs: As :func:`~lightning_module.screening.fix_screening` gives them.
        options: What is measured besides the plain figures.
        photographs: As :meth:`ReportOptions.read_photographs` gives them.
    """
    val = Cases.of(datamodule.split("val"), val_outputs, screening)
    rows = datamodule.split("test")

    def run(name: str, view: View | None = None) -> Cases:
        loader = datamodule.evaluation_loader(rows)
        return Cases.of(rows, run_network(network, loader, name, view), screening)

    test = run("test")
    weights = test.weights()
    overall = [
        measure("Validation", val, val.weights(), screening),
        plain := measure("Test", test, weights, screening),
    ]
    if options.tta:
        turned = enumerate(VIEWS[1:], 2)  # the first view is the image as it is
        views = [test, *(run(f"view {number} of {len(VIEWS)}", view) for number, view in turned)]
        overall.append(
            measure(f"Test, mean of {len(VIEWS)} views", _mean(views, test), weights, screening)
        )
    corrupted = [
        measure(name, run(name, view), weights, screening)
        for name, view in (CORRUPTIONS.items() if options.corruptions else ())
    ]
    findings = Findings(
        split_sizes=datamodule.split_sizes(),
        operating_points=with_test_shares(
            screening.operating_points, test.malignancy, test.malignant
        ),
        overall=overall,
        thresholds=_thresholds(test, weights, screening),
        diagnoses=[
            measure_diagnosis(label, test, weights, screening) for label in range(len(CODES))
        ],
        subgroups=_subgroups(test, weights, screening),
        akiec=_akiec(test, weights, screening),
        corruptions=[replace(plain, name="none"), *corrupted] if corrupted else [],
        photographs=_photographs(network, screening, photographs),
        explanation=(
            _explanation(network, datamodule, screening, test) if options.explanation else {}
        ),
    )
    return Evaluation(findings, screening, val, test)


def _mean(views: list[Cases], like: Cases) -> Cases:
    probabilities = np.mean([view.probabilities for view in views], axis=0)
    scores = np.mean([view.malignancy for view in views], axis=0)
    return replace(like, probabilities=probabilities, malignancy=scores)


def _thresholds(test: Cases, weights: Floats, screening: Screening) -> list[Measurement]:
    points = screening.operating_points
    _, moderate, high = points.bands
    named = {
        "Moderate risk or more": moderate.lower,
        "Referral": points.refer_threshold,
        "High risk": high.lower,
    }
    return [
        measure(f"{name} (from {value:.1%})", test, weights, screening, value)
        for name, value in named.items()
    ]


def _subgroups(test: Cases, weights: Floats, screening: Screening) -> dict[str, list[Measurement]]:
    result: dict[str, list[Measurement]] = {}
    for family, name, chosen in subgroups(test.rows):
        measured = measure(name, test.select(chosen), weights[:, chosen], screening)
        result.setdefault(family, []).append(measured)
    return result


def _akiec(test: Cases, weights: Floats, screening: Screening) -> list[Measurement]:
    others = test.labels != _AKIEC
    benign = replace(test, malignant=test.malignant & others)
    return [
        measure("counted as malignant", test, weights, screening),
        measure("left out", test.select(others), weights[:, others], screening),
        measure("counted as benign", benign, weights, screening),
    ]


def _photographs(
    network: LesionNetwork, screening: Screening, pixels: Tensor | None
) -> Photographs | None:
    if pixels is None:
        return None
    batches: list[Images] = [{"image": images} for images in torch.split(pixels, 32)]
    outputs = run_network(network, batches, "photographs")
    return count_flagged(screening.distance(outputs.early) > screening.distance_threshold)


def _explanation(
    network: LesionNetwork, datamodule: HAM10000DataModule, screening: Screening, test: Cases
) -> dict[str, list[MapScore]]:
    referred = test.malignancy >= screening.operating_points.refer_threshold
    rows = test.rows[referred & test.malignant].drop_duplicates("group")
    rows = rows.sample(min(len(rows), _EXPLAINED), random_state=0)
    if rows.empty:
        return {}
    graph = ScreeningGraph(network, screening.calibration, screening.distance).eval()
    pixels, lesions = _pixels(datamodule, rows), rows["group"].tolist()
    return {
        "Images as they are": score_maps(graph, pixels, lesions),
        "Images moved at random": score_maps(graph, moved(pixels), lesions),
    }


def _pixels(datamodule: HAM10000DataModule, rows: pd.DataFrame) -> Tensor:
    batches = [batch["image"] for batch in datamodule.evaluation_loader(rows)]
    return torch.cat(batches).permute(0, 2, 3, 1).contiguous()
