"""Whether a network bears bfloat16, in which processors may compute it twice as fast.

Some networks answer the same in it, others lose a hundredth of AUROC. What serves the network
computes its beginning in float32, up to the end of the first depthwise convolution: that one
magnifies small differences between neighbouring pixels, which bfloat16 rounds away.
"""

import copy
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from torch import Tensor, nn

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import MALIGNANT_INDICES
from lightning_module.evaluation import Outputs, run_network
from lightning_module.malignancy import malignancy
from lightning_module.network import LesionNetwork
from lightning_module.screening import Screening

#: What rounding may cost on validation.
MAX_AUROC_LOSS: Final = 0.002
MAX_BALANCED_ACCURACY_LOSS: Final = 0.01


def bears_bfloat16(
    network: LesionNetwork, datamodule: HAM10000DataModule, screening: Screening, exact: Outputs
) -> bool:
    """Tell whether the network may be served in bfloat16.

    Args:
        network: In evaluation mode, on the CPU.
        datamodule: Set up.
        screening: As :func:`~lightning_module.screening.fix_screening` gives it.
        exact: What the network says of the validation split in float32.
    """
    labels = datamodule.split("val")["label"].to_numpy()
    rounded = rounded_logits(network, datamodule)
    auroc, balanced = _accuracy(labels, screening.calibration(exact.logits))
    rounded_auroc, rounded_balanced = _accuracy(labels, screening.calibration(rounded))
    return (
        auroc - rounded_auroc < MAX_AUROC_LOSS
        and balanced - rounded_balanced < MAX_BALANCED_ACCURACY_LOSS
    )


def rounded_logits(network: LesionNetwork, datamodule: HAM10000DataModule) -> Tensor:
    """Run a network on the validation split as it is served in bfloat16: ``float32 [N, 7]``."""
    rounded = copy.deepcopy(network)
    rounded.fold_batch_norm()
    first_depthwise = cast(nn.Sequential, rounded.backbone[1].conv)
    for parent in (rounded.backbone, first_depthwise):
        parent[0] = _InFloat32(parent[0])
    loader = datamodule.evaluation_loader(datamodule.split("val"))
    with torch.autocast("cpu", torch.bfloat16):
        return run_network(rounded, loader, "validation in bfloat16").logits.float()


class _InFloat32(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            result: Tensor = self.module(x)
            return result


def _accuracy(labels: NDArray[np.int64], probabilities: Tensor) -> tuple[float, float]:
    return (
        float(roc_auc_score(np.isin(labels, MALIGNANT_INDICES), malignancy(probabilities))),
        float(balanced_accuracy_score(labels, probabilities.argmax(dim=1))),
    )
