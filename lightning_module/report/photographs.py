"""How many images that are no dermoscopy the in-distribution score notices."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from scipy.stats import binomtest
from torch import Tensor

from datamodules.errors import DatasetError
from datamodules.image_folder import read_image
from datamodules.listing import walk_files
from datamodules.threads import in_threads
from lightning_module.report.intervals import CONFIDENCE, Estimate


@dataclass(frozen=True)
class Photographs:
    """What was measured on images that the network should not judge.

    Attributes:
        images: Number of readable ones.
        flagged: Share of them that is flagged, with its Wilson interval.
    """

    images: int
    flagged: Estimate


def read_photographs(folder: Path) -> Tensor:
    """Read all images of a folder, at any depth; what is no readable image is left out.

    Returns:
        ``uint8 [N, 3, 224, 224]``.

    Raises:
        DatasetError: If there is no folder, or no readable image in it.
    """
    if not folder.is_dir():
        raise DatasetError(
            f"There is no folder {folder.resolve()}; name another one with --report.photographs."
        )
    files = [folder / os.fsdecode(file) for file in walk_files(folder)]
    readings = in_threads(read_image, files, "photographs")
    pixels = [torch.from_numpy(r.pixels) for r in readings if r.error_code is None]
    if not pixels:
        raise DatasetError(
            f"{folder.resolve()} holds no readable image; name another folder with "
            "--report.photographs."
        )
    return torch.stack(pixels).permute(0, 3, 1, 2)


def count_flagged(flagged: Tensor) -> Photographs:
    """Summarise which images were flagged, ``bool [N]``."""
    count, total = int(flagged.sum()), len(flagged)
    interval = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return Photographs(total, Estimate(count / total, interval.low, interval.high))
