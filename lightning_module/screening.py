"""What is fixed on validation data before anything else is measured, and never changed again."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datamodules.augment import Augmentation
from datamodules.errors import DatasetError
from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import CODES, MALIGNANT_INDICES
from handlers.model_spec import OperatingPoints
from lightning_module.calibration import Calibration, calibrate
from lightning_module.distance import Distance, acceptance_threshold, fit_distance
from lightning_module.evaluation import Outputs, run_network
from lightning_module.malignancy import malignancy
from lightning_module.network import LesionNetwork
from lightning_module.operating_points import fix_operating_points

#: Training images that the in-distribution score is fitted to; more change it little.
_DISTANCE_IMAGES: Final = 1500
_DISTANCE_BATCH: Final = 32
#: Dermoscopy as other cameras might take it, which the score must not take for something else. A
#: covered rectangle is nothing that a camera does.
_CAMERAS: Final = Augmentation(cutout_probability=0.0)


@dataclass(frozen=True)
class Screening:
    """What turns a network's outputs into what a person is told.

    Attributes:
        calibration: From logits to probabilities.
        distance: From pooled early features to the in-distribution score.
        distance_threshold: Images farther away than this are flagged.
        operating_points: Referral threshold and risk bands.
        prior: Share of each diagnosis among the validation images, ``float64 [7]``.
    """

    calibration: Calibration
    distance: Distance
    distance_threshold: float
    operating_points: OperatingPoints
    prior: NDArray[np.float64]


def fix_screening(
    network: LesionNetwork, class_weights: Tensor, datamodule: HAM10000DataModule
) -> tuple[Screening, Outputs]:
    """Calibrate and fix the thresholds on validation, and fit the distance to training images.

    Args:
        network: In evaluation mode.
        class_weights: Those of the loss that it learned from, ``float32 [7]``.
        datamodule: Set up.

    Returns:
        What was fixed, and what the network says of the validation split.

    Raises:
        DatasetError: If the validation split lacks malignant or benign images.
    """
    _require_both_classes(datamodule)
    rows = datamodule.split("train")
    rows = rows.sample(min(len(rows), _DISTANCE_IMAGES), random_state=0)
    # Of views that are drawn by the batch: the same ones whatever --data.batch_size is.
    loader = datamodule.evaluation_loader(rows, _DISTANCE_BATCH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        train = run_network(network, loader, "train sample", _other_cameras)
    rows = datamodule.split("val")
    labels = rows["label"].to_numpy()
    val = run_network(network, datamodule.evaluation_loader(rows), "validation")
    calibration = calibrate(val.logits, torch.tensor(labels), class_weights)
    distance = fit_distance(train.early)
    scores = malignancy(calibration(val.logits)).numpy()
    screening = Screening(
        calibration,
        distance,
        acceptance_threshold(distance(val.early)),
        fix_operating_points(scores, np.isin(labels, MALIGNANT_INDICES)),
        np.bincount(labels, minlength=len(CODES)) / len(labels),
    )
    return screening, val


def _require_both_classes(datamodule: HAM10000DataModule) -> None:
    malignant = datamodule.split("val")["label"].isin(MALIGNANT_INDICES)
    if malignant.all() or not malignant.any():
        absent = "benign" if malignant.all() else "malignant"
        raise DatasetError(
            f"The validation split of {datamodule.root} holds no {absent} image, so no threshold "
            "can be fixed. Take a data set with more of them, or another '--data.split_seed'."
        )


def _other_cameras(pixels: Tensor) -> Tensor:
    return _CAMERAS(pixels.float() / 255).mul(255).round().to(torch.uint8)
