"""The split manifest: which image was in which split, in a table that a later run can repeat.

A CSV file whose first line, a comment, tells in JSON how the split was made. Only images and splits
have to be in it; what else of :data:`COLUMNS` it holds must be as in the data set.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from datamodules.errors import DatasetError, name_some
from datamodules.splits import EXCLUDED, SPLITS
from datamodules.table_file import read_table_file

FILE_NAME: Final = "splits.csv"
COLUMNS: Final = ("image_id", "lesion_id", "group", "dx", "split")
_NEEDED: Final = ("image_id", "split")
#: What must be whole in what: a network is not tested on lesions that it learned, and figures are
#: resampled by group.
_WHOLE_IN: Final = (("lesion_id", "split"), ("group", "split"), ("lesion_id", "group"))


def write_manifest(table: pd.DataFrame, origin: Mapping[str, Any], path: Path) -> None:
    """Write the manifest of a split.

    Args:
        table: One row per image; what it has of :data:`COLUMNS` is written.
        origin: How the split was made; anything that JSON can hold.
        path: File to write, as a whole or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {json.dumps(dict(origin))}\n")
        table[[name for name in COLUMNS if name in table]].to_csv(file, index=False)
    partial.replace(path)


def without_metadata(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what may be published of a split; the rest is the data set's own.

    Args:
        table: :data:`COLUMNS`; one row per image.

    Returns:
        ``image_id``, ``split``, and ``group`` as a number instead of a lesion's name.
    """
    return table[["image_id", "split"]].assign(group=pd.factorize(table["group"])[0])


def read_origin(path: Path) -> dict[str, Any]:
    """Read how the split of a manifest was made.

    Args:
        path: The manifest.

    Returns:
        What :func:`write_manifest` was given; empty if the manifest does not tell.

    Raises:
        DatasetError: If the manifest can not be read.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            origin = json.loads(file.readline().removeprefix("#"))
    except OSError as error:
        raise DatasetError(f"{path} can not be read: {error.strerror}.") from error
    except ValueError:
        return {}
    return origin if isinstance(origin, dict) else {}


def apply_manifest(
    table: pd.DataFrame, path: Path, groups: Callable[[], pd.Series]
) -> pd.DataFrame:
    """Split a data set as a manifest says.

    Args:
        table: Columns ``image_id``, ``lesion_id`` and ``dx``; one row per image.
        path: The manifest.
        groups: Gives the group of each row; called only if the manifest does not tell.

    Returns:
        ``group`` and ``split`` for each row, with the index of ``table``.

    Raises:
        DatasetError: If the manifest is damaged, has a lesion or a group in two splits, or is not
            of exactly these images with these lesions and diagnoses.
    """
    manifest = read_table_file(path, _NEEDED)
    twice = manifest.index[manifest["image_id"].duplicated()]
    if len(twice):
        raise DatasetError(
            f"{path}, line {twice[0]}: image {manifest.loc[twice[0], 'image_id']} occurs a second "
            "time."
        )
    unknown = manifest.index[~manifest["split"].isin([*SPLITS, EXCLUDED])]
    if len(unknown):
        raise DatasetError(
            f"{path}, line {unknown[0]}: unknown split {manifest.loc[unknown[0], 'split']!r}."
        )
    _check_images(table, manifest, path)
    if "group" not in manifest:
        table = table.assign(group=groups())
    manifest = _completed(manifest, table)
    _check_whole(manifest[manifest["split"] != EXCLUDED], path)
    rows = manifest.set_index("image_id").loc[table["image_id"]].set_axis(table.index)
    for column in ("lesion_id", "dx"):
        changed = table.index[rows[column] != table[column]]
        if len(changed):
            image = table.loc[changed[0]]
            raise DatasetError(
                f"{path} has another {column} for {len(changed)} images: {image['image_id']} has "
                f"{rows.loc[changed[0], column]!r} there and {image[column]!r} in the data set."
            )
    return rows[["group", "split"]]


def _completed(manifest: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Give it the columns that it lacks, as the data set has them."""
    absent = [column for column in COLUMNS if column not in manifest]
    return manifest.join(table.set_index("image_id")[absent], on="image_id")


def _check_whole(manifest: pd.DataFrame, path: Path) -> None:
    for part, whole in _WHOLE_IN:
        expected = manifest.groupby(part)[whole].transform("first")
        for line in manifest.index[manifest[whole] != expected]:
            raise DatasetError(
                f"{path}, line {line}: {part} {manifest.loc[line, part]!r} is in {whole} "
                f"{manifest.loc[line, whole]!r} here and in {expected[line]!r} further up; give "
                f"all of its images one {whole}, or have a split made without '--data.manifest'."
            )


def _check_images(table: pd.DataFrame, manifest: pd.DataFrame, path: Path) -> None:
    ids = set(table["image_id"])
    for names, where in (
        (sorted(set(manifest["image_id"]) - ids), "are not in the data set"),
        (sorted(ids - set(manifest["image_id"])), "of the data set are not in it"),
    ):
        if names:
            raise DatasetError(
                f"{path} does not belong to this data set: {len(names)} images {where}: "
                f"{name_some(names)}. Check '--data.root' and '--data.test_set'."
            )
