"""Test-time augmentation: the mean over views that carry the same diagnosis."""

from functools import partial
from typing import Final

from torch import Tensor

from lightning_module.evaluation import View


def _turn(images: Tensor, quarters: int, *, flip: bool) -> Tensor:
    return (images.flip(-1) if flip else images).rot90(quarters, dims=(-2, -1))


#: Four quarter turns of the image and of its mirror image; the first changes nothing.
VIEWS: Final[list[View]] = [
    partial(_turn, quarters=quarters, flip=flip) for flip in (False, True) for quarters in range(4)
]
