"""Reads the tables of the ISIC 2018 challenge, task 3: the same images under other conventions.

Ground truth is a one-hot table ``image,MEL,NV,BCC,AKIEC,BKL,DF,VASC``. Which images show the same
lesion stands in a file of its own, given out for the training images only. Age, sex and body site
were not given out.

Codella et al., "Skin Lesion Analysis Toward Melanoma Detection 2018", arXiv:1902.03368.
"""

from pathlib import Path
from typing import Final

import pandas as pd

from datamodules.errors import DatasetError
from datamodules.labels import CODES
from datamodules.table_file import read_table_file

_ONE_HOT: Final = tuple(code.upper() for code in CODES)
#: HAM10000's ``dx_type`` by the words of the lesion groupings.
_CONFIRMATION: Final = {
    "histopathology": "histo",
    "serial imaging showing no change": "follow_up",
    "single image expert consensus": "consensus",
    "confocal microscopy with consensus dermoscopy": "confocal",
}


def read_ground_truth(truth: Path, groupings: Path | None) -> pd.DataFrame:
    """Read a ground truth table of the challenge in the columns of HAM10000's metadata.

    Args:
        truth: The one-hot table.
        groupings: The table of lesions; without it, each image counts as a lesion of its own.

    Returns:
        One row per image, everything text, indexed by line number. What the challenge does not
        tell is ``""``.

    Raises:
        DatasetError: If a table is damaged, a row has not exactly one diagnosis, or an image has
            no lesion.
    """
    one_hot = read_table_file(truth, ("image", *_ONE_HOT))
    table = pd.DataFrame(
        {
            "lesion_id": one_hot["image"],
            "image_id": one_hot["image"],
            "dx": _diagnoses(one_hot, truth),
            "dx_type": "",
            "age": "",
            "sex": "",
            "localization": "",
        }
    )
    return table if groupings is None else _with_lesions(table, groupings)


def _diagnoses(one_hot: pd.DataFrame, path: Path) -> pd.Series:
    chosen = one_hot[list(_ONE_HOT)].apply(pd.to_numeric, errors="coerce") == 1
    wrong = chosen.index[chosen.sum(axis=1) != 1]
    if len(wrong):
        raise DatasetError(
            f"{path}, line {wrong[0]}: exactly one of {', '.join(_ONE_HOT)} must be 1."
        )
    diagnoses: pd.Series = chosen.idxmax(axis=1).str.lower()
    return diagnoses


def _with_lesions(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    lesions = read_table_file(path, ("image", "lesion_id", "diagnosis_confirm_type"))
    lesions = lesions.drop_duplicates("image").set_index("image")
    without = table[~table["image_id"].isin(lesions.index)]
    if len(without):
        raise DatasetError(f"{path} names no lesion for image {without['image_id'].iloc[0]}.")
    confirmation = lesions["diagnosis_confirm_type"].map(_CONFIRMATION).fillna("")
    return table.assign(
        lesion_id=table["image_id"].map(lesions["lesion_id"]),
        dx_type=table["image_id"].map(confirmation),
    )
