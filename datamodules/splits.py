"""Stratified train/validation/test splits that keep all images of a group together.

A group is a lesion, or several lesions that share near-duplicate images and so are, most likely,
one (:mod:`datamodules.near_duplicates`). A few groups hold images of two diagnoses; such a group
is counted under its rarest malignant diagnosis, or its rarest one if none is malignant, so that
the diagnoses that matter most are spread most evenly. The images keep their own labels.
"""

from collections.abc import Sequence
from typing import Final, Literal

import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from datamodules.labels import DIAGNOSES

Split = Literal["train", "val", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")
#: In the column ``split``: in none, because the official test set has an image of the group.
EXCLUDED: Final = "excluded"
_MALIGNANT: Final = {diagnosis.code for diagnosis in DIAGNOSES if diagnosis.malignant}


class SplitError(ValueError):
    """A data set that can not be split as asked."""


def assign_splits(
    table: pd.DataFrame,
    *,
    val_fraction: float,
    test_fraction: float | None,
    seed: int,
    folds: int | None = None,
    fold: int = 0,
) -> pd.Series:
    """Assign every image to a split, stratified by diagnosis and by whole groups.

    The result depends on the set of groups and the seed only, not on the order of the rows. The
    test split is the same for all folds, and without folds.

    Args:
        table: Columns ``group`` and ``dx``; one row per image.
        val_fraction: Share of the groups that goes to validation, in ``(0, 1)``; unused with
            ``folds``.
        test_fraction: Share of the groups that goes to test, in ``(0, 1)``; ``None`` leaves all
            groups to training and validation.
        seed: Seed of the shuffle.
        folds: Number of equal parts that take turns as the validation split, at least 2.
        fold: Which of them is the validation split, from 0.

    Returns:
        ``train``, ``val`` or ``test`` for each row, with the index of ``table``.

    Raises:
        SplitError: If the fractions leave no group for training, there is no such fold, or a
            diagnosis has too few groups to be present in every split.
    """
    _check(val_fraction, test_fraction, folds, fold)
    groups = group_diagnoses(table)
    rest, test = groups, groups[:0]
    if test_fraction is not None:
        rest, test = _set_aside(groups, test_fraction, seed)
    if folds is None:
        train, val = _set_aside(rest, val_fraction / (1 - (test_fraction or 0)), seed)
    else:
        train, val = _set_fold_aside(rest, folds, fold, seed)
    split_of = {
        group: name
        for name, part in zip(SPLITS, (train, val, test), strict=True)
        for group in part.index
    }
    return table["group"].map(split_of).rename("split")


def group_diagnoses(table: pd.DataFrame) -> pd.Series:
    """Find the one diagnosis that each group is counted under.

    Args:
        table: Columns ``group`` and ``dx``; one row per image.

    Returns:
        Diagnosis codes, indexed by group in sorted order.
    """
    frequency = table["dx"].map(table["dx"].value_counts())
    ranked = table.assign(benign=~table["dx"].isin(_MALIGNANT), frequency=frequency)
    first = ranked.sort_values(["group", "benign", "frequency", "dx"]).drop_duplicates("group")
    return first.set_index("group")["dx"]


def _check(val_fraction: float, test_fraction: float | None, folds: int | None, fold: int) -> None:
    fractions = [fraction for fraction in (val_fraction, test_fraction) if fraction is not None]
    if min(fractions) <= 0 or sum(fractions) >= 1:
        raise SplitError(
            f"val_fraction={val_fraction} and test_fraction={test_fraction} must be positive and "
            "leave something for training."
        )
    if folds is None and fold != 0:
        raise SplitError(f"fold={fold} means nothing without folds; say how many there are.")
    if folds is not None and not (2 <= folds and 0 <= fold < folds):
        raise SplitError(
            f"There is no fold {fold} of {folds}; folds must be at least 2 and fold must be in "
            "0 ... folds - 1."
        )


def _set_aside(groups: pd.Series, fraction: float, seed: int) -> tuple[pd.Series, pd.Series]:
    try:
        kept, taken = train_test_split(
            groups, test_size=fraction, stratify=groups, random_state=seed
        )
    except ValueError as error:
        raise SplitError(
            f"{len(groups)} lesions can not be split with {fraction:.0%} set aside and every "
            f"diagnosis in every part ({error}). Use more data or a larger fraction."
        ) from error
    _check_diagnoses(groups, {"remaining": kept, "set-aside": taken})
    return kept, taken


def _set_fold_aside(
    groups: pd.Series, folds: int, fold: int, seed: int
) -> tuple[pd.Series, pd.Series]:
    smallest = groups.value_counts()
    if smallest.min() < folds:
        raise SplitError(
            f"{folds} folds need at least {folds} lesions of every diagnosis, but "
            f"{smallest.idxmin()} has {smallest.min()} outside the test split. Use fewer folds."
        )
    parts: Sequence[tuple[list[int], list[int]]] = list(
        StratifiedKFold(folds, shuffle=True, random_state=seed).split(groups, groups)
    )
    kept, taken = parts[fold]
    return groups.iloc[kept], groups.iloc[taken]


def _check_diagnoses(groups: pd.Series, parts: dict[str, pd.Series]) -> None:
    for name, part in parts.items():
        absent = set(groups) - set(part)
        if absent:
            raise SplitError(
                f"The {name} part would have no lesion of {', '.join(sorted(absent))}; "
                "use more data or other fractions."
            )
