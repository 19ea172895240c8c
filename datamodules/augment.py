"""Training-time augmentation, vectorised over the batch.

Strong in what differs between cameras (scale, sharpness, colour, exposure, a dark surround) and
free in what carries no diagnosis (orientation). It works on a whole batch at once, on whatever
device the batch is.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from datamodules.preprocess import IMAGE_SIZE, compress

#: Weights of red, green and blue in the luminance (ITU-R BT.601).
_LUMINANCE = (0.299, 0.587, 0.114)


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
        saturation: Largest relative change of saturation.
        gamma: Largest change of the logarithm of the exponent that pixels are raised to.
        coarsen_probability: Share of images sent through a lower resolution. In the copy of
            HAM10000 in which only the vascular lesions are smaller than the network's input,
            this keeps "blurred" from meaning "vascular".
        coarsest: Lowest such resolution, relative to the view's, per axis.
        vignette_probability: Share of images that get a dark surround, as lenses leave one.
        jpeg_probability: Share of images that are compressed. In a copy of HAM10000 that was
            compressed at the network's own size, as in ours, networks lean on the traces of it.
        jpeg_quality: Range of the quality, in 1 to 100.
        cutout_probability: Share of images that lose a rectangle to a random grey.
        cutout: Longest side of that rectangle, relative to the image's.
    """

    scale: tuple[float, float] = (0.5, 1.15)
    aspect: float = 0.15
    shift: float = 0.15
    brightness: float = 0.25
    contrast: float = 0.3
    white_balance: float = 0.12
    saturation: float = 0.3
    gamma: float = 0.2
    coarsen_probability: float = 0.5
    coarsest: float = 0.4
    vignette_probability: float = 0.15
    jpeg_probability: float = 0.25
    jpeg_quality: tuple[int, int] = (40, 95)
    cutout_probability: float = 0.3
    cutout: float = 0.4

    def __call__(self, images: Tensor, size: int = IMAGE_SIZE) -> Tensor:
        """Draw one random view of each image, from torch's global random state.

        Args:
            images: ``float32 [N, 3, H, W]`` in ``[0, 1]``.
            size: Side of the views in pixels.

        Returns:
            ``float32 [N, 3, size, size]`` in ``[0, 1]``.
        """
        views = self._recolour(self._coarsen(self._move(images, size)))
        return self._cut_out(self._compress(self._vignette(views)))

    def _move(self, images: Tensor, size: int) -> Tensor:
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
        grid = _grid(theta, size)
        return functional.grid_sample(
            images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )

    def _coarsen(self, images: Tensor) -> Tensor:
        """Send some images down to a random resolution and up again."""
        side = images.shape[-1]
        for index in _chosen(len(images), self.coarsen_probability):
            low_size = [
                round(side * factor)
                for factor in _uniform(2, self.coarsest, 1.0, torch.device("cpu")).tolist()
            ]
            image = images[index : index + 1]
            low = functional.interpolate(image, size=low_size, mode="bilinear", antialias=True)
            images[index] = functional.interpolate(low, size=images.shape[-2:], mode="bilinear")[0]
        return images

    def _recolour(self, images: Tensor) -> Tensor:
        """Change gamma, saturation, white balance, brightness and contrast about the mean."""
        count, device = len(images), images.device
        gamma = _uniform(count, -self.gamma, self.gamma, device).exp()
        saturation = _uniform(count, 1 - self.saturation, 1 + self.saturation, device)
        contrast = _uniform(count, 1 - self.contrast, 1 + self.contrast, device)
        brightness = _uniform(count, 1 - self.brightness, 1 + self.brightness, device)
        balance = _uniform(3 * count, 1 - self.white_balance, 1 + self.white_balance, device)
        grey = torch.tensor(_LUMINANCE, device=device).expand(3, 3)
        colours = torch.lerp(grey, torch.eye(3, device=device), saturation.view(count, 1, 1))
        colours = colours * (brightness.view(count, 1) * balance.view(count, 3)).unsqueeze(2)
        # Interpolation may leave the range by a rounding error, and gamma makes NaN of that.
        # In logarithms, a power takes half the time.
        images = images.clamp_(0, 1).log2_().mul_(gamma.view(count, 1, 1, 1)).exp2_()
        # Contrast about the mean of the recoloured image, in the same pass over the pixels.
        mean = (colours @ images.mean(dim=(2, 3)).unsqueeze(2)).mean(dim=1, keepdim=True)
        contrast = contrast.view(count, 1, 1)
        changed = torch.baddbmm((1 - contrast) * mean, contrast * colours, images.flatten(2))
        return changed.view_as(images).clamp_(0, 1)

    def _vignette(self, images: Tensor) -> Tensor:
        """Darken some images outside a circle."""
        side = images.shape[-1]
        for index in _chosen(len(images), self.vignette_probability):
            x, y, radius, softness = torch.rand(4).tolist()
            distance = torch.hypot(
                _axis(side, images).view(1, side) - 0.2 * (x - 0.5),
                _axis(side, images).view(side, 1) - 0.2 * (y - 0.5),
            )
            edge, width = 0.85 + 0.45 * radius, 0.02 + 0.3 * softness
            images[index] *= ((edge - distance) / width + 0.5).clamp_(0, 1)
        return images

    def _compress(self, images: Tensor) -> Tensor:
        """Send some images through JPEG."""
        low, high = self.jpeg_quality
        chosen = _chosen(len(images), self.jpeg_probability)
        if chosen:
            qualities = torch.randint(low, high + 1, (len(chosen),)).tolist()
            scaled = images[chosen].permute(0, 2, 3, 1).mul_(255).round_()
            pixels = scaled.to("cpu", torch.uint8, memory_format=torch.contiguous_format).numpy()
            compressed = np.stack(list(map(compress, pixels, qualities)))
            images[chosen] = torch.from_numpy(compressed).permute(0, 3, 1, 2).to(images).div_(255)
        return images

    def _cut_out(self, images: Tensor) -> Tensor:
        """Cover a rectangle of some images (DeVries & Taylor 2017, arXiv:1708.04552)."""
        side = images.shape[-1]
        for index in _chosen(len(images), self.cutout_probability):
            x, y, width, height, grey = torch.rand(5).tolist()
            columns, rows = (round(side * self.cutout * part) for part in (width, height))
            left, top = round(x * (side - columns)), round(y * (side - rows))
            images[index, :, top : top + rows, left : left + columns] = grey
        return images


def _uniform(count: int, low: float, high: float, device: torch.device) -> Tensor:
    return torch.empty(count, device=device).uniform_(low, high)


def _chosen(count: int, probability: float) -> list[int]:
    chosen: list[int] = (torch.rand(count) < probability).nonzero().flatten().tolist()
    return chosen


def _grid(theta: Tensor, size: int) -> Tensor:
    """Do what ``functional.affine_grid`` does, in a fraction of its time."""
    axis = _axis(size, theta).view(1, size, 1)
    rows = theta[:, None, :, 1] * axis + theta[:, None, :, 2]
    columns = theta[:, None, :, 0] * axis
    # A place in the plane as one complex number: sums of pairs take five times as long.
    plane = torch.view_as_complex(rows)[:, :, None] + torch.view_as_complex(columns)[:, None]
    return torch.view_as_real(plane)


def _axis(side: int, like: Tensor) -> Tensor:
    """Return the pixel centres along an axis, in ``(-1, 1)``."""
    return (2 * torch.arange(side, device=like.device, dtype=like.dtype) + 1) / side - 1
