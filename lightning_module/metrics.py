"""Metrics of a screening network, gathered over an epoch."""

from torch import Tensor, nn
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    BinaryAUROC,
    BinaryAveragePrecision,
    BinaryRecall,
    BinarySpecificity,
    MulticlassAccuracy,
)

from datamodules.labels import DIAGNOSES
from lightning_module.malignancy import is_malignant, malignancy


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
        self.binary.update(malignancy(probabilities), is_malignant(labels).long())
        self.balanced_accuracy.update(probabilities, labels)

    def compute(self) -> dict[str, Tensor]:
        """Return each metric over everything gathered, all in ``[0, 1]``."""
        return {**self.binary.compute(), "balanced_accuracy": self.balanced_accuracy.compute()}

    def reset(self) -> None:
        """Forget everything gathered."""
        self.binary.reset()
        self.balanced_accuracy.reset()
