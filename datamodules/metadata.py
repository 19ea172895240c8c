"""Reads a HAM10000 folder: which images there are, of which lesion, with which diagnosis.

Layouts: what the Harvard Dataverse (doi:10.7910/DVN/DBW86T), the Kaggle copy and the ISIC 2018
challenge (task 3) unpack to. Folders may be written in upper or lower case, lie at most one deep,
and hold other files as well.
"""

from pathlib import Path
from typing import Final

import pandas as pd

from datamodules.errors import DatasetError, name_some
from datamodules.isic_challenge import read_ground_truth
from datamodules.labels import CODES
from datamodules.table_file import read_table_file

COLUMNS: Final = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
#: What the ISIC Archive calls the images of HAM10000; the official test set is known by its table.
HAM10000_IDS: Final = frozenset(f"ISIC_{number:07}" for number in range(24306, 34321))
#: Where an image comes from; newer editions of the metadata tell.
SOURCE: Final = "dataset"
_MUST_BE_FILLED: Final = ("lesion_id", "image_id", "dx")
_TABLE_SUFFIXES: Final = (".csv", "", ".tab")
_IMAGE_SUFFIXES: Final = (".jpg", ".jpeg")
_METADATA: Final = "ham10000_metadata"
_CHALLENGE_TRUTH: Final = "isic2018_task3_training_groundtruth"
_CHALLENGE_LESIONS: Final = "isic2018_task3_training_lesiongroupings"
_TEST_TRUTH: Final = "isic2018_task3_test_groundtruth"
#: Has a label, but its image was withdrawn.
_TEST_IMAGE_WITHDRAWN: Final = "ISIC_0035068"


def read_metadata(root: Path, *, allow_missing: bool = False) -> pd.DataFrame:
    """Read the metadata table and find each image's file.

    Args:
        root: Folder with the metadata file and the images, at most one folder deep.
        allow_missing: Leave the ``path`` of an image without a file empty instead of raising.

    Returns:
        One row per image, sorted by ``image_id``, with the columns of the original, ``dataset``
        also where the original has none, ``path`` (absolute, ``str``) and ``label`` (index into
        :data:`datamodules.labels.DIAGNOSES`). What is not known is missing.

    Raises:
        DatasetError: If the metadata file, one of its columns, a value that must be there or an
            image is missing, an ``image_id`` occurs twice, a diagnosis is unknown, or an age is
            no number.
    """
    path = find_metadata(root)
    if path is None:
        raise DatasetError(
            f"No HAM10000 data set in {root.resolve()}: it holds neither HAM10000_metadata.csv "
            "nor ISIC2018_Task3_Training_GroundTruth.csv. Either get it from "
            "doi:10.7910/DVN/DBW86T with '--data.download true', or name the folder it was "
            "unpacked to with '--data.root', or make a small synthetic one with "
            "'python -m datamodules synthetic FOLDER'."
        )
    if path.stem.lower() == _METADATA:
        return _complete(read_table_file(path, COLUMNS), path, root, allow_missing)
    lesions = _find_table(root, _CHALLENGE_LESIONS)
    if lesions is None:
        raise DatasetError(
            f"{path} has no ISIC2018_Task3_Training_LesionGroupings.csv beside it; without it, "
            "images of one lesion would end up in training and in test. Get it from the "
            "challenge's download page."
        )
    return _complete(read_ground_truth(path, lesions), path, root, allow_missing)


def read_official_test(root: Path, *, allow_missing: bool = False) -> pd.DataFrame:
    """Read the official test set of the ISIC 2018 challenge, task 3: 1,511 images.

    Args:
        root: Folder with its ground truth and its images, at most one folder deep.
        allow_missing: As for :func:`read_metadata`.

    Returns:
        As for :func:`read_metadata`.

    Raises:
        DatasetError: As for :func:`read_metadata`.
    """
    path = find_official_test(root)
    if path is None:
        raise DatasetError(
            f"The official test set is not in {root.resolve()}: it holds no "
            "ISIC2018_Task3_Test_GroundTruth.csv. Get it with '--data.download true', or test "
            "on a part of the training images with '--data.test_set split'."
        )
    is_one_hot = "image" in read_table_file(path, ()).columns
    table = read_ground_truth(path, None) if is_one_hot else read_table_file(path, COLUMNS)
    table = table[table["image_id"] != _TEST_IMAGE_WITHDRAWN]
    return _complete(table, path, root, allow_missing)


def find_metadata(root: Path) -> Path | None:
    """Find the table that :func:`read_metadata` reads, if there is one."""
    return _find_table(root, _METADATA) or _find_table(root, _CHALLENGE_TRUTH)


def find_official_test(root: Path) -> Path | None:
    """Find the table that :func:`read_official_test` reads, if there is one."""
    return _find_table(root, _TEST_TRUTH)


def _find_table(root: Path, stem: str) -> Path | None:
    """Find a table in a folder or one folder deep, by its name without suffix in lower case."""
    found = {
        file.suffix.lower(): file
        for file in _files(root)
        if file.stem.lower() == stem and file.suffix.lower() in _TABLE_SUFFIXES
    }
    return next((found[suffix] for suffix in _TABLE_SUFFIXES if suffix in found), None)


def _files(root: Path) -> list[Path]:
    """List files at most one folder deep, backwards: in a dictionary the first by name wins."""
    folder = root.resolve()
    paths = [*folder.glob("*"), *folder.glob("*/*")]
    return sorted((path for path in paths if path.is_file()), reverse=True)


def _complete(table: pd.DataFrame, source: Path, root: Path, allow_missing: bool) -> pd.DataFrame:
    """Check the text table, convert its columns and find the images."""
    _check_values(table, source)
    files = {file.stem: file for file in _files(root) if file.suffix.lower() in _IMAGE_SUFFIXES}
    missing = table.loc[~table["image_id"].isin(files.keys()), "image_id"]
    if len(missing) and not allow_missing:
        raise DatasetError(
            f"{len(missing)} of the {len(table)} images in {source} have no file below {root}: "
            f"{name_some(missing.tolist())}. Unpack all parts of the data set there, or go on "
            "without them by '--data.skip_unreadable true'."
        )
    table = table.reindex(columns=[*COLUMNS, SOURCE], fill_value="")
    texts = {column: table[column].where(table[column] != "") for column in table}
    return pd.DataFrame(
        {
            **texts,
            "age": pd.to_numeric(texts["age"]).astype("float64"),
            "path": [str(files[i]) if i in files else "" for i in table["image_id"]],
            "label": table["dx"].map(CODES.index),
        }
    ).sort_values("image_id", ignore_index=True)


def _check_values(table: pd.DataFrame, source: Path) -> None:
    for column in _MUST_BE_FILLED:
        for line in table.index[table[column] == ""]:
            raise DatasetError(f"{source}, line {line}: {column} is empty.")
    for line, value in table["dx"].items():
        if value not in CODES:
            raise DatasetError(
                f"{source}, line {line}: unknown diagnosis {value!r}; expected one of "
                f"{', '.join(CODES)}."
            )
    for line, value in table.loc[table["image_id"].duplicated(), "image_id"].items():
        raise DatasetError(f"{source}, line {line}: image_id {value!r} occurs a second time.")
    numbers = pd.to_numeric(table["age"], errors="coerce")
    for line, value in table.loc[numbers.isna() & (table["age"] != ""), "age"].items():
        raise DatasetError(f"{source}, line {line}: age {value!r} is no number.")
