from pathlib import Path

from datamodules.synthetic import write_synthetic


def test_same_seed_gives_the_same_files(synthetic_root: Path, tmp_path: Path) -> None:
    write_synthetic(tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(files) == 107
    for file in files:
        assert (tmp_path / file).read_bytes() == (synthetic_root / file).read_bytes()
