"""Metrics of a screening network, gathered over an epoch."""

import torch
from torch import Tensor, nn
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    BinaryAUROC,
    BinaryAveragePrecision,
    BinaryRecall,
    BinarySpecificity,
    MulticlassAccuracy,
)

from datamodules.labels import DIAGNOSES, MALIGNANT_INDICES


def malignancy(probabilities: Tensor) -> Tensor:
    """Sum the malignant diagnoses: ``[N, 7]`` in ``[0, 1]`` to ``[N]`` in ``[0, 1]``."""
    return probabilities[:, list(MALIGNANT_INDICES)].sum(dim=1).clamp(0, 1)


def malignancy_log_odds(logits: Tensor) -> Tensor:
    """Turn logits ``[N, 7]`` of the diagnoses into the log-odds of malignancy, ``[N]``."""
    benign = [index for index in range(len(DIAGNOSES)) if index not in MALIGNANT_INDICES]
    return logits[:, list(MALIGNANT_INDICES)].logsumexp(1) - logits[:, benign].logsumexp(1)


def is_malignant(labels: Tensor) -> Tensor:
    """Map diagnoses ``int64 [N]`` to 1 for malignant and 0 for benign, ``int64 [N]``."""
    return torch.isin(labels, torch.tensor(MALIGNANT_INDICES, device=labels.device)).long()


class ScreeningMetrics(nn.Module):
    """Malignant-against-benign and seven-class metrics.

    ``auroc``, ``average_precision``, and ``sensitivity`` and ``specificity`` at a probability of
    0.5 are for malignant against benign; ``balanced_accuracy`` is the mean recall of the seven
    diagnoses.
    """

    def __init__(self) -> None:
        """Start with nothing gathered."""
        super().__init__()
        self.binary = MetricCollection(
            {
                "auroc": BinaryAUROC(),
                "average_precision": BinaryAveragePrecision(),
                "sensitivity": BinaryRecall(),
                "specificity": BinarySpecificity(),
            }
        )
        self.balanced_accuracy = MulticlassAccuracy(len(DIAGNOSES), average="macro")

    def update(self, logits: Tensor, labels: Tensor) -> None:
        """Gather a batch.

        Args:
            logits: ``[N, 7]``.
            labels: ``int64 [N]``, indices of diagnoses.
        """
        probabilities = logits.float().softmax(dim=1)
        self.binary.update(malignancy(probabilities), is_malignant(labels))
        self.balanced_accuracy.update(probabilities, labels)

    def compute(self) -> dict[str, Tensor]:
        """Return each metric over everything gathered, all in ``[0, 1]``."""
        return {**self.binary.compute(), "balanced_accuracy": self.balanced_accuracy.compute()}

    def reset(self) -> None:
        """Forget everything gathered."""
        self.binary.reset()
        self.balanced_accuracy.reset()
