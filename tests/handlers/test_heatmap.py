"""What the picture of an activation map shows."""

import base64
import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from handlers.heatmap import heatmap_png

DARK, BRIGHT = (0x44, 0x01, 0x54), (0xFD, 0xE7, 0x25)


def drawn(activation_map: NDArray[np.float32]) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(base64.b64decode(heatmap_png(activation_map)))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (224, 224))
        return np.array(image)


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_nothing_that_raises_is_dark_everywhere(value: float) -> None:
    picture = drawn(np.full((7, 7), value, np.float32))
    assert {tuple(pixel) for pixel in picture.reshape(-1, 3)} == {DARK}


def test_the_strongest_place_is_bright_where_it_lies_in_the_image() -> None:
    activation_map = np.full((7, 7), -1.0, np.float32)
    activation_map[1, 5] = 0.25
    picture = drawn(activation_map)
    row, column = np.unravel_index(picture.astype(int).sum(2).argmax(), (224, 224))
    assert 1 * 32 <= row < 2 * 32
    assert 5 * 32 <= column < 6 * 32
    assert np.abs(picture[48, 176].astype(int) - BRIGHT).max() <= 8
    assert tuple(picture[200, 20]) == DARK


def test_stronger_is_lighter() -> None:
    rising = np.tile(np.arange(7, dtype=np.float32), (7, 1))
    lightness = drawn(rising)[112].astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) >= -1).all()
    assert lightness[-1] > lightness[0] + 150
