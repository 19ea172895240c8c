"""Looks at every image file: its size, its content's checksum, and whether it can be read."""

import hashlib
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
from PIL import Image

from datamodules.errors import name_some
from datamodules.preprocess import ImageError, decode_rgb
from datamodules.threads import in_threads

COLUMNS: Final = ("width", "height", "sha256", "problem")


def inspect_images(table: pd.DataFrame) -> pd.DataFrame:
    """Decode every image once.

    Args:
        table: Column ``path``; ``""`` where there is no file.

    Returns:
        With the index of ``table``: ``width`` and ``height`` in pixels and ``sha256``, missing
        where they are not known, and ``problem``, ``""`` where the image can be used.
    """
    rows = list(in_threads(_inspect, table["path"].tolist(), "Inspecting images"))
    return pd.DataFrame(rows, columns=list(COLUMNS), index=table.index)


def file_sizes(paths: Sequence[str]) -> dict[str, int]:
    """Count image files by their size in pixels, such as ``600x450``, the most frequent first.

    Only their headers are read.
    """
    return dict(Counter(in_threads(_size, paths, "Reading image sizes")).most_common())


def drop_unreadable(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the images that can not be used, with a warning that counts and names them.

    Args:
        table: Columns ``path`` and ``image_id``.

    Returns:
        The other rows, numbered anew.
    """
    unusable = inspect_images(table)["problem"] != ""
    if unusable.any():
        names = name_some(table.loc[unusable, "image_id"].tolist())
        warnings.warn(
            f"{unusable.sum()} of {len(table)} images are left out, since their files are missing "
            f"or damaged: {names}.",
            stacklevel=2,
        )
    return table[~unusable].reset_index(drop=True)


def _size(path: str) -> str:
    with Image.open(path) as image:
        return f"{image.width}x{image.height}"


def _inspect(path: str) -> tuple[int | None, int | None, str | None, str]:
    if not path:
        return None, None, None, "no file"
    try:
        data = Path(path).read_bytes()
        _, (width, height), _ = decode_rgb(data)
    except OSError as error:
        return None, None, None, error.strerror or str(error)
    except ImageError as error:
        return None, None, hashlib.sha256(data).hexdigest(), str(error)
    return width, height, hashlib.sha256(data).hexdigest(), ""
