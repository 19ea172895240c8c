import numpy as np
import pytest
from numpy.typing import NDArray

from datamodules.mirror import mean_map, mirror_images


def lopsided(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """See in each pixel what stands to the right of it and below."""
    grey = pixels.mean(axis=2, dtype=np.float32)
    return np.roll(grey, (-1, -2), axis=(0, 1))


def explained(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return mean_map(lopsided(pixels), [lopsided(view) for view in mirror_images(pixels)])


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (8, 6, 3), dtype=np.uint8)


def test_three_different_mirror_images(pixels: NDArray[np.uint8]) -> None:
    upside_down, left_to_right, both = mirror_images(pixels)
    assert np.array_equal(upside_down, np.flipud(pixels))
    assert np.array_equal(left_to_right, np.fliplr(pixels))
    assert np.array_equal(both, np.rot90(pixels, 2))


def test_a_lopsided_view_becomes_even(pixels: NDArray[np.uint8]) -> None:
    expected = explained(pixels)
    assert expected.dtype == np.float32
    assert not np.allclose(lopsided(np.fliplr(pixels)), np.fliplr(lopsided(pixels)))
    np.testing.assert_allclose(explained(np.fliplr(pixels)), np.fliplr(expected), rtol=1e-5)
    np.testing.assert_allclose(explained(np.flipud(pixels)), np.flipud(expected), rtol=1e-5)
