import os
from pathlib import Path

import pytest

from datamodules.errors import DatasetError
from datamodules.listing import FILE, FolderFiles, LabelledFiles, open_listing, walk_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of awkward names."""
    root = tmp_path / "tree"
    for name in ("a/z.jpg", "a/b/c.jpg", "a.jpg", "a-b/1.jpg", "ab.jpg", "B.JPG", "ü/ñ.png", ".x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    (root / "empty").mkdir()
    (root / os.fsdecode(b"not\xffutf8.jpg")).write_bytes(b"")
    (root / "new\nline.jpg").write_bytes(b"")
    return root


def test_files_are_sorted_as_their_paths_are(tree: Path) -> None:
    found = list(walk_files(tree))
    expected = sorted(
        os.fsencode(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()
    )
    assert len(found) == 10
    assert found == expected


def test_links_to_files_count_and_links_to_folders_do_not(tree: Path, tmp_path: Path) -> None:
    before = set(walk_files(tree))
    (tree / "file link").symlink_to(tree / "a.jpg")
    (tree / "dead link").symlink_to(tmp_path / "nothing")
    (tree / "a" / "loop").symlink_to(tree)
    os.mkfifo(tree / "pipe")
    assert set(walk_files(tree)) - before == {b"file link", b"dead link"}


def test_listing_gives_back_every_name(tree: Path, tmp_path: Path) -> None:
    FolderFiles(tree).write_listing(tmp_path / "listing")
    listing = open_listing(tmp_path / "listing")
    assert listing.column_names == [FILE]
    assert listing[FILE].to_pylist() == list(walk_files(tree))


def test_labels_are_listed_beside_the_files(tmp_path: Path) -> None:
    files = LabelledFiles(tmp_path, [str(tmp_path / "x" / "1.jpg"), "/other/2.jpg"], {"dx": "ab"})
    files.write_listing(tmp_path / "listing")
    listing = open_listing(tmp_path / "listing")
    outside = os.path.relpath("/other/2.jpg", tmp_path).encode()
    assert listing.to_pydict() == {FILE: [b"x/1.jpg", outside], "dx": ["a", "b"]}


def test_files_are_told_apart(tmp_path: Path) -> None:
    one, other = (LabelledFiles(tmp_path, [name], {}) for name in ("1.jpg", "2.jpg"))
    assert one.identity != other.identity
    assert FolderFiles(tmp_path).identity != FolderFiles(tmp_path / "below").identity


def test_folders_with_nothing_to_score_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"absent.*--data\.predict_dir"):
        FolderFiles(tmp_path / "absent").write_listing(tmp_path / "listing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="empty holds no file"):
        FolderFiles(tmp_path / "empty").write_listing(tmp_path / "listing")


def test_listing_needs_no_memory_for_its_files(tree: Path, tmp_path: Path) -> None:
    import pyarrow as pa

    FolderFiles(tree).write_listing(tmp_path / "listing")
    before = pa.total_allocated_bytes()
    listing = open_listing(tmp_path / "listing")
    assert listing.nbytes > 0
    assert pa.total_allocated_bytes() == before
