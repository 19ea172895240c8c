"""A data set of image files to be scored, of which any may be unreadable."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from datamodules.listing import FILE
from datamodules.preprocess import IMAGE_SIZE, ImageError, check_byte_count, network_input

UNREADABLE: Final = "unreadable_file"


@dataclass(frozen=True)
class Reading:
    """What reading an image file gave.

    Attributes:
        pixels: ``uint8 [224, 224, 3]``, RGB; black where there is an error.
        width: Width in pixels as a person sees the image. It, the height and the format are
            ``None`` where there is an error.
        height: Height in pixels.
        format: ``JPEG``, ``PNG``, ``BMP`` or ``GIF``.
        error_code: ``unreadable_file``, or a code of
            :class:`~datamodules.preprocess.ImageError`; ``None`` if all went well.
        error_message: The reason for a person; ``None`` if all went well.
    """

    pixels: NDArray[np.uint8]
    width: int | None = None
    height: int | None = None
    format: str | None = None
    error_code: str | None = None
    error_message: str | None = None


_TOLD: Final = ("width", "height", "format", "error_code", "error_message")


class ImageFileBatches(Dataset[dict[str, Any]]):
    """Ready-made batches of consecutive files of a listing.

    Whole batches rather than single files are the items, so that no sampler has to hold an index
    of every file.
    """

    def __init__(
        self, listing: pa.Table, root: Path, starts: NDArray[np.int64], batch_size: int
    ) -> None:
        """Choose the batches.

        Args:
            listing: As :func:`datamodules.listing.open_listing` gives it.
            root: Folder that the listed paths are relative to.
            starts: First row of each batch, in order.
            batch_size: Rows of a batch; the listing's end may cut the last one short.
        """
        self.listing = listing
        self.root = root
        self.starts = starts
        self.batch_size = batch_size

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Read one batch.

        Returns:
            ``image`` (``uint8 [N, 3, 224, 224]``), ``start`` (the first row), and ``width``,
            ``height``, ``format``, ``error_code`` and ``error_message`` as lists of ``N``.
        """
        start = int(self.starts[index])
        files = self.listing[FILE].slice(start, self.batch_size).to_pylist()
        readings = [read_image(self.root / os.fsdecode(file)) for file in files]
        pixels = np.stack([reading.pixels for reading in readings])
        return {
            "image": torch.from_numpy(pixels).permute(0, 3, 1, 2),
            "start": start,
            **{name: [getattr(reading, name) for reading in readings] for name in _TOLD},
        }


def read_image(path: Path) -> Reading:
    """Read an image file; what goes wrong is returned, not raised."""
    try:
        check_byte_count(path.stat().st_size)  # before it fills the memory
        image = network_input(path.read_bytes())
    except ImageError as error:
        return _failed(error.code, str(error))
    except OSError as error:
        return _failed(UNREADABLE, f"The file can not be read: {error.strerror or error}.")
    return Reading(image.pixels, image.width, image.height, image.format)


def _failed(code: str, message: str) -> Reading:
    black = np.zeros((IMAGE_SIZE, IMAGE_SIZE, 3), dtype=np.uint8)
    return Reading(black, error_code=code, error_message=message)
