import json
from pathlib import Path

import pandas as pd
import pytest

from datamodules.errors import DatasetError
from datamodules.manifest import apply_manifest, read_origin, without_metadata, write_manifest


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": ["001", "002", "003", "004"],
            "lesion_id": ["a", "a", "b", "c"],
            "group": ["a", "a", "a", "c"],
            "dx": ["nv", "nv", "mel", "df"],
            "split": ["train", "train", "train", "excluded"],
        }
    )


@pytest.fixture
def path(table: pd.DataFrame, tmp_path: Path) -> Path:
    write_manifest(table, {"seed": 3}, tmp_path / "logs" / "splits.csv")
    return tmp_path / "logs" / "splits.csv"


def not_asked() -> pd.Series:
    raise AssertionError("These manifests tell the groups.")


def test_manifest_gives_back_group_and_split_in_any_order(table: pd.DataFrame, path: Path) -> None:
    data = table.drop(columns=["group", "split"]).sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(
        apply_manifest(data, path, not_asked), table.loc[data.index, ["group", "split"]]
    )


def test_published_manifest_gives_back_split_and_groups_without_metadata(
    table: pd.DataFrame, path: Path
) -> None:
    write_manifest(without_metadata(table), {}, path)
    assert path.read_text().splitlines()[1:3] == ["image_id,group,split", "001,0,train"]
    applied = apply_manifest(table, path, lambda: table["group"])
    assert applied["split"].tolist() == table["split"].tolist()
    assert applied["group"].tolist() == ["0", "0", "0", "1"]


def test_groups_that_a_manifest_lacks_are_found_anew(table: pd.DataFrame, path: Path) -> None:
    write_manifest(table[["image_id", "split"]], {}, path)
    applied = apply_manifest(table.drop(columns=["group", "split"]), path, lambda: table["group"])
    pd.testing.assert_frame_equal(applied, table[["group", "split"]])


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (["train", "test", "train", "val"], "line 4: lesion_id 'a' is in split 'test'"),
        (["train", "train", "test", "val"], "line 5: group 'a' is in split 'test'"),
    ],
)
def test_manifest_without_groups_is_held_against_those_of_the_data_set(
    table: pd.DataFrame, path: Path, split: list[str], message: str
) -> None:
    write_manifest(table.assign(split=split)[["image_id", "split"]], {}, path)
    with pytest.raises(DatasetError, match=message):
        apply_manifest(table, path, lambda: table["group"])


def test_manifest_says_how_it_was_made(path: Path) -> None:
    first, header, *rows = path.read_text().splitlines()
    assert json.loads(first.removeprefix("# ")) == {"seed": 3}
    assert header == "image_id,lesion_id,group,dx,split"
    assert len(rows) == 4
    assert pd.read_csv(path, comment="#").shape == (4, 5)


def test_origin_of_a_table_without_one_is_unknown(path: Path, tmp_path: Path) -> None:
    assert read_origin(path) == {"seed": 3}
    _, table = path.read_text().split("\n", 1)
    for text in (table, f"# by hand\n{table}", f"# 3\n{table}"):
        path.write_text(text)
        assert read_origin(path) == {}
    with pytest.raises(DatasetError, match=r"nowhere\.csv can not be read"):
        read_origin(tmp_path / "nowhere.csv")


def test_missing_and_unknown_images_are_named(table: pd.DataFrame, path: Path) -> None:
    with pytest.raises(DatasetError, match="1 images are not in the data set: 004"):
        apply_manifest(table.head(3), path, not_asked)
    more = pd.concat([table, table.tail(1).assign(image_id="005")], ignore_index=True)
    with pytest.raises(DatasetError, match="1 images of the data set are not in it: 005"):
        apply_manifest(more, path, not_asked)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("003,b,a,mel", "003,b,a,nv", "another dx for 1 images: 003 has 'nv' there and 'mel'"),
        ("003,b", "003,a", "another lesion_id for 1 images"),
        ("003,", "002,", "line 5: image 002 occurs a second time"),
        ("excluded", "exam", "line 6: unknown split 'exam'"),
        ("split", "part", r"lacks the column\(s\) split"),
    ],
)
def test_manifest_of_other_data_is_refused(
    table: pd.DataFrame, path: Path, old: str, new: str, message: str
) -> None:
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DatasetError, match=message):
        apply_manifest(table, path, not_asked)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("split", ["train", "test", "test"], "line 4: lesion_id 'a' is in split 'test' .* 'train'"),
        ("split", ["val", "val", "test"], "line 5: group 'a' is in split 'test' .* 'val'"),
        ("group", ["1", "2", "3"], "line 4: lesion_id 'a' is in group '2' here and in '1'"),
    ],
)
def test_lesion_or_group_in_two_parts_is_refused_with_its_line(
    table: pd.DataFrame, tmp_path: Path, column: str, values: list[str], message: str
) -> None:
    path = tmp_path / "splits.csv"
    leaking = table.assign(**{column: [*values, table[column].iloc[3]]})
    write_manifest(leaking, {}, path)
    with pytest.raises(DatasetError, match=rf"splits\.csv, {message} .*one {column}"):
        apply_manifest(table, path, not_asked)


def test_what_is_in_no_split_may_share_a_group_with_what_is(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "splits.csv"
    official = table.assign(split=["test", "excluded", "excluded", "train"])
    write_manifest(official, {}, path)
    assert apply_manifest(table, path, not_asked)["split"].tolist() == official["split"].tolist()


def test_absent_manifest_is_named(table: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.csv can not be read: No such file"):
        apply_manifest(table, tmp_path / "nowhere.csv", not_asked)
