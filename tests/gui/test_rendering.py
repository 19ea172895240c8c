"""The visible part, pixel by pixel."""

import pytest
from PIL import Image

from gui.rendering import overlay, render
from gui.viewport import Viewport


@pytest.fixture
def quarters() -> Image.Image:
    """Red and green above blue and white."""
    image = Image.new("RGB", (400, 400), "red")
    image.paste("lime", (200, 0, 400, 200))
    image.paste("blue", (0, 200, 200, 400))
    image.paste("white", (200, 200, 400, 400))
    return image


def test_only_the_visible_part_is_drawn(quarters: Image.Image) -> None:
    viewport = Viewport(window=(200, 200)).show((400, 400)).actual_size().pan(-1e6, 0)

    picture = render(quarters, viewport)

    assert picture.size == (200, 200)
    assert picture.getpixel((100, 10)) == (0, 255, 0)
    assert picture.getpixel((100, 190)) == (255, 255, 255)


def test_a_preview_stands_for_the_full_image(quarters: Image.Image) -> None:
    viewport = Viewport(window=(200, 200)).show((400, 400)).actual_size().pan(1e6, 1e6)
    preview = quarters.resize((100, 100))

    assert render(preview, viewport).getpixel((100, 100)) == (255, 0, 0)


def test_pixels_stay_sharp_when_magnified() -> None:
    image = Image.new("RGB", (2, 1), "black")
    image.putpixel((1, 0), (255, 255, 255))

    picture = render(image, Viewport(window=(60, 30)).show((2, 1)).zoom(0.999))

    assert {colour for _, colour in picture.getcolors()} == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("opacity", [0.0, 0.25, 1.0])
def test_the_heatmap_lies_over_the_same_place(opacity: float) -> None:
    image = Image.new("RGB", (400, 200), "black")
    heatmap = Image.new("RGB", (224, 224), "black")
    heatmap.paste("white", (112, 0, 224, 224))
    viewport = Viewport(window=(200, 200)).show((400, 200)).actual_size().pan(-1e6, 0)

    picture = render(image, viewport, heatmap, opacity)

    assert picture.getpixel((100, 100))[0] == pytest.approx(255 * opacity, abs=1)


def test_the_overlay_has_the_images_size(quarters: Image.Image) -> None:
    assert overlay(quarters, Image.new("RGB", (224, 224)), 0.5).size == quarters.size
