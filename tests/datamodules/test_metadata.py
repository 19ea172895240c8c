import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from datamodules.labels import CODES
from datamodules.metadata import DatasetError, read_metadata


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


def test_dataverse_layout_is_read_alike(root: Path) -> None:
    expected = read_metadata(root)
    edited = pd.read_csv(root / "HAM10000_metadata.csv")
    (root / "HAM10000_metadata.csv").unlink()
    edited.to_csv(root / "HAM10000_metadata", sep="\t", index=False)
    pd.testing.assert_frame_equal(read_metadata(root), expected)


def test_missing_data_set_names_the_folder_and_the_remedies(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_metadata(tmp_path / "absent")
    for part in (str(tmp_path / "absent"), "doi:", "--data.root", "synthetic"):
        assert part in str(caught.value)


def test_missing_image_is_named(root: Path) -> None:
    next(root.glob("*/SYNTHETIC_00007.jpg")).unlink()
    with pytest.raises(DatasetError, match="SYNTHETIC_00007"):
        read_metadata(root)


def test_unknown_diagnosis_is_named_with_its_line(root: Path) -> None:
    edit(root, lambda table: table.assign(dx=["xyz", *table["dx"][1:]]))
    with pytest.raises(DatasetError, match=r"line 2: unknown diagnosis 'xyz'"):
        read_metadata(root)


def test_missing_column_is_named(root: Path) -> None:
    edit(root, lambda table: table.drop(columns="lesion_id"))
    with pytest.raises(DatasetError, match="lesion_id"):
        read_metadata(root)


def test_duplicate_image_is_named(root: Path) -> None:
    edit(root, lambda table: pd.concat([table, table.tail(1)]))
    with pytest.raises(DatasetError, match="SYNTHETIC_00104"):
        read_metadata(root)
