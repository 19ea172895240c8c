"""The network in ``model_store/`` knows what it does not know."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from datamodules.preprocess import network_input
from handlers.network import Network
from tests.conftest import REPOSITORY, SHARED


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(REPOSITORY / "model_store")


def flagged(network: Network, files: list[bytes]) -> list[bool]:
    outputs = [network.run(network_input(data).pixels) for data in files]
    return [output.distance > network.spec.distance_threshold for output in outputs]


def document(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    page = Image.new("RGB", (800, 600), tuple(random.integers(225, 256, 3).tolist()))
    draw = ImageDraw.Draw(page)
    for y in range(40, 560, 18):
        x = 40
        while x < 740:
            width = int(random.integers(10, 60))
            draw.rectangle((x, y, x + width, y + 8), fill=(30, 30, 30))
            x += width + 8
    return page


def drawing(seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    page = Image.new("RGB", (600, 450), "white")
    draw = ImageDraw.Draw(page)
    for _ in range(12):
        points = [tuple(point) for point in random.integers(0, 450, (5, 2)).tolist()]
        draw.line(points, fill=tuple(random.integers(0, 255, 3).tolist()), width=4)
    return page


def blank(seed: int) -> Image.Image:
    colours = ("white", "black", "grey", "red", "blue", "#e0b090")
    return Image.new("RGB", (600, 450), colours[seed])


def noise(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (450, 600, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("draw", [document, drawing, blank, noise])
def test_what_is_no_dermoscopy_is_flagged(
    network: Network, draw: Callable[[int], Image.Image]
) -> None:
    files = [_png(draw(seed)) for seed in range(6)]
    assert all(flagged(network, files))


@pytest.mark.skipif(not SHARED.is_dir(), reason="there are no real images beside the checkout")
def test_photographs_are_flagged_and_dermoscopy_is_not(network: Network) -> None:
    photographs = [path.read_bytes() for path in _images(SHARED / "not_dermoscopy")]
    assert np.mean(flagged(network, photographs)) >= 0.95
    dermoscopy = [path.read_bytes() for path in _images(SHARED / "ham10000_native_sample")]
    assert np.mean(flagged(network, dermoscopy)) <= 0.1


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".jpeg", ".png"})
