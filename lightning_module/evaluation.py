"""Runs a network over images and keeps what it says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from datamodules.lesion_images import Images
from lightning_module.network import LesionNetwork

#: Makes other images, ``uint8 [N, 3, 224, 224]``, of such images.
View = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Outputs:
    """What a network says of images.

    Attributes:
        early: Pooled early features, ``float32 [N, 32]``.
        logits: ``float32 [N, 7]``.
    """

    early: Tensor
    logits: Tensor


@torch.no_grad()
def run_network(
    network: LesionNetwork, loader: Iterable[Images], name: str, view: View | None = None
) -> Outputs:
    """Run a network in float32 over un-augmented batches, with a progress bar.

    Args:
        network: In evaluation mode, on the CPU.
        loader: Batches of ``uint8 [N, 3, 224, 224]``.
        name: Shown beside the progress bar.
        view: What to make of the images first.

    Returns:
        Early features and logits of all images, in order.
    """
    pooled, logits = [], []
    for batch in tqdm(loader, desc=name, unit="batch"):
        pixels = batch["image"] if view is None else view(batch["image"])
        images = pixels.float().div_(255).contiguous(memory_format=torch.channels_last)
        early = network.early_features(images)
        pooled.append(early.mean(dim=(2, 3)))
        logits.append(network.classify(network.late_features(early)))
    return Outputs(torch.cat(pooled), torch.cat(logits))
