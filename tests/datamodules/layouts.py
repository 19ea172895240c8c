"""Rearranges a synthetic data set as others arrange the real one."""

import shutil
from pathlib import Path

import pandas as pd

from datamodules.labels import CODES
from datamodules.synthetic import write_synthetic

TEST_TRUTH = "ISIC2018_Task3_Test_GroundTruth.csv"
_CONFIRMATION = {"histo": "histopathology"}


def to_challenge_layout(root: Path) -> None:
    """Rearrange HAM10000's layout to that of the ISIC 2018 challenge."""
    metadata = root / "HAM10000_metadata.csv"
    table = pd.read_csv(metadata)
    images = root / "ISIC2018_Task3_Training_Input"
    truth = root / "ISIC2018_Task3_Training_GroundTruth"
    images.mkdir()
    truth.mkdir()
    for file in root.glob("HAM10000_images_part_*/*.jpg"):
        file.rename(images / file.name)
    metadata.unlink()
    _one_hot(table).to_csv(truth / f"{truth.name}.csv", index=False)
    table.assign(
        image=table["image_id"], diagnosis_confirm_type=table["dx_type"].map(_CONFIRMATION)
    )[["image", "lesion_id", "diagnosis_confirm_type"]].to_csv(
        root / "ISIC2018_Task3_Training_LesionGroupings.csv", index=False
    )


def add_official_test(root: Path) -> None:
    """Write an official test set of other images; its table has one image that is not there."""
    source = root / "for_test"
    table = write_synthetic(source, seed=7)
    images = root / "ISIC2018_Task3_Test_Images"
    images.mkdir()
    for file in source.glob("*/*.jpg"):
        file.rename(images / file.name.replace("SYNTHETIC", "TEST"))
    shutil.rmtree(source)
    table["image_id"] = table["image_id"].str.replace("SYNTHETIC", "TEST")
    table["lesion_id"] = table["lesion_id"].str.replace("SYN", "TST")
    withdrawn = table.tail(1).assign(image_id="ISIC_0035068", lesion_id="TST_X")
    pd.concat([table, withdrawn]).to_csv(root / TEST_TRUTH, index=False)


def to_one_hot_truth(root: Path) -> None:
    """Rewrite the table of the official test set as the challenge gave it out."""
    _one_hot(pd.read_csv(root / TEST_TRUTH)).to_csv(root / TEST_TRUTH, index=False)


def _one_hot(table: pd.DataFrame) -> pd.DataFrame:
    columns = {code.upper(): (table["dx"] == code).astype(float) for code in CODES}
    return pd.DataFrame({"image": table["image_id"], **columns})
