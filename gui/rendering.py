"""Draws the visible part of an image, with its explanation over it."""

from PIL import Image

from gui.viewport import Viewport

#: From this magnification on, pixels are shown as what they are.
_PIXELATED_FROM = 4.0


def render(
    image: Image.Image,
    viewport: Viewport,
    heatmap: Image.Image | None = None,
    opacity: float = 0.0,
) -> Image.Image:
    """Draw what a viewport shows of an image.

    Args:
        image: The image at any resolution.
        viewport: Made for the image's full size.
        heatmap: Covers the whole image, at any resolution.
        opacity: Of the heatmap, in ``[0, 1]``.

    Returns:
        The picture that fills the target box of :meth:`Viewport.visible`.
    """
    picture = _part(image, viewport, smooth=viewport.actual_scale < _PIXELATED_FROM)
    if heatmap is None or opacity == 0:
        return picture
    return Image.blend(picture, _part(heatmap, viewport, smooth=True), opacity)


def overlay(image: Image.Image, heatmap: Image.Image, opacity: float) -> Image.Image:
    """Lay a heatmap over a whole image; opacity in ``[0, 1]``."""
    return Image.blend(image, heatmap.resize(image.size, Image.Resampling.BICUBIC), opacity)


def _part(image: Image.Image, viewport: Viewport, smooth: bool) -> Image.Image:
    source, (left, top, right, bottom) = viewport.visible()
    across, down = image.width / viewport.image[0], image.height / viewport.image[1]
    box = (
        source[0] * across,
        source[1] * down,
        min(image.width, source[2] * across),
        min(image.height, source[3] * down),
    )
    return image.resize(
        (right - left, bottom - top),
        Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST,
        box=box,
        reducing_gap=2.0,
    )
