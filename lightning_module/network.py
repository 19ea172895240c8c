"""MobileNetV2 with a linear head on global average pooling.

Nothing stands between the pooling and the linear layer but dropout, so the plain class-activation
map (Zhou et al., CVPR 2016, arXiv:1512.04150) is exact: no gradients are needed to draw it.
"""

from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

from datamodules.errors import first_line
from datamodules.labels import DIAGNOSES
from lightning_module.activation import LeanReLU6
from lightning_module.colour_constancy import shades_of_grey
from lightning_module.depthwise import StridedDepthwiseConv2d

FEATURE_CHANNELS = 1280
_EARLY_BLOCKS = 7


class WeightsError(RuntimeError):
    """Pretrained weights that can not be found, fetched, loaded or kept."""


class LesionNetwork(nn.Module):
    """MobileNetV2 (Sandler et al., CVPR 2018, arXiv:1801.04381) for the seven diagnoses."""

    mean: Tensor
    std: Tensor

    def __init__(self, dropout: float = 0.2, colour_constancy: bool = False) -> None:
        """Make a network with random weights.

        Args:
            dropout: Share of the pooled features dropped in training, in ``[0, 1)``.
            colour_constancy: Remove the illumination's colour from each image first.
        """
        super().__init__()
        self.backbone = _fast_backbone()
        self.colour_constancy = colour_constancy
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(FEATURE_CHANNELS, len(DIAGNOSES))
        # Every set of torchvision weights for MobileNetV2 was trained with this normalisation.
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def features(self, images: Tensor) -> Tensor:
        """Compute the last feature map.

        Args:
            images: ``float32 [N, 3, H, W]``, RGB in ``[0, 1]``; H and W are multiples of 32.

        Returns:
            ``[N, 1280, H / 32, W / 32]``.
        """
        return self.late_features(self.early_features(images))

    def early_features(self, images: Tensor) -> Tensor:
        """Compute a feature map that tells more of textures and colours than of diagnoses.

        Args:
            images: As :meth:`features` takes them.

        Returns:
            ``[N, 32, H / 8, W / 8]``.
        """
        if self.colour_constancy:
            images = shades_of_grey(images)
        result: Tensor = self.backbone[:_EARLY_BLOCKS]((images - self.mean) / self.std)
        return result

    def late_features(self, early: Tensor) -> Tensor:
        """Go on from :meth:`early_features` to the last feature map."""
        result: Tensor = self.backbone[_EARLY_BLOCKS:](early)
        return result

    def classify(self, features: Tensor) -> Tensor:
        """Turn a feature map ``[N, 1280, H, W]`` into logits ``[N, 7]``."""
        result: Tensor = self.head(self.dropout(features.mean(dim=(2, 3))))
        return result

    def forward(self, images: Tensor) -> Tensor:
        """Turn images, as :meth:`features` takes them, into logits ``[N, 7]``."""
        return self.classify(self.features(images))

    def fold_batch_norm(self) -> None:
        """Make each batch normalisation part of the convolution before it.

        The answers stay the same up to rounding, and cost less; such a network can not be trained.

        Raises:
            AssertionError: In training mode.
        """
        for parent in list(self.backbone.modules()):
            children = list(parent.named_children())
            for (name, module), (next_name, following) in pairwise(children):
                if isinstance(module, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
                    parent.add_module(name, fuse_conv_bn_eval(module, following))
                    parent.add_module(next_name, nn.Identity())

    def load_pretrained(self, weights: str) -> None:
        """Start the backbone from weights trained on ImageNet.

        Args:
            weights: ``DEFAULT`` for torchvision's own (fetched once, then cached), the path of a
                ``torchvision.models.mobilenet_v2`` state dict, or ``none`` for random weights.

        Raises:
            WeightsError: If they can not be found, fetched or loaded.
        """
        if weights == "none":
            return
        state = _default_weights() if weights == "DEFAULT" else _weights_file(Path(weights))
        try:
            backbone = {
                name.removeprefix("features."): value
                for name, value in state.items()
                if name.startswith("features.")
            }
            self.backbone.load_state_dict(backbone)
        except (AttributeError, RuntimeError) as error:
            raise WeightsError(
                f"{weights} is not a state dict of torchvision's mobilenet_v2: {first_line(error)}"
            ) from error


def _fast_backbone() -> nn.Sequential:
    backbone: nn.Sequential = mobilenet_v2().features
    for parent in list(backbone.modules()):
        for name, module in parent.named_children():
            if StridedDepthwiseConv2d.replaces(module):
                parent.add_module(name, StridedDepthwiseConv2d.from_conv(cast(nn.Conv2d, module)))
            elif isinstance(module, nn.ReLU6):
                parent.add_module(name, LeanReLU6())
    return backbone


def _default_weights() -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = MobileNet_V2_Weights.DEFAULT.get_state_dict(
            progress=True, check_hash=True
        )
    except Exception as error:  # a download cut short shows as any of torch's or pickle's errors
        raise WeightsError(
            f"torchvision's ImageNet weights can not be fetched ({first_line(error)}). Check the "
            f"connection, remove what is damaged from {torch.hub.get_dir()}/checkpoints, or name a "
            "file with --model.weights PATH, or train from scratch with --model.weights none."
        ) from error
    return state


def _weights_file(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsError(
            f"No weights at {path.resolve()}; --model.weights takes the path of a file, DEFAULT "
            "or none."
        )
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file shows as any of torch's, pickle's or zip's errors
        raise WeightsError(
            f"{path} can not be loaded as a state dict: {first_line(error)}"
        ) from error
    return state
