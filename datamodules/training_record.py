"""What a checkpoint remembers of the data it learned from, so that nobody measures it on that."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from datamodules.errors import DatasetError
from datamodules.preprocess import PREPROCESS_VERSION

_REPEAT: Final = "Repeat its own split with '--data.manifest RUN/logs/version_N/splits.csv'"


def training_record(train: pd.DataFrame) -> dict[str, Any]:
    """Describe the training images, in plain types that a checkpoint may hold.

    Args:
        train: The training images, with ``image_id``.
    """
    return {"preprocess_version": PREPROCESS_VERSION, "image_ids": train["image_id"].tolist()}


def check_same_training(record: Mapping[str, Any], train: pd.DataFrame) -> None:
    """Refuse to go on training with images that were not trained on before.

    Args:
        record: What :func:`training_record` gave when the checkpoint was trained.
        train: The training images now, with ``image_id``.

    Raises:
        DatasetError: If there are any that the checkpoint was not trained on.
    """
    new = int((~train["image_id"].isin(record["image_ids"])).sum())
    if new:
        raise DatasetError(
            f"{new} of the {len(train)} training images are not among those that the checkpoint "
            f"was trained on. {_REPEAT}, or start a new training."
        )


def check_record(record: Mapping[str, Any], table: pd.DataFrame) -> None:
    """Refuse to go on with a checkpoint that has seen what is now validation or test.

    Args:
        record: What :func:`training_record` gave when the checkpoint was trained.
        table: Every image with ``image_id``, ``group`` and ``split``; empty if there are none.

    Raises:
        DatasetError: If the checkpoint saw the pixels otherwise, or saw lesions held out now.
    """
    version = record["preprocess_version"]
    if version != PREPROCESS_VERSION:
        raise DatasetError(
            f"The checkpoint was trained on images of preprocessing {version}, but this program's "
            f"is {PREPROCESS_VERSION}; train again, or use the program that trained it."
        )
    if table.empty:
        return
    seen = table.loc[table["image_id"].isin(record["image_ids"]), "group"]
    held_out = table[table["split"].isin(("val", "test"))]
    leaked = int(held_out["group"].isin(seen).sum())
    if leaked:
        raise DatasetError(
            f"The checkpoint was trained on lesions of {leaked} of the {len(held_out)} images that "
            f"are validation or test here, so figures from them would be too good. {_REPEAT}."
        )
