"""Runs a network over a split and measures how well its calibrated probabilities do."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_average_precision,
    binary_calibration_error,
    binary_recall,
    binary_specificity,
    multiclass_accuracy,
)
from tqdm import tqdm

from datamodules.ham10000 import Batch
from datamodules.labels import DIAGNOSES
from lightning_module.metrics import is_malignant, malignancy
from lightning_module.network import LesionNetwork

_CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Outputs:
    """What a network says of a split.

    Attributes:
        features: Pooled penultimate features, ``float32 [N, 1280]``.
        logits: ``float32 [N, 7]``.
        labels: ``int64 [N]``.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor


@torch.no_grad()
def run_network(network: LesionNetwork, loader: Iterable[Batch], name: str) -> Outputs:
    """Run a network in float32 over un-augmented batches, with a progress bar.

    Args:
        network: In evaluation mode.
        loader: Batches with ``image`` (``uint8 [N, 3, 224, 224]``) and ``label``.
        name: Shown beside the progress bar.

    Returns:
        Features, logits and labels of all images, in order.
    """
    features, labels = [], []
    for batch in tqdm(loader, desc=name, unit="batch"):
        images = batch["image"].float().div_(255).contiguous(memory_format=torch.channels_last)
        features.append(network.features(images).mean(dim=(2, 3)))
        labels.append(batch["label"])
    pooled = torch.cat(features)
    return Outputs(pooled, network.head(pooled), torch.cat(labels))


def figures(probabilities: Tensor, labels: Tensor, refer_threshold: float) -> dict[str, float]:
    """Measure calibrated probabilities.

    Args:
        probabilities: ``float32 [N, 7]``.
        labels: ``int64 [N]``.
        refer_threshold: Probability of malignancy from which on a lesion counts as referred.

    Returns:
        ``images``; for malignant against benign ``auroc``, ``average_precision``,
        ``sensitivity`` and ``specificity`` at the threshold, ``ece`` (expected calibration error,
        15 equal bins, Guo et al. 2017, arXiv:1706.04599) and ``brier``; and
        ``balanced_accuracy``, the mean recall of the seven diagnoses.
    """
    score, target = malignancy(probabilities), is_malignant(labels)
    referred = (score >= refer_threshold).long()
    values = {
        "auroc": binary_auroc(score, target),
        "average_precision": binary_average_precision(score, target),
        "sensitivity": binary_recall(referred, target),
        "specificity": binary_specificity(referred, target),
        "balanced_accuracy": multiclass_accuracy(
            probabilities, labels, num_classes=len(DIAGNOSES), average="macro"
        ),
        "ece": binary_calibration_error(score, target, n_bins=_CALIBRATION_BINS, norm="l1"),
        "brier": (score - target).square().mean(),
    }
    return {"images": len(labels), **{name: round(float(v), 4) for name, v in values.items()}}
