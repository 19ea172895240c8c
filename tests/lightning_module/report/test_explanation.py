"""Deletion and insertion, on a network whose reasons are known."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lightning_module.report.explanation import SHARES, MapScore, moved, score_maps

CELL = 32


class BrightCorner(nn.Module):
    """Finds malignancy in bright pixels of the upper left corner, and may say so or mislead."""

    def __init__(self, honest: bool) -> None:
        super().__init__()
        self.honest = honest

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        score = images[:, :CELL, :CELL].float().mean(dim=(1, 2, 3)) / 255
        bright = functional.avg_pool2d(images[..., 0].float().unsqueeze(1), CELL).squeeze(1)
        activation = bright if self.honest else -bright
        return torch.zeros(len(images), 7), score, activation, score


@pytest.fixture
def images() -> Tensor:
    pixels = torch.zeros(12, 224, 224, 3, dtype=torch.uint8)
    pixels[:, :CELL, :CELL] = 255
    return pixels


def scores(images: Tensor, honest: bool) -> dict[str, MapScore]:
    lesions = [f"L{index}" for index in range(len(images))]
    return {score.name: score for score in score_maps(BrightCorner(honest), images, lesions)}


def test_right_map_beats_chance_and_centre(images: Tensor) -> None:
    found = scores(images, honest=True)
    ours = found.pop("activation map")
    assert ours.deletion_curve[0] == pytest.approx(1)
    # The corner is a fiftieth of the image, so an eighth of the image holds it all.
    assert ours.deletion_curve[1] == pytest.approx(ours.deletion_curve[-1], abs=0.02)
    assert ours.insertion_curve[1] == pytest.approx(1, abs=0.02)
    assert ours.deletion_curve[-1] == ours.insertion_curve[0] < 0.7
    assert len(ours.insertion_curve) == len(SHARES)
    for other in found.values():
        assert other.deletion_gain.low > 0
        assert other.insertion_gain.low > 0
        expected = other.deletion.value - ours.deletion.value
        assert other.deletion_gain.value == pytest.approx(expected)


def test_wrong_map_loses(images: Tensor) -> None:
    found = scores(images, honest=False)
    assert found["random map"].deletion_gain.high < 0
    assert found["random map"].insertion_gain.high < 0


def test_moved_images_show_the_same_lesion_elsewhere() -> None:
    pixels = torch.zeros(6, 224, 224, 3, dtype=torch.uint8)
    pixels[:, 100:124, 100:124] = 255
    places = []
    for image in moved(pixels):
        rows, columns = (image[..., 0] > 127).nonzero(as_tuple=True)
        assert 22 * 22 <= len(rows) <= 26 * 26
        places.append((rows.float().mean().item() - 111.5, columns.float().mean().item() - 111.5))
    distances = torch.tensor(places).abs()
    assert distances.max() <= 57
    assert distances.mean() > 10
