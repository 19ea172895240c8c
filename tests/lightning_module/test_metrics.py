"""Metrics against scikit-learn's."""

import pytest
import torch
from sklearn import metrics as sklearn_metrics

from lightning_module.malignancy import is_malignant, malignancy
from lightning_module.metrics import ScreeningMetrics


@pytest.fixture
def logits_and_labels() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 7, (300,), generator=generator)
    logits = torch.randn(300, 7, generator=generator)
    logits[torch.arange(300), labels] += 1.5
    return logits, labels


def test_gathered_metrics_equal_scikit_learns(
    logits_and_labels: tuple[torch.Tensor, torch.Tensor],
) -> None:
    logits, labels = logits_and_labels
    gathered = ScreeningMetrics()
    for part in range(0, 300, 64):
        gathered.update(logits[part : part + 64], labels[part : part + 64])
    values = {name: float(value) for name, value in gathered.compute().items()}
    score = malignancy(logits.softmax(1)).numpy()
    target = is_malignant(labels).numpy()
    decided = score >= 0.5
    assert values == pytest.approx(
        {
            "auroc": sklearn_metrics.roc_auc_score(target, score),
            "average_precision": sklearn_metrics.average_precision_score(target, score),
            "sensitivity": sklearn_metrics.recall_score(target, decided),
            "specificity": sklearn_metrics.recall_score(target, decided, pos_label=0),
            "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(labels, logits.argmax(1)),
        },
        abs=1e-6,
    )


def test_reset_forgets(logits_and_labels: tuple[torch.Tensor, torch.Tensor]) -> None:
    logits, labels = logits_and_labels
    gathered = ScreeningMetrics()
    gathered.update(-logits, labels)
    gathered.reset()
    gathered.update(logits, labels)
    fresh = ScreeningMetrics()
    fresh.update(logits, labels)
    assert gathered.compute() == fresh.compute()
