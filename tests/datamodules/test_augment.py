import pytest
import torch
from torch.nn import functional

from datamodules import augment
from datamodules.augment import Augmentation

STILL = Augmentation(
    scale=(1.0, 1.0),
    aspect=0.0,
    shift=0.0,
    brightness=0.0,
    contrast=0.0,
    white_balance=0.0,
    saturation=0.0,
    gamma=0.0,
    coarsen_probability=0.0,
    vignette_probability=0.0,
    jpeg_probability=0.0,
    cutout_probability=0.0,
)


def disc(offset: float = 0.0) -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 224), torch.linspace(-1, 1, 224), indexing="ij")
    inside = ((x - offset) ** 2 + y**2 < 0.2).float()
    return inside.expand(1, 3, 224, 224).contiguous()


def test_shape_dtype_and_range() -> None:
    views = Augmentation()(torch.rand(5, 3, 224, 224))
    assert views.shape == (5, 3, 224, 224)
    assert views.dtype == torch.float32
    assert views.min() >= 0
    assert views.max() <= 1


def test_nothing_switched_on_only_turns_and_flips() -> None:
    # A centred disc looks the same however it is turned.
    images = disc().repeat(8, 1, 1, 1)
    assert (STILL(images) - images).abs().mean() < 0.005
    beside = disc(offset=0.5).repeat(8, 1, 1, 1)
    assert (STILL(beside) - beside).abs().mean() > 0.02


def test_same_random_state_gives_the_same_views() -> None:
    images = torch.rand(4, 3, 224, 224)
    torch.manual_seed(3)
    first = Augmentation()(images)
    torch.manual_seed(3)
    assert torch.equal(first, Augmentation()(images))
    assert not torch.equal(first, Augmentation()(images))


def test_input_is_left_alone() -> None:
    images = torch.rand(4, 3, 224, 224)
    before = images.clone()
    Augmentation(coarsen_probability=1.0)(images)
    assert torch.equal(images, before)


def test_coarsening_removes_detail() -> None:
    images = torch.rand(4, 3, 224, 224)
    coarse = Augmentation(**{**vars(STILL), "coarsen_probability": 1.0, "coarsest": 0.5})
    torch.manual_seed(0)
    sharp = STILL(images)
    torch.manual_seed(0)
    assert coarse(images).std() < 0.8 * sharp.std()


def test_each_image_gets_its_own_white_balance() -> None:
    tinted = Augmentation(**{**vars(STILL), "white_balance": 0.2})
    means = tinted(torch.full((6, 3, 224, 224), 0.5)).mean(dim=(2, 3))
    assert means.std(dim=0).min() > 0.01
    assert means.std(dim=1).min() > 0.001


def only(**changes: object) -> Augmentation:
    return Augmentation(**{**vars(STILL), **changes})


def test_views_of_another_size() -> None:
    small = STILL(disc(), size=160)
    assert small.shape == (1, 3, 160, 160)
    assert small.mean().item() == pytest.approx(disc().mean().item(), abs=0.01)


def test_views_agree_with_affine_grid() -> None:
    theta = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = functional.affine_grid(theta, [5, 3, 160, 160], align_corners=False)
    torch.testing.assert_close(augment._grid(theta, 160), expected)


def test_contrast_is_about_the_mean_of_the_image() -> None:
    images = disc().repeat(8, 1, 1, 1).mul_(0.2).add_(0.4)
    views = only(contrast=0.3)(images)
    torch.testing.assert_close(
        views.mean(dim=(1, 2, 3)), images.mean(dim=(1, 2, 3)), atol=1e-3, rtol=0
    )
    spread = views.std(dim=(1, 2, 3)) / images.std(dim=(1, 2, 3))
    assert spread.min() > 0.69
    assert spread.max() < 1.31
    assert spread.std() > 0.05


def test_saturation_changes_colours_and_leaves_grey_alone() -> None:
    images = torch.full((6, 3, 224, 224), 0.5)
    assert (only(saturation=0.5)(images) - images).abs().max() < 1e-5
    images[:, 0] = 0.8
    views = only(saturation=0.5)(images)
    spread = views[:, 0].mean(dim=(1, 2)) - views[:, 1].mean(dim=(1, 2))
    assert spread.std() > 0.02
    luminance = (views * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(dim=1)
    assert (luminance - (0.299 * 0.8 + 0.701 * 0.5)).abs().max() < 1e-4


def test_gamma_keeps_black_and_white() -> None:
    for value in (0.0, 1.0):
        images = torch.full((6, 3, 224, 224), value)
        assert (only(gamma=0.5)(images) - images).abs().max() < 1e-5
    grey = only(gamma=0.5)(torch.full((6, 3, 224, 224), 0.5))
    assert grey.amax(dim=(1, 2, 3)).std() > 0.01


def test_vignette_darkens_the_corners_only() -> None:
    views = only(vignette_probability=1.0)(torch.ones(8, 3, 224, 224))
    assert views[:, :, 100:124, 100:124].min() > 0.99
    assert views[:, :, 0, 0].max() < 0.6


def test_cut_out_covers_one_rectangle() -> None:
    torch.manual_seed(1)
    views = only(cutout_probability=1.0, cutout=0.5)(torch.ones(8, 3, 224, 224))
    covered = (views < 0.999).any(dim=1)
    assert 0.01 < covered.float().mean() < 0.25
    for view in covered:
        rows, columns = view.any(dim=1).sum(), view.any(dim=0).sum()
        assert view.sum() == rows * columns
        assert max(rows, columns) <= 112


def test_compression_leaves_blocks_of_eight_pixels() -> None:
    torch.manual_seed(0)
    images = torch.rand(4, 3, 224, 224)
    views = only(jpeg_probability=1.0, jpeg_quality=(30, 30))(images)
    steps = (views[..., 1:] - views[..., :-1]).abs().mean(dim=(0, 1, 2))
    edges = torch.arange(223) % 8 == 7
    assert steps[edges].mean() > 1.1 * steps[~edges].mean()
    torch.manual_seed(0)
    still = only(jpeg_probability=1.0, jpeg_quality=(100, 100))(disc())
    assert (still - disc()).abs().mean() < 0.01
