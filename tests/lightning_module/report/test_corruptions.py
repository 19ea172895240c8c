"""Corruptions and test-time augmentation."""

import pytest
import torch
from torch import Tensor

from lightning_module.report.corruptions import (
    CORRUPTIONS,
    blurred,
    brightened,
    compressed,
    rotated,
)
from lightning_module.report.tta import VIEWS


@pytest.fixture
def images() -> Tensor:
    """Smooth random images, laid out in memory as the data module gives them."""
    coarse = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 255
    smooth = torch.nn.functional.interpolate(coarse, size=(224, 224), mode="bicubic")
    pixels = smooth.clamp(0, 255).to(torch.uint8)
    return pixels.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupted_images_remain_images(name: str, images: Tensor) -> None:
    before = images.clone()
    corrupted = CORRUPTIONS[name](images)
    assert corrupted.shape == images.shape
    assert corrupted.dtype == torch.uint8
    assert torch.equal(images, before)
    assert not torch.equal(corrupted, images)


def test_blur_takes_away_detail_and_keeps_colour(images: Tensor) -> None:
    noisy = torch.randint(0, 256, images.shape, dtype=torch.uint8)
    result = blurred(noisy, sigma=2.0).float()
    assert result.std() < noisy.float().std() / 4
    assert result.mean() == pytest.approx(float(noisy.float().mean()), abs=1)


def test_stronger_compression_loses_more(images: Tensor) -> None:
    losses = [(compressed(images, q).float() - images.float()).abs().mean() for q in (95, 30, 10)]
    assert losses == sorted(losses)
    assert losses[0] < 3


def test_brightness_is_a_factor(images: Tensor) -> None:
    assert (brightened(images, 0.5).float() - images.float() / 2).abs().max() <= 1


def test_rotation_turns_about_the_centre_and_leaves_no_corner_empty(images: Tensor) -> None:
    quarter = rotated(images, 90.0).float()
    assert (quarter - images.rot90(1, dims=(-2, -1)).float()).abs().mean() < 2
    white = torch.full_like(images, 255)
    assert rotated(white, 45.0).min() == 255


def test_views_are_the_eight_symmetries_of_the_square(images: Tensor) -> None:
    views = [view(images) for view in VIEWS]
    assert torch.equal(views[0], images)
    assert len({view.numpy().tobytes() for view in views}) == 8
    assert all(torch.equal(v.flatten().sort()[0], images.flatten().sort()[0]) for v in views)
