from pathlib import Path

import pandas as pd
import pytest

from datamodules.metadata import read_metadata
from datamodules.splits import SPLITS, SplitError, assign_splits, group_diagnoses
from tests.conftest import SHARED

FRACTIONS = {"val_fraction": 0.15, "test_fraction": 0.15}


def groups(counts: dict[str, int], images: int = 2) -> pd.DataFrame:
    rows = [
        {"group": f"{dx}-{group}", "dx": dx}
        for dx, count in counts.items()
        for group in range(count)
        for _ in range(1 + group % images)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def metadata(synthetic_root: Path) -> pd.DataFrame:
    real = SHARED / "ham10000"
    table = read_metadata(real if real.is_dir() else synthetic_root)
    return table.assign(group=table["lesion_id"])


def test_no_group_is_in_two_splits(metadata: pd.DataFrame) -> None:
    split = assign_splits(metadata, **FRACTIONS, seed=0)
    assert split.groupby(metadata["group"]).nunique().max() == 1
    assert set(split) == set(SPLITS)


def test_splits_are_stratified() -> None:
    table = groups({"nv": 700, "mel": 200, "bcc": 100})
    split = assign_splits(table, **FRACTIONS, seed=0)
    first = ~table["group"].duplicated()
    for name, share in (("train", 0.7), ("val", 0.15), ("test", 0.15)):
        counts = table[first & (split == name)]["dx"].value_counts()
        for dx, total in (("nv", 700), ("mel", 200), ("bcc", 100)):
            assert counts[dx] == pytest.approx(share * total, abs=1)


def test_seed_decides_and_row_order_does_not(metadata: pd.DataFrame) -> None:
    split = assign_splits(metadata, **FRACTIONS, seed=0)
    shuffled = metadata.sample(frac=1, random_state=1)
    again = assign_splits(shuffled, **FRACTIONS, seed=0)
    pd.testing.assert_series_equal(split, again.sort_index())
    assert not split.equals(assign_splits(metadata, **FRACTIONS, seed=1))


def test_every_group_is_validated_in_one_fold_and_tested_in_all_or_none(
    metadata: pd.DataFrame,
) -> None:
    folds = [assign_splits(metadata, **FRACTIONS, seed=0, folds=4, fold=i) for i in range(4)]
    times = sum((fold == "val").astype(int) for fold in folds)
    test = folds[0] == "test"
    assert (times[~test] == 1).all()
    for fold in folds:
        assert (fold == "test").equals(test)
        assert fold.groupby(metadata["group"]).nunique().max() == 1
        assert (fold == "val").sum() == pytest.approx((~test).sum() / 4, rel=0.25)
    assert test.equals(assign_splits(metadata, **FRACTIONS, seed=0) == "test")


def test_without_test_split_all_is_training_and_validation() -> None:
    table = groups({"nv": 70, "mel": 30})
    split = assign_splits(table, val_fraction=0.2, test_fraction=None, seed=0)
    assert set(split) == {"train", "val"}
    assert table[split == "val"]["group"].nunique() == 20


def test_group_of_two_diagnoses_counts_as_its_rarest_malignant_one() -> None:
    table = pd.DataFrame(
        {
            "group": ["a", "a", "b", "b", "c", "c", *"defg"],
            "dx": ["nv", "mel", "bcc", "mel", "df", "nv", "nv", "mel", "mel", "nv"],
        }
    )
    expected = {"a": "mel", "b": "bcc", "c": "df", "d": "nv", "e": "mel", "f": "mel", "g": "nv"}
    assert group_diagnoses(table).to_dict() == expected


def test_group_of_two_diagnoses_stays_together() -> None:
    table = groups({"nv": 40, "mel": 20})
    table.loc[table["group"] == "mel-1", "group"] = "nv-1"
    split = assign_splits(table, **FRACTIONS, seed=0)
    assert split.groupby(table["group"]).nunique().max() == 1


@pytest.mark.parametrize("fractions", [(0.0, 0.1), (0.1, 0.0), (0.5, 0.5), (1.0, None)])
def test_fractions_must_leave_something(fractions: tuple[float, float | None]) -> None:
    with pytest.raises(SplitError, match="val_fraction"):
        assign_splits(
            groups({"nv": 100}), val_fraction=fractions[0], test_fraction=fractions[1], seed=0
        )


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (3, 3), (3, -1)])
def test_fold_must_exist(folds: int, fold: int) -> None:
    with pytest.raises(SplitError, match="no fold"):
        assign_splits(groups({"nv": 100}), **FRACTIONS, seed=0, folds=folds, fold=fold)


def test_fold_without_folds_is_refused() -> None:
    with pytest.raises(SplitError, match="fold=1 means nothing without folds"):
        assign_splits(groups({"nv": 100}), **FRACTIONS, seed=0, folds=None, fold=1)


def test_diagnosis_with_fewer_lesions_than_folds_is_named() -> None:
    with pytest.raises(SplitError, match="df has 8 outside"):
        assign_splits(groups({"nv": 100, "df": 10}), **FRACTIONS, seed=0, folds=9, fold=0)


def test_diagnosis_with_too_few_lesions_is_refused() -> None:
    with pytest.raises(SplitError, match="lesion"):
        assign_splits(groups({"nv": 100, "df": 2}), **FRACTIONS, seed=0)
