"""Mirror images of what the network sees, and the mean of what it saw in them.

A convolution network does not answer the same to an image and to its mirror image; where it finds
evidence for a diagnosis is told better by both. NumPy only, for serving and evaluation alike.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Axes of ``[H, W]`` that each mirror image reverses.
_REVERSED: Final = ((0,), (1,), (0, 1))


def mirror_images(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Mirror an image upside down, left to right, and both.

    Args:
        pixels: ``uint8 [H, W, 3]``.

    Returns:
        Three of the same shape.
    """
    return [np.ascontiguousarray(np.flip(pixels, axes)) for axes in _REVERSED]


def mean_map(
    own: NDArray[np.float32], mirrored: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Average maps over an image and its mirror images.

    Args:
        own: The image's own map, ``float32 [H, W]``.
        mirrored: The maps of its :func:`mirror_images`, in their order.

    Returns:
        ``float32 [H, W]``, as the image itself lies.
    """
    back = [np.flip(seen, axes) for seen, axes in zip(mirrored, _REVERSED, strict=True)]
    mean: NDArray[np.float32] = np.mean([own, *back], axis=0, dtype=np.float32)
    return mean
