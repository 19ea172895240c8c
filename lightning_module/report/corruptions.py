"""What cameras and users do to images: views of the test images that should change little."""

from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as nn_functional
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from datamodules.preprocess import compress
from lightning_module.evaluation import View


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian.

    Args:
        images: ``uint8 [N, 3, H, W]``.
        sigma: Standard deviation in pixels of the network's input.
    """
    size = 2 * round(3 * sigma) + 1
    result: Tensor = functional.gaussian_blur(images, [size, size], [sigma, sigma])
    return result


def compressed(images: Tensor, quality: int) -> Tensor:
    """Send images ``uint8 [N, 3, H, W]`` through JPEG of a quality from 1 to 100."""
    pixels = images.permute(0, 2, 3, 1).numpy()
    compressed = [compress(np.ascontiguousarray(image), quality) for image in pixels]
    return torch.from_numpy(np.stack(compressed)).permute(0, 3, 1, 2)


def brightened(images: Tensor, factor: float) -> Tensor:
    """Multiply all pixels of images ``uint8 [N, 3, H, W]``, clipping what is too bright."""
    result: Tensor = functional.adjust_brightness(images, factor)
    return result


def rotated(images: Tensor, degrees: float) -> Tensor:
    """Turn images ``uint8 [N, 3, H, W]``; the corners are filled with a reflection."""
    margin = images.shape[-1] // 4
    padded = nn_functional.pad(images.float(), [margin] * 4, mode="reflect")
    turned = functional.rotate(padded, degrees, InterpolationMode.BILINEAR)
    result: Tensor = functional.center_crop(turned, list(images.shape[-2:]))
    return result.round().clamp(0, 255).to(torch.uint8)


#: By the name that a reader sees. Sizes are at the network's input of 224 x 224 pixels.
CORRUPTIONS: Final[dict[str, View]] = {
    "blur, sigma 1 pixel": partial(blurred, sigma=1.0),
    "blur, sigma 2 pixels": partial(blurred, sigma=2.0),
    "JPEG, quality 30": partial(compressed, quality=30),
    "JPEG, quality 10": partial(compressed, quality=10),
    "brightness -30%": partial(brightened, factor=0.7),
    "brightness +30%": partial(brightened, factor=1.3),
    "rotation by 15°": partial(rotated, degrees=15.0),
    "rotation by 45°": partial(rotated, degrees=45.0),
}
