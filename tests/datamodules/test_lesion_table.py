"""Reading, grouping and splitting together, through the data module."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from datamodules import lesion_groups
from datamodules.cache import read_pixels
from datamodules.errors import DatasetError
from datamodules.ham10000 import HAM10000DataModule
from datamodules.listing import LabelledFiles
from datamodules.manifest import write_manifest
from datamodules.splits import SplitError
from tests.datamodules.layouts import to_one_hot_truth


@pytest.fixture
def root(synthetic_root: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(synthetic_root, copy)
    return copy


def module(root: Path, **options: object) -> HAM10000DataModule:
    """Set a data module up, with its cache beside the data."""
    fractions = {"val_fraction": 0.15, "test_fraction": 0.15}
    data = HAM10000DataModule(root=root, cache_dir=root.parent / "cache", **fractions | options)
    data.prepare_data()
    data.setup()
    return data


def darken(source: Path, target: Path) -> None:
    Image.open(source).point(lambda value: 0.8 * value).save(target, quality=90)


def image(root: Path, number: int) -> Path:
    return next(root.glob(f"*/SYNTHETIC_{number:05d}.jpg"))


def test_near_duplicates_share_a_group_and_a_split(root: Path) -> None:
    before = module(root).table.set_index("image_id")
    assert (before["group"] == before["lesion_id"]).all()
    # Images of an akiec, a bcc and a nv; the last two become the first again.
    for number in (20, 70):
        darken(image(root, 0), image(root, number))
    table = module(root).table.set_index("image_id")
    same = table.loc[["SYNTHETIC_00000", "SYNTHETIC_00020", "SYNTHETIC_00070"]]
    assert same["lesion_id"].nunique() == 3
    assert same["dx"].nunique() > 1
    assert set(same["group"]) == {"SYN_00000"}
    assert table.groupby("group")["split"].nunique().max() == 1
    assert table["group"].nunique() == before["group"].nunique() - 2


def test_pairs_are_searched_once_and_anew_after_a_change(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    darken(image(root, 0), image(root, 20))
    first = module(root).table
    with monkeypatch.context() as patched:
        patched.setattr(lesion_groups, "find_near_duplicates", None)
        pd.testing.assert_frame_equal(module(root).table, first)
    shutil.copy(image(root, 19), image(root, 20))  # its own lesion's other image
    assert (module(root).table["group"] == first["lesion_id"]).all()


def test_official_test_set_is_the_test_split_and_its_lesions_are_not_trained_on(
    official_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(official_root, root)
    darken(next(root.glob("*/TEST_00003.jpg")), image(root, 20))
    table = module(root, test_set="official").table.set_index("image_id")
    official = table.index.str.startswith("TEST")
    assert (table[official]["split"] == "test").all()
    assert set(table[~official]["split"]) == {"train", "val", "excluded"}
    excluded = table[table["split"] == "excluded"]
    lesion = table.loc["SYNTHETIC_00020", "lesion_id"]
    assert lesion in set(excluded["lesion_id"])
    assert set(excluded["group"]) <= set(table[official]["group"])
    assert table[table["split"] != "excluded"].groupby("group")["split"].nunique().max() == 1


def test_official_test_set_without_lesions_is_grouped_by_near_duplicates(
    official_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(official_root, root)
    to_one_hot_truth(root)
    first, other = (next(root.glob(f"*/TEST_{number:05d}.jpg")) for number in (3, 20))
    darken(first, other)
    data = module(root, test_set="official")
    test = data.split("test")
    assert (test["lesion_id"] == test["image_id"]).all()
    assert test["group"].nunique() == len(test) - 1
    scored = data.files_to_score()
    assert isinstance(scored, LabelledFiles)
    group = dict(zip(scored.labels["image_id"], scored.labels["group"], strict=True))
    assert group[first.stem] == group[other.stem]


def test_folds_take_turns(root: Path) -> None:
    val = [set(module(root, folds=3, fold=i).split("val")["image_id"]) for i in range(3)]
    test = set(module(root).split("test")["image_id"])
    assert not val[0] & val[1]
    assert len(val[0] | val[1] | val[2]) == 105 - len(test)
    assert not test & (val[0] | val[1] | val[2])


def test_what_is_held_out_goes_to_test_and_nothing_else_moves(root: Path) -> None:
    path = root / "HAM10000_metadata.csv"
    table = pd.read_csv(path)
    nevi = table[table["dx"] == "nv"].drop_duplicates("lesion_id")
    abroad, home = nevi["lesion_id"].iloc[::2], nevi["lesion_id"].iloc[1::2]
    is_abroad = table["lesion_id"].isin(abroad)
    table.assign(dataset=is_abroad.map({True: "abroad", False: "home"})).to_csv(path, index=False)
    copy = nevi.index[nevi["lesion_id"] == home.iloc[0]][0]
    darken(image(root, nevi.index[0]), image(root, copy))

    before = module(root).table
    after = module(root, held_out="dataset=abroad").table
    # A near-duplicate of an image from abroad is held out with it.
    assert after.loc[copy, ["dataset", "split"]].tolist() == ["home", "test"]
    held_out = after["lesion_id"].isin([*abroad, home.iloc[0]])
    assert set(after.loc[held_out, "split"]) == {"test"}
    assert "train" in set(before.loc[held_out, "split"])
    pd.testing.assert_series_equal(after.loc[~held_out, "split"], before.loc[~held_out, "split"])


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("abroad", "COLUMN=VALUE with one of the columns dataset, dx_type, sex, localization"),
        ("age=30", "COLUMN=VALUE"),
        ("dataset=abroad", "no image has this dataset; it is not in these metadata"),
        ("dx_type=histo", "leaves no image of akiec, bcc, .* to the train split"),
        ("localization=neck", "there are: back, face, lower extremity, trunk"),
    ],
)
def test_nothing_to_hold_out_is_an_error(root: Path, condition: str, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        module(root, held_out=condition)


def test_manifest_repeats_a_split_whatever_the_options_say(root: Path, tmp_path: Path) -> None:
    first = module(root, split_seed=5)
    manifest = tmp_path / "splits.csv"
    write_manifest(first.table, first.split_options.origin(), manifest)
    again = module(root, manifest=manifest, val_fraction=0.4)
    pd.testing.assert_series_equal(again.table["split"], first.table["split"])
    assert again.split_options == replace(first.split_options, manifest=manifest)
    image(root, 7).unlink()
    with pytest.raises(DatasetError, match="SYNTHETIC_00007"):
        module(root, manifest=manifest)


def test_manifest_without_groups_keeps_near_duplicates_together(root: Path, tmp_path: Path) -> None:
    darken(image(root, 0), image(root, 20))
    first = module(root)
    manifest = tmp_path / "splits.csv"
    write_manifest(first.table[["image_id", "split"]], {}, manifest)
    pd.testing.assert_frame_equal(module(root, manifest=manifest).table, first.table)
    lesion = first.table.loc[20, "lesion_id"]
    other = "val" if first.table.loc[0, "split"] == "test" else "test"
    apart = first.table["split"].mask(first.table["lesion_id"] == lesion, other)
    write_manifest(first.table.assign(split=apart)[["image_id", "split"]], {}, manifest)
    with pytest.raises(DatasetError, match="group 'SYN_00000' is in split"):
        module(root, manifest=manifest)


def test_manifest_tells_what_was_held_out(root: Path, tmp_path: Path) -> None:
    first = module(root)
    manifest = tmp_path / "splits.csv"
    origin = first.split_options.origin() | {"held_out": "dataset=abroad"}
    write_manifest(first.table, origin, manifest)
    again = module(root, manifest=manifest).split_options
    assert again.held_out == "dataset=abroad"
    assert again.origin()["held_out"] == "dataset=abroad"


def test_unreadable_images_are_left_out_only_if_asked(root: Path) -> None:
    image(root, 3).unlink()
    image(root, 5).write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(DatasetError, match=r"SYNTHETIC_00003.*--data\.skip_unreadable true"):
        module(root)
    with pytest.warns(UserWarning, match="2 of 105 images .*: SYNTHETIC_00003, SYNTHETIC_00005"):
        data = module(root, skip_unreadable=True)
    assert len(data.table) == 103
    assert sum(data.split_sizes()[f"{name}_images"] for name in ("train", "val", "test")) == 103
    for batch in data.val_dataloader():
        assert batch["image"].shape[1:] == (3, 224, 224)


def test_absent_diagnosis_is_a_warning(root: Path) -> None:
    path = root / "HAM10000_metadata.csv"
    table = pd.read_csv(path)
    table[~table["dx"].isin(["df", "vasc"])].to_csv(path, index=False)
    with pytest.warns(UserWarning, match="2 of the 7 diagnoses have no image: df, vasc"):
        data = module(root)
    assert data.train_class_counts().tolist().count(0) == 2


def named(root: Path, names: dict[int, str]) -> pd.DataFrame:
    """Return the first images of a data set under other names."""
    table = pd.read_csv(root / "HAM10000_metadata.csv").head(len(names))
    paths = [str(image(root, row)) for row in names]
    return table.assign(image_id=list(names.values()), path=paths)


def test_pairs_of_ham10000_are_listed(root: Path, tmp_path: Path) -> None:
    table = named(root, {0: "ISIC_0024408", 1: "ISIC_0027737", 2: "ISIC_0024602"})

    def read(row: int) -> NDArray[np.uint8]:
        raise AssertionError("nothing has to be searched")

    pairs = lesion_groups.near_duplicate_pairs(table, read, tmp_path)
    assert pairs.iloc[:, :2].to_numpy().tolist() == [["ISIC_0024408", "ISIC_0027737"]]


def test_only_images_of_others_are_searched_beside_the_list(root: Path, tmp_path: Path) -> None:
    names = {
        0: "ISIC_0024408",
        1: "ISIC_0027737",
        2: "ISIC_0024310",  # the same picture as the next two
        3: "ISIC_0024311",
        4: "ISIC_0034524",  # of the official test set
    }
    table = named(root, names)
    paths = table["path"].tolist()

    def read(row: int) -> NDArray[np.uint8]:
        return read_pixels(paths[min(row, 2)])

    pairs = lesion_groups.near_duplicate_pairs(table, read, tmp_path)
    assert pairs.iloc[:, :2].to_numpy().tolist() == [
        ["ISIC_0024408", "ISIC_0027737"],
        ["ISIC_0024310", "ISIC_0034524"],
        ["ISIC_0024311", "ISIC_0034524"],
    ]


def test_pairs_that_the_search_misses_are_merged_by_name() -> None:
    names = ["ISIC_0030000", "ISIC_0024437", "ISIC_0031299", "ISIC_0031392", "ISIC_0000001"]
    table = pd.DataFrame({"image_id": names, "lesion_id": list("edcba")}, index=range(5, 10))
    groups = lesion_groups.lesion_groups(table, pd.DataFrame(columns=lesion_groups.PAIR_COLUMNS))
    assert groups.to_dict() == {5: "b", 6: "c", 7: "c", 8: "b", 9: "a"}
    alone = lesion_groups.lesion_groups(table[:3], pd.DataFrame(columns=lesion_groups.PAIR_COLUMNS))
    assert alone.tolist() == ["e", "c", "c"]
