"""Stratified train/validation/test splits that keep all images of a lesion together."""

from typing import Final, Literal

import pandas as pd
from sklearn.model_selection import train_test_split

Split = Literal["train", "val", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")


class SplitError(ValueError):
    """A data set that can not be split as asked."""


def assign_splits(
    metadata: pd.DataFrame, *, val_fraction: float, test_fraction: float, seed: int
) -> pd.Series:
    """Assign every image to a split, stratified by diagnosis and grouped by lesion.

    The result depends on the set of lesions and the seed only, not on the order of the rows.

    Args:
        metadata: Columns ``lesion_id`` and ``dx``; one row per image.
        val_fraction: Share of the lesions that goes to validation, in ``(0, 1)``.
        test_fraction: Share of the lesions that goes to test, in ``(0, 1)``.
        seed: Seed of the shuffle.

    Returns:
        ``train``, ``val`` or ``test`` for each row, with the index of ``metadata``.

    Raises:
        SplitError: If the fractions leave no lesion for training, a lesion has two diagnoses, or
            a diagnosis has too few lesions to be present in every split.
    """
    if not (0 < val_fraction and 0 < test_fraction and val_fraction + test_fraction < 1):
        raise SplitError(
            f"val_fraction={val_fraction} and test_fraction={test_fraction} must be positive and "
            "leave something for training."
        )
    lesions = metadata[["lesion_id", "dx"]].drop_duplicates().sort_values("lesion_id")
    ambiguous = lesions.loc[lesions["lesion_id"].duplicated(), "lesion_id"]
    if len(ambiguous):
        raise SplitError(f"Lesion {ambiguous.iloc[0]} has more than one diagnosis.")
    rest, test = _stratified(lesions, test_fraction, seed)
    train, val = _stratified(rest, val_fraction / (1 - test_fraction), seed)
    split_of = {
        lesion: name
        for name, part in zip(SPLITS, (train, val, test), strict=True)
        for lesion in part["lesion_id"]
    }
    return metadata["lesion_id"].map(split_of).rename("split")


def _stratified(
    lesions: pd.DataFrame, fraction: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        kept, taken = train_test_split(
            lesions, test_size=fraction, stratify=lesions["dx"], random_state=seed
        )
    except ValueError as error:
        raise SplitError(
            f"{len(lesions)} lesions can not be split with {fraction:.0%} set aside and every "
            f"diagnosis in every part ({error}). Use more data or a larger fraction."
        ) from error
    for name, part in (("remaining", kept), ("set-aside", taken)):
        absent = set(lesions["dx"]) - set(part["dx"])
        if absent:
            raise SplitError(
                f"The {name} part would have no lesion of {', '.join(sorted(absent))}; "
                "use more data or other fractions."
            )
    return kept, taken
