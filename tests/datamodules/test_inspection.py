import hashlib
import shutil
from pathlib import Path

from datamodules.inspection import inspect_images
from datamodules.metadata import read_metadata


def test_every_file_is_described(synthetic_root: Path, tmp_path: Path) -> None:
    table = read_metadata(synthetic_root).head(5)
    damaged, absent = tmp_path / "damaged.jpg", tmp_path / "absent.jpg"
    data = Path(table["path"][0]).read_bytes()
    damaged.write_bytes(data[: len(data) // 2])
    shutil.copy(table["path"][0], tmp_path / "copy.jpg")
    table["path"] = [table["path"][0], str(tmp_path / "copy.jpg"), str(damaged), str(absent), ""]
    found = inspect_images(table)
    assert found["width"].tolist()[:2] == [600, 600]
    assert found["height"].tolist()[:2] == [450, 450]
    assert found["sha256"].tolist()[:2] == [hashlib.sha256(data).hexdigest()] * 2
    assert found["problem"].tolist()[:2] == ["", ""]
    assert "damaged" in found["problem"][2]
    assert "No such file" in found["problem"][3]
    assert found["problem"][4] == "no file"
    assert found.loc[2:, "width"].isna().all()
