"""Draws an activation map as a picture that a client can lay over the image."""

import base64
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datamodules.preprocess import IMAGE_SIZE

#: Matplotlib's viridis (van der Walt and Smith, CC0) at 17 even steps from 0 to 1, sRGB.
_VIRIDIS: Final = bytes.fromhex(
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c"
    "1f9f88 27ad81 3dbc74 5cc863 81d34d aadc32 d5e21a fde725"
)
_STEPS: Final = np.frombuffer(_VIRIDIS, np.uint8).reshape(-1, 3)
#: ``uint8 [256, 3]``: the colour of each of 256 strengths.
_COLOURS: Final = np.stack(
    [np.interp(np.linspace(0, len(_STEPS) - 1, 256), range(len(_STEPS)), c) for c in _STEPS.T],
    axis=1,
).astype(np.uint8)


def heatmap_png(activation_map: NDArray[np.float32]) -> str:
    """Draw where an activation map is above 0.

    Args:
        activation_map: ``float32 [7, 7]``, finite.

    Returns:
        An RGB PNG of 224x224 pixels in the viridis colours, base64-encoded: the darkest colour
        where the map is 0 or less, the brightest at its highest place.
    """
    raising = np.maximum(activation_map, 0.0)
    strongest = float(raising.max())
    scaled = raising / strongest if strongest > 0 else raising
    smooth = Image.fromarray(scaled).resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
    levels = (np.asarray(smooth).clip(0.0, 1.0) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    # The smallest file would take longer to make than everything else together.
    Image.fromarray(_COLOURS[levels]).save(buffer, "PNG", compress_level=1)
    return base64.b64encode(buffer.getvalue()).decode()
