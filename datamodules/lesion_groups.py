"""Which images must stay in one split: those of a lesion, and those of its near-duplicates.

Those of HAM10000 are listed, so that every copy of it is split alike: one pair more or less would
shuffle the lesions otherwise, and other compression makes or breaks a pair. In other data sets they
are searched, which takes minutes, so the pairs are kept in a file beside the cached pixels, named
after the images it was made from.
"""

import hashlib
from collections.abc import Callable, Set
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from filelock import FileLock
from numpy.typing import NDArray

from datamodules.metadata import HAM10000_IDS
from datamodules.near_duplicates import VERSION, find_near_duplicates, merge_groups
from datamodules.preprocess import PREPROCESS_VERSION

#: Of the 18 pairs that Abhishek et al. (arXiv:2401.14497) found by eye, the two that the search
#: misses.
_KNOWN_PAIRS: Final = (
    ("ISIC_0030000", "ISIC_0031392"),
    ("ISIC_0024437", "ISIC_0031299"),
)
PAIR_COLUMNS: Final = ("image_id", "other_image_id", "matches")
#: What :func:`search_near_duplicates` found in HAM10000.
_LISTED_PAIRS: Final = Path(__file__).with_name("ham10000_near_duplicates.csv")


def near_duplicate_pairs(
    table: pd.DataFrame, read: Callable[[int], NDArray[np.uint8]], folder: Path
) -> pd.DataFrame:
    """Return the images of one lesion that are listed under two.

    Args:
        table: As :func:`search_near_duplicates` takes it.
        read: Likewise.
        folder: Likewise.

    Returns:
        Between images of HAM10000 the listed pairs, and those with others that a search finds,
        with :data:`PAIR_COLUMNS`.
    """
    pairs = _read(_LISTED_PAIRS, comment="#")
    listed = pairs[_are_both_in(pairs, set(table["image_id"]))]
    if table["image_id"].isin(HAM10000_IDS).all():
        return listed
    found = search_near_duplicates(table, read, folder)
    return pd.concat([listed, found[~_are_both_in(found, HAM10000_IDS)]], ignore_index=True)


def search_near_duplicates(
    table: pd.DataFrame, read: Callable[[int], NDArray[np.uint8]], folder: Path
) -> pd.DataFrame:
    """Find images of one lesion that are listed under two, or read what was found before.

    Args:
        table: Columns ``image_id``, ``lesion_id`` and ``path``; one row per image.
        read: Gives the pixels of the image in a row; called only if nothing was kept.
        folder: Where the pairs are kept.

    Returns:
        One row per pair, with :data:`PAIR_COLUMNS`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{_key(table)}.near_duplicates.csv"
    # Two processes that start together search once.
    with FileLock(f"{file}.lock"):
        if not file.exists():
            partial = file.with_suffix(".partial")
            _find(table, read).to_csv(partial, index=False)
            partial.replace(file)
    return _read(file)


def lesion_groups(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Merge the lesions that share near-duplicates.

    Args:
        table: Columns ``image_id`` and ``lesion_id``; one row per image.
        pairs: What :func:`near_duplicate_pairs` gave.

    Returns:
        The group of each row, with the index of ``table``.
    """
    position = {image_id: row for row, image_id in enumerate(table["image_id"])}
    edges = [
        (position[a], position[b])
        for a, b in (
            *zip(pairs["image_id"], pairs["other_image_id"], strict=True),
            *(pair for pair in _KNOWN_PAIRS if position.keys() >= set(pair)),
        )
    ]
    groups = merge_groups(table["lesion_id"].tolist(), edges)
    return pd.Series(groups, index=table.index, name="group")


def describe_groups(table: pd.DataFrame) -> str:
    """Say in one sentence what was merged, and how many labels disagree.

    Args:
        table: Columns ``group``, ``lesion_id`` and ``dx``; one row per image.
    """
    lesions = table["lesion_id"].nunique()
    merged = lesions - table["group"].nunique()
    conflicts = int((table.groupby("group")["dx"].nunique() > 1).sum())
    return (
        f"{lesions} lesions; near-duplicate images join them to {lesions - merged} groups, of "
        f"which {conflicts} hold more than one diagnosis."
    )


def _are_both_in(pairs: pd.DataFrame, image_ids: Set[str]) -> pd.Series:
    return pairs["image_id"].isin(image_ids) & pairs["other_image_id"].isin(image_ids)


def _read(file: Path, comment: str | None = None) -> pd.DataFrame:
    return pd.read_csv(file, comment=comment, dtype={"image_id": str, "other_image_id": str})


def _find(table: pd.DataFrame, read: Callable[[int], NDArray[np.uint8]]) -> pd.DataFrame:
    ids = table["image_id"].tolist()
    found = find_near_duplicates(read, table["lesion_id"].tolist())
    rows = [(ids[pair.first], ids[pair.second], pair.matches) for pair in found]
    return pd.DataFrame(rows, columns=list(PAIR_COLUMNS))


def _key(table: pd.DataFrame) -> str:
    """Identify the images by name, size and date of their files, and by their lesions."""
    key = hashlib.sha256(f"near-duplicates {VERSION} of pixels {PREPROCESS_VERSION}".encode())
    for path, image_id, lesion_id in zip(
        table["path"], table["image_id"], table["lesion_id"], strict=True
    ):
        stat = Path(path).stat()
        key.update(f"{image_id} {lesion_id} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return key.hexdigest()[:32]
