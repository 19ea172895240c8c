from pathlib import Path

import pandas as pd
import pytest

from datamodules.metadata import read_metadata
from datamodules.splits import SPLITS, SplitError, assign_splits
from tests.conftest import SHARED

FRACTIONS = {"val_fraction": 0.15, "test_fraction": 0.15}


def lesions(counts: dict[str, int], images: int = 2) -> pd.DataFrame:
    rows = [
        {"lesion_id": f"{dx}-{lesion}", "dx": dx}
        for dx, count in counts.items()
        for lesion in range(count)
        for _ in range(1 + lesion % images)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def metadata(synthetic_root: Path) -> pd.DataFrame:
    if (SHARED / "ham10000").is_dir():
        return read_metadata(SHARED / "ham10000")
    return read_metadata(synthetic_root)


def test_no_lesion_is_in_two_splits(metadata: pd.DataFrame) -> None:
    split = assign_splits(metadata, **FRACTIONS, seed=0)
    assert split.groupby(metadata["lesion_id"]).nunique().max() == 1
    assert set(split) == set(SPLITS)


def test_splits_are_stratified() -> None:
    table = lesions({"nv": 700, "mel": 200, "bcc": 100})
    split = assign_splits(table, **FRACTIONS, seed=0)
    first = ~table["lesion_id"].duplicated()
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


@pytest.mark.parametrize("fractions", [(0.0, 0.1), (0.1, 0.0), (0.5, 0.5)])
def test_fractions_must_leave_something(fractions: tuple[float, float]) -> None:
    with pytest.raises(SplitError, match="val_fraction"):
        assign_splits(
            lesions({"nv": 100}), val_fraction=fractions[0], test_fraction=fractions[1], seed=0
        )


def test_diagnosis_with_too_few_lesions_is_refused() -> None:
    with pytest.raises(SplitError, match="lesion"):
        assign_splits(lesions({"nv": 100, "df": 2}), **FRACTIONS, seed=0)


def test_lesion_with_two_diagnoses_is_refused() -> None:
    table = pd.DataFrame({"lesion_id": ["a", "a"], "dx": ["nv", "mel"]})
    with pytest.raises(SplitError, match="Lesion a"):
        assign_splits(table, **FRACTIONS, seed=0)
