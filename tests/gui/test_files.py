"""Files are written as a whole, and stay what they were."""

import os
import stat
from pathlib import Path

import pytest

from gui.errors import ImageFileError, SaveError
from gui.files import write_file
from gui.image_file import read_bytes


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "report.pdf", tmp_path / "latest.pdf"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_file(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"latest.pdf", "report.pdf"}


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_permissions_stay(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"old")
    file.chmod(mode)

    write_file(file, b"new")

    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / ("x" * 251 + ".pdf")

    write_file(file, b"new")

    assert file.read_bytes() == b"new"


def test_a_failure_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match=r"gone/report\.pdf"):
        write_file(tmp_path / "gone" / "report.pdf", b"new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SaveError, match="folder"):
        write_file(tmp_path / "folder", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")

    for path in (tmp_path / "pipe.jpg", Path("/dev/zero")):
        with pytest.raises(ImageFileError, match="no file"):
            read_bytes(path)
