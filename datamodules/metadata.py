"""Reads a HAM10000 folder: which images there are, of which lesion, with which diagnosis.

Layouts: what the Harvard Dataverse (doi:10.7910/DVN/DBW86T) and the Kaggle copy unpack to, that
is ``HAM10000_metadata`` (with ``.csv``, ``.tab`` or no suffix) beside folders of ``.jpg`` files.
"""

from pathlib import Path

import pandas as pd

from datamodules.labels import CODES

COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
_METADATA_NAMES = ("HAM10000_metadata.csv", "HAM10000_metadata", "HAM10000_metadata.tab")


class DatasetError(RuntimeError):
    """A data set that is missing, incomplete or not in a known layout."""


def read_metadata(root: Path) -> pd.DataFrame:
    """Read the metadata table and find each image's file.

    Args:
        root: Folder with the metadata file and the images, at most one folder deep.

    Returns:
        One row per image, sorted by ``image_id``, with the columns of the original and ``path``
        (absolute, ``str``) and ``label`` (index into :data:`datamodules.labels.DIAGNOSES`).

    Raises:
        DatasetError: If the metadata file, one of its columns or an image is missing, an
            ``image_id`` occurs twice, or a diagnosis is unknown.
    """
    path = _metadata_file(root)
    table = pd.read_csv(path, sep=None, engine="python", dtype={"age": "float64"})
    _check_table(table, path)
    files = {file.stem: file for pattern in ("*.jpg", "*/*.jpg") for file in root.glob(pattern)}
    missing = table.loc[~table["image_id"].isin(files.keys()), "image_id"]
    if len(missing):
        raise DatasetError(
            f"{len(missing)} of the {len(table)} images in {path} have no file below {root}, "
            f"for example {missing.iloc[0]}.jpg; unpack all parts of the data set there."
        )
    table["path"] = table["image_id"].map(lambda image_id: str(files[image_id].resolve()))
    table["label"] = table["dx"].map(CODES.index)
    return table.sort_values("image_id", ignore_index=True)


def _metadata_file(root: Path) -> Path:
    for name in _METADATA_NAMES:
        if (root / name).is_file():
            return root / name
    raise DatasetError(
        f"No HAM10000 data set in {root.resolve()}: it holds none of {', '.join(_METADATA_NAMES)}. "
        "Either get the data set from doi:10.7910/DVN/DBW86T and unpack it there, or name its "
        "folder with --data.root, or make a small synthetic one with "
        "'python -m datamodules.synthetic FOLDER'."
    )


def _check_table(table: pd.DataFrame, path: Path) -> None:
    absent = [column for column in COLUMNS if column not in table.columns]
    if absent:
        raise DatasetError(f"{path} lacks the column(s) {', '.join(absent)}.")
    unknown = table[~table["dx"].isin(CODES)]
    if len(unknown):
        # Line 1 is the header.
        line, value = int(unknown.index[0]) + 2, unknown.iloc[0]["dx"]
        raise DatasetError(
            f"{path}, line {line}: unknown diagnosis {value!r}; expected one of {', '.join(CODES)}."
        )
    twice = table[table["image_id"].duplicated()]
    if len(twice):
        line, value = int(twice.index[0]) + 2, twice.iloc[0]["image_id"]
        raise DatasetError(f"{path}, line {line}: image_id {value!r} occurs a second time.")
