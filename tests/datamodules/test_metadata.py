import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from datamodules.errors import DatasetError
from datamodules.labels import CODES
from datamodules.metadata import read_metadata, read_official_test
from tests.datamodules.layouts import to_challenge_layout, to_one_hot_truth


@pytest.fixture
def root(synthetic_root: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(synthetic_root, copy)
    return copy


def edit(root: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = root / "HAM10000_metadata.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)


def test_every_row_has_its_file_and_label(root: Path) -> None:
    table = read_metadata(root)
    assert len(table) == 105
    assert [Path(path).stem for path in table["path"]] == table["image_id"].tolist()
    assert [CODES[label] for label in table["label"]] == table["dx"].tolist()
    assert table["age"].between(20, 80).all()


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_dataverse_layout_is_read_alike(root: Path, separator: str) -> None:
    expected = read_metadata(root)
    edited = pd.read_csv(root / "HAM10000_metadata.csv")
    (root / "HAM10000_metadata.csv").unlink()
    edited.to_csv(root / "HAM10000_metadata", sep=separator, index=False, encoding="utf-8-sig")
    pd.testing.assert_frame_equal(read_metadata(root), expected)


def test_kaggle_layout_is_read_alike(root: Path) -> None:
    expected = read_metadata(root).drop(columns="path")
    (root / "hmnist_28_28_RGB.csv").write_text("pixel0000,label\n192,2\n")
    (root / "HAM10000_images_part_1").rename(root / "ham10000_images_part_1")
    # The copy has some images in both parts.
    image = next((root / "ham10000_images_part_1").glob("*.jpg"))
    shutil.copy(image, root / "HAM10000_images_part_2" / image.name)
    image.rename(image.with_suffix(".JPG"))
    table = read_metadata(root)
    pd.testing.assert_frame_equal(table.drop(columns="path"), expected)
    assert all(Path(path).is_file() for path in table["path"])


def test_challenge_layout_is_read_alike(root: Path) -> None:
    expected = read_metadata(root)
    to_challenge_layout(root)
    table = read_metadata(root)
    same = ["image_id", "lesion_id", "dx", "dx_type", "label"]
    pd.testing.assert_frame_equal(table[same], expected[same])
    assert table[["age", "sex", "localization"]].isna().all(axis=None)


def test_challenge_layout_without_lesions_is_refused(root: Path) -> None:
    to_challenge_layout(root)
    (root / "ISIC2018_Task3_Training_LesionGroupings.csv").unlink()
    with pytest.raises(DatasetError, match="LesionGroupings"):
        read_metadata(root)


def test_challenge_row_with_two_diagnoses_is_named(root: Path) -> None:
    to_challenge_layout(root)
    (truth,) = root.glob("*/*GroundTruth.csv")
    truth.write_text(truth.read_text().replace("1.0", "0.0", 1))
    with pytest.raises(DatasetError, match=r"GroundTruth\.csv, line \d+: exactly one of"):
        read_metadata(root)


def test_official_test_set_is_read_without_the_withdrawn_image(official_root: Path) -> None:
    test = read_official_test(official_root)
    assert len(test) == len(read_metadata(official_root)) == 105
    assert "ISIC_0035068" not in set(test["image_id"])
    assert all("Test_Images" in path for path in test["path"])


def test_official_test_set_is_read_alike_from_the_challenge(
    official_root: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(official_root, copy)
    to_one_hot_truth(copy)
    same = ["image_id", "dx", "label"]
    pd.testing.assert_frame_equal(
        read_official_test(copy)[same], read_official_test(official_root)[same]
    )


def test_missing_official_test_set_names_the_remedies(root: Path) -> None:
    with pytest.raises(DatasetError, match=r"--data\.download true.*--data\.test_set split"):
        read_official_test(root)


def test_missing_data_set_names_the_folder_and_the_remedies(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_metadata(tmp_path / "absent")
    for part in (
        str(tmp_path / "absent"),
        "doi:",
        "--data.download true",
        "--data.root",
        "python -m datamodules synthetic",
    ):
        assert part in str(caught.value)


def test_missing_images_are_counted_and_named(root: Path) -> None:
    for number in range(7):
        next(root.glob(f"*/SYNTHETIC_0001{number}.jpg")).unlink()
    with pytest.raises(DatasetError, match=r"7 of the 105 .*SYNTHETIC_00014 and 2 more"):
        read_metadata(root)
    assert (read_metadata(root, allow_missing=True)["path"] == "").sum() == 7


def test_unknown_values_are_missing(root: Path) -> None:
    edit(root, lambda table: table.assign(age=[None, *table["age"][1:]], sex=""))
    table = read_metadata(root)
    assert table["age"].isna().tolist() == [True] + [False] * 104
    assert table["sex"].isna().all()


def with_first(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table.assign(**{column: [value, *table[column][1:]]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_first("dx", "xyz"), r"line 2: unknown diagnosis 'xyz'"),
        (with_first("dx", None), r"line 2: dx is empty"),
        (with_first("lesion_id", " "), r"line 2: lesion_id is empty"),
        (with_first("age", "old"), r"line 2: age 'old' is no number"),
        (lambda table: table.drop(columns="lesion_id"), r"lacks the column\(s\) lesion_id"),
        (lambda table: pd.concat([table, table.tail(1)]), "line 107: .*SYNTHETIC_00104.* second"),
        (lambda table: table.head(0), "no rows"),
    ],
)
def test_mistakes_in_the_table_are_named_with_their_line(
    root: Path, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    edit(root, change)
    with pytest.raises(DatasetError, match=message) as caught:
        read_metadata(root)
    assert "HAM10000_metadata.csv" in str(caught.value)


HEADER = b"lesion_id,image_id,dx,dx_type,age,sex,localization"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        ("lesion_id,image_id".encode("utf-16"), "is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "is not UTF-8"),
        (HEADER + b"\na,b,nv\n", "line 2: 3 values for 7"),
        (HEADER + b",dx\na,b,nv,,,,,mel\n", "more than one column 'dx'; leave one"),
        (HEADER + b",,\na,b,nv,,,,,,\n", "more than one column ''"),
    ],
)
def test_damaged_table_is_named(root: Path, content: bytes, message: str) -> None:
    (root / "HAM10000_metadata.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=rf"HAM10000_metadata\.csv.*{message}"):
        read_metadata(root)


@pytest.mark.parametrize("column", [0, 6])
def test_open_quotation_mark_is_named_and_swallows_no_rows(root: Path, column: int) -> None:
    path = root / "HAM10000_metadata.csv"
    lines = path.read_text().splitlines()
    cells = lines[4].split(",")
    cells[column] = f'"{cells[column]}'
    # More than the csv module takes for one cell follows.
    path.write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:] * 30]))
    with pytest.raises(DatasetError, match=r"metadata\.csv, line 5 .*close its quotation marks"):
        read_metadata(root)


def test_separators_in_quotation_marks_belong_to_the_cell(root: Path) -> None:
    edit(root, with_first("localization", 'ear, "left"'))
    assert read_metadata(root)["localization"].iloc[0] == 'ear, "left"'
