from pathlib import Path

import pytest

from datamodules.labels import CODES
from datamodules.metadata import read_metadata
from datamodules.synthetic import main, write_synthetic


def test_same_seed_gives_the_same_files(synthetic_root: Path, tmp_path: Path) -> None:
    write_synthetic(tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(files) == 107
    for file in files:
        assert (tmp_path / file).read_bytes() == (synthetic_root / file).read_bytes()


def test_command_writes_every_diagnosis_and_says_it_means_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path), "--seed", "1"])
    assert set(read_metadata(tmp_path)["dx"]) == set(CODES)
    assert "mean nothing medically" in capsys.readouterr().out
    assert "mean nothing medically" in (tmp_path / "SYNTHETIC.txt").read_text()
