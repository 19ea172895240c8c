"""Whether the activation map shows what the network looks at.

Deletion and insertion (Petsiuk et al., BMVC 2018, arXiv:1806.07421): the places that a map ranks
highest are blurred out first, and the probability of malignancy should fall fast; or they are
brought back first into a blurred image, and it should rise fast. A map is of use if it beats
random ranking and ranking by nearness to the centre. Since photographers centre the lesion, the
latter is hard to beat before the images are moved. What is tested is the map that people are shown:
the mean over the image and its mirror images.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from datamodules.mirror import mean_map, mirror_images
from lightning_module.graph import ScreeningGraph
from lightning_module.report.corruptions import blurred
from lightning_module.report.intervals import Estimate, Floats, lesion_weights

MAPS: Final = ("activation map", "random map", "centre prior")
#: Shares of the image that are deleted or inserted.
SHARES: Final = tuple(np.linspace(0, 1, 9).round(3).tolist())
#: Standard deviation in pixels of 224; nothing of a lesion's structure is left.
_BLUR: Final = 20.0
_BATCH: Final = 32


@dataclass(frozen=True)
class MapScore:
    """How well one map explains.

    Attributes:
        name: The map.
        lesions: Number of lesions, one image each.
        deletion: Mean area under the deletion curves, in ``[0, 1]``; lower is better.
        insertion: Mean area under the insertion curves, in ``[0, 1]``; higher is better.
        deletion_gain: How much lower the activation map's deletion area is than this one's.
        insertion_gain: How much higher its insertion area is.
        deletion_curve: Mean probability of malignancy at each of :data:`SHARES`.
        insertion_curve: Likewise.
    """

    name: str
    lesions: int
    deletion: Estimate
    insertion: Estimate
    deletion_gain: Estimate
    insertion_gain: Estimate
    deletion_curve: list[float]
    insertion_curve: list[float]


def score_maps(graph: ScreeningGraph, images: Tensor, lesions: Sequence[str]) -> list[MapScore]:
    """Test the graph's activation map against a random one and nearness to the centre.

    Args:
        graph: The graph that is exported.
        images: ``uint8 [N, 224, 224, 3]``, of malignant lesions.
        lesions: Their lesions, ``[N]``.

    Returns:
        A score for each of :data:`MAPS`.
    """
    random = torch.Generator().manual_seed(0)
    curves = [
        _curves(graph, batch, random)
        for batch in tqdm(torch.split(images, _BATCH), desc="explanation", unit="batch")
    ]
    # Map, deletion or insertion, image, share.
    joined = np.concatenate(curves, axis=2)
    areas = ((joined[..., 1:] + joined[..., :-1]) / 2).mean(axis=-1)
    weights = lesion_weights(lesions)
    ours = areas[0]
    return [
        MapScore(
            name,
            len(images),
            deletion=_mean(deletion, weights),
            insertion=_mean(insertion, weights),
            deletion_gain=_mean(deletion - ours[0], weights),
            insertion_gain=_mean(ours[1] - insertion, weights),
            deletion_curve=joined[index, 0].mean(axis=0).tolist(),
            insertion_curve=joined[index, 1].mean(axis=0).tolist(),
        )
        for index, (name, (deletion, insertion)) in enumerate(zip(MAPS, areas, strict=True))
    ]


def moved(images: Tensor) -> Tensor:
    """Move images by up to a quarter of their side in any direction, mirrored at the border.

    Args:
        images: ``uint8 [N, 224, 224, 3]``.

    Returns:
        ``uint8 [N, 224, 224, 3]``.
    """
    random = torch.Generator().manual_seed(0)
    shift = torch.rand(len(images), 2, 1, generator=random) - 0.5
    theta = torch.cat([torch.eye(2).expand(len(images), 2, 2), shift], dim=2)
    pixels = images.permute(0, 3, 1, 2).float()
    grid = functional.affine_grid(theta, list(pixels.shape), align_corners=False)
    views = functional.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
    return views.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


@torch.inference_mode()
def _curves(graph: ScreeningGraph, images: Tensor, random: torch.Generator) -> Floats:
    """Return the probabilities of malignancy: map, deletion or insertion, image, share."""
    count, side = len(images), images.shape[1]
    activation = _activation_maps(graph, images)
    maps = (activation, torch.rand(activation.shape, generator=random), _centre(activation))
    blank = blurred(images.permute(0, 3, 1, 2), _BLUR).permute(0, 2, 3, 1)
    result = np.empty((len(MAPS), 2, count, len(SHARES)))
    # Whatever the map, deletion starts with the whole image and ends with nothing of it.
    result[:, 0, :, 0] = result[:, 1, :, -1] = graph(images)[1].numpy()
    result[:, 1, :, 0] = result[:, 0, :, -1] = graph(blank)[1].numpy()
    for index, ranking in enumerate(maps):
        ranks = _ranks(ranking, side)
        for step, share in enumerate(SHARES[1:-1], 1):
            first = (ranks < share * side * side).unsqueeze(-1)
            for kind, (top, rest) in enumerate(((blank, images), (images, blank))):
                result[index, kind, :, step] = graph(torch.where(first, top, rest))[1].numpy()
    return result


def _activation_maps(graph: ScreeningGraph, images: Tensor) -> Tensor:
    """Return the maps that are shown to people, ``float32 [N, 7, 7]``."""
    views = [[image, *mirror_images(image)] for image in images.numpy()]
    maps = [graph(torch.from_numpy(np.stack(each)))[2].numpy() for each in views]
    return torch.from_numpy(np.stack([mean_map(own, mirrored) for own, *mirrored in maps]))


def _centre(like: Tensor) -> Tensor:
    axis = torch.linspace(-1, 1, like.shape[-1])
    return -torch.hypot(axis.view(-1, 1), axis.view(1, -1)).expand_as(like)


def _ranks(maps: Tensor, side: int) -> Tensor:
    """Rank the pixels of maps ``[N, 7, 7]``, the highest 0: ``int64 [N, side, side]``."""
    smooth = functional.interpolate(
        maps.unsqueeze(1), size=(side, side), mode="bilinear", align_corners=False
    )
    order = smooth.flatten(1).argsort(dim=1, descending=True)
    return order.argsort(dim=1).view(-1, side, side)


def _mean(values: NDArray[np.float64], weights: Floats) -> Estimate:
    estimate = Estimate.of((weights @ values) / weights.sum(axis=1))
    assert estimate is not None  # noqa: S101  a probability is never NaN
    return estimate
