"""Colour constancy: what a lesion looks like should not depend on the lamp."""

from typing import Final

import torch
from torch import Tensor

_NORM: Final = 6
#: Keeps a channel that is black all over from being divided by nothing.
_DARKEST: Final = 1e-3


def shades_of_grey(images: Tensor) -> Tensor:
    """Divide each channel by the illumination's share in it.

    Shades of Grey (Finlayson & Trezzi, Color Imaging Conference 2004) with the Minkowski norm of
    order 6, which Barata et al. (IEEE J. Biomed. Health Inform. 19:1146, 2015) found best for
    dermoscopy. The image's overall brightness stays.

    Args:
        images: ``float32 [N, 3, H, W]`` in ``[0, 1]``.

    Returns:
        ``float32 [N, 3, H, W]``, at least 0; a pixel may exceed 1.
    """
    with torch.autocast(images.device.type, enabled=False):
        # Squared first, because torch has a fast path for the third power only.
        lamp = images.float().square().pow(_NORM / 2).mean(dim=(2, 3), keepdim=True).pow(1 / _NORM)
        lamp = lamp.clamp_min(_DARKEST)
        grey = lamp.square().mean(dim=1, keepdim=True).sqrt()
        return images * (grey / lamp)
