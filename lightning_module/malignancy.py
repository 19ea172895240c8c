"""What the seven diagnoses say of malignancy."""

import torch
from torch import Tensor

from datamodules.labels import DIAGNOSES, MALIGNANT_INDICES


def malignancy(probabilities: Tensor) -> Tensor:
    """Sum the malignant diagnoses: ``[N, 7]`` in ``[0, 1]`` to ``[N]`` in ``[0, 1]``."""
    return probabilities[:, list(MALIGNANT_INDICES)].sum(dim=1).clamp(0, 1)


def malignancy_log_odds(logits: Tensor) -> Tensor:
    """Turn logits ``[N, 7]`` of the diagnoses into the log-odds of malignancy, ``[N]``."""
    benign = [index for index in range(len(DIAGNOSES)) if index not in MALIGNANT_INDICES]
    return logits[:, list(MALIGNANT_INDICES)].logsumexp(1) - logits[:, benign].logsumexp(1)


def is_malignant(labels: Tensor) -> Tensor:
    """Tell which diagnoses, ``int64 [N]``, are malignant: ``bool [N]``."""
    return torch.isin(labels, torch.tensor(MALIGNANT_INDICES, device=labels.device))
