"""Training-time augmentation, vectorised over the batch.

Strong in what differs between cameras (scale, sharpness, white balance, exposure) and free in
what carries no diagnosis (orientation). It works on a whole batch at once, on whatever device
the batch is.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from datamodules.preprocess import IMAGE_SIZE


@dataclass(frozen=True)
class Augmentation:
    """Random views of a batch of images.

    Attributes:
        scale: Range of the visible part's side relative to the image's; below 1 zooms in.
        aspect: Largest relative change of the aspect ratio.
        shift: Largest shift of the centre, relative to half the side.
        brightness: Largest relative change of brightness.
        contrast: Largest relative change of contrast.
        white_balance: Largest relative change of a single channel.
        coarsen_probability: Share of images sent through a lower resolution. In the copy of
            HAM10000 in which only the vascular lesions are smaller than the network's input,
            this keeps "blurred" from meaning "vascular".
        coarsest: Lowest such resolution, relative to the network's input, per axis.
    """

    scale: tuple[float, float] = (0.55, 1.05)
    aspect: float = 0.15
    shift: float = 0.15
    brightness: float = 0.25
    contrast: float = 0.25
    white_balance: float = 0.12
    coarsen_probability: float = 0.5
    coarsest: float = 0.4

    def __call__(self, images: Tensor) -> Tensor:
        """Draw one random view of each image, from torch's global random state.

        Args:
            images: ``float32 [N, 3, H, W]`` in ``[0, 1]``.

        Returns:
            ``float32 [N, 3, 224, 224]`` in ``[0, 1]``.
        """
        return self._recolour(self._coarsen(self._move(images)))

    def _move(self, images: Tensor) -> Tensor:
        """Flip, rotate by any angle, zoom, stretch and shift; reflect at the border."""
        count, device = len(images), images.device
        angle = _uniform(count, -math.pi, math.pi, device)
        scale = _uniform(count, *self.scale, device)
        stretch = _uniform(count, 1 - self.aspect, 1 + self.aspect, device).sqrt()
        flip = torch.randint(0, 2, (count,), device=device) * 2.0 - 1.0
        cos, sin = angle.cos(), angle.sin()
        shift = _uniform(2 * count, -self.shift, self.shift, device).view(count, 2)
        theta = torch.stack(
            [
                torch.stack([cos * scale * stretch * flip, -sin * scale / stretch, shift[:, 0]], 1),
                torch.stack([sin * scale * stretch * flip, cos * scale / stretch, shift[:, 1]], 1),
            ],
            dim=1,
        )
        grid = functional.affine_grid(
            theta, [count, 3, IMAGE_SIZE, IMAGE_SIZE], align_corners=False
        )
        return functional.grid_sample(
            images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )

    def _coarsen(self, images: Tensor) -> Tensor:
        """Send some images down to a random resolution and up again."""
        chosen = (torch.rand(len(images)) < self.coarsen_probability).nonzero().flatten().tolist()
        for index in chosen:
            size = [
                round(IMAGE_SIZE * factor)
                for factor in _uniform(2, self.coarsest, 1.0, torch.device("cpu")).tolist()
            ]
            image = images[index : index + 1]
            low = functional.interpolate(image, size=size, mode="bilinear", antialias=True)
            images[index] = functional.interpolate(low, size=images.shape[-2:], mode="bilinear")[0]
        return images

    def _recolour(self, images: Tensor) -> Tensor:
        """Change contrast about the mean, brightness and white balance."""
        count, device = len(images), images.device
        contrast = _uniform(count, 1 - self.contrast, 1 + self.contrast, device)
        brightness = _uniform(count, 1 - self.brightness, 1 + self.brightness, device)
        balance = _uniform(3 * count, 1 - self.white_balance, 1 + self.white_balance, device)
        gain = brightness.view(count, 1, 1, 1) * balance.view(count, 3, 1, 1)
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        return torch.lerp(mean, images, contrast.view(count, 1, 1, 1)).mul_(gain).clamp_(0, 1)


def _uniform(count: int, low: float, high: float, device: torch.device) -> Tensor:
    return torch.empty(count, device=device).uniform_(low, high)
