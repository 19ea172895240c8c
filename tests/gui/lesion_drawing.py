"""Draws something like a pigmented lesion on skin; it shows no skin and means nothing."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_WIDTH, _HEIGHT = 600, 450
_SKIN = (226, 178, 156)
_BROWN = (122, 78, 54)
_DARK = (62, 40, 36)


def draw_lesion(path: Path, seed: int, irregularity: float = 0.5) -> Path:
    """Save a picture of 600x450 pixels as JPEG.

    Args:
        path: Where to.
        seed: The same seed gives the same picture.
        irregularity: From 0, round and of one colour, to 1, jagged and of many.

    Returns:
        The path.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:_HEIGHT, :_WIDTH]
    across, down = x - rng.uniform(280, 320), (y - rng.uniform(215, 235)) * rng.uniform(1, 1.25)
    angle, radius = np.arctan2(down, across), np.hypot(across, down)
    edge = np.full(radius.shape, rng.uniform(105, 135))
    for waves in range(2, 9):
        height = 32 * irregularity / waves
        edge += height * rng.normal() * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
    softness = 12 - 5 * irregularity
    pigment = 1 / (1 + np.exp((radius - edge) / softness))
    dark = pigment * (0.25 + irregularity * _clouds(rng, 9))
    colour = _blend(_blend(np.array(_SKIN), np.array(_BROWN), pigment), np.array(_DARK), dark)
    colour *= 1 + 0.05 * (_clouds(rng, 40) - 0.5)[..., None] + rng.normal(0, 0.01, (*y.shape, 1))
    image = Image.fromarray(colour.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        start, way = rng.uniform((0, 0), (_WIDTH, _HEIGHT)), rng.normal(0, 130, 2)
        pen.line([*start, *(start + way)], fill=(74, 54, 48), width=2)
    image.filter(ImageFilter.GaussianBlur(1)).save(path, quality=92)
    return path


def _clouds(rng: np.random.Generator, cells: int) -> NDArray[np.float64]:
    coarse = Image.fromarray(rng.uniform(0, 1, (cells, cells)).astype(np.float32))
    smooth = coarse.resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float64).clip(0, 1)


def _blend(
    one: NDArray[np.float64], other: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    return one + share[..., None] * (other - one)
