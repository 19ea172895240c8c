"""The command line, run in this process."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from datamodules import download
from datamodules.__main__ import main
from datamodules.labels import CODES
from datamodules.metadata import read_metadata
from datamodules.synthetic import write_synthetic


def test_synthetic_writes_every_diagnosis_and_says_it_means_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["synthetic", str(tmp_path), "--seed", "1"])
    assert set(read_metadata(tmp_path)["dx"]) == set(CODES)
    assert "mean nothing medically" in capsys.readouterr().out
    assert "mean nothing medically" in (tmp_path / "SYNTHETIC.txt").read_text()


def test_summary_tells_counts_and_everything_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, output = tmp_path / "data", tmp_path / "output"
    write_synthetic(root, scale=2)
    table = read_metadata(root)
    files = [Path(path) for path in table["path"]]
    vascular = (table["dx"] == "vasc").to_numpy()
    files[3].unlink()
    files[5].write_bytes(b"\xff\xd8\xff nothing")
    shutil.copy(files[0], files[40])
    for path in (file for file, chosen in zip(files, vascular, strict=True) if chosen):
        Image.open(path).resize((200, 150)).save(path)
    main(["summary", str(root), "--cache-dir", str(tmp_path / "cache"), "--output", str(output)])
    printed = capsys.readouterr().out
    assert "210 images" in printed
    readable = table["lesion_id"].drop([3, 5])
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    assert rows["split"] == ["train", "val", "test", "images", "lesions"]
    assert [int(n) for n in rows["all"]][3:] == [208, readable.nunique()]
    assert "2 image files are missing or damaged" in printed
    assert str(files[5]) in printed
    assert "1 sets of identical image files: SYNTHETIC_00000 = SYNTHETIC_00040" in printed
    assert "Beware: many images of vasc have a size that no other" in printed
    assert f"SYN_00000 / {table['lesion_id'][40]}" in printed
    images = pd.read_csv(output / "images.csv")
    assert len(images) == 210
    assert images["split"].isna().sum() == 2
    for name in ("summary.png", "near_duplicates.png"):
        with Image.open(output / name) as figure:
            assert len(figure.convert("L").getcolors(256)) > 10


def test_summary_of_what_can_not_be_split_says_so(
    synthetic_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "data"
    shutil.copytree(synthetic_root, root)
    metadata = root / "HAM10000_metadata.csv"
    few = pd.read_csv(metadata).head(14)
    few.assign(dataset=["here"] * 5 + ["there"] * 9).to_csv(metadata, index=False)
    with pytest.warns(UserWarning, match="5 of the 7 diagnoses"):
        main(["summary", str(root), "--cache-dir", str(tmp_path / "cache")])
    printed = capsys.readouterr().out
    assert "can not be split" in printed
    assert "not split" in printed
    sources = printed.partition("from each source")[2].splitlines()
    assert [line.split() for line in sources[1:3]] == [["dataset", "here", "there"], ["dx"]]


@pytest.mark.parametrize("command", ["summary", "download"])
def test_mistakes_are_told_in_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BASE_URL", "http://127.0.0.1:9/api")
    monkeypatch.setattr("datamodules.resuming_downloader._FIRST_PAUSE_S", 0.01)
    with pytest.raises(SystemExit, match=r"^error: ") as caught:
        main([command, str(tmp_path)])
    assert "\n" not in str(caught.value)
