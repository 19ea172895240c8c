import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datamodules import download, resuming_downloader
from datamodules.errors import DatasetError
from datamodules.metadata import read_metadata, read_official_test
from tests.datamodules.dataverse import Dataverse
from tests.datamodules.layouts import to_challenge_layout, to_one_hot_truth


def packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.jpg")):
            archive.write(file, f"some folder/{file.name}")
        archive.writestr("some folder/LICENSE.txt", "CC BY-NC 4.0")
    return buffer.getvalue()


@pytest.fixture
def dataverse(official_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dataverse]:
    """Serve a synthetic data set under the real names, with its own checksums and counts."""
    files: dict[int, bytes] = {}

    def serve_table(name: str) -> None:
        table = getattr(download, name)
        files[table.file_id] = (official_root / table.name).read_bytes()
        md5 = table.md5 and hashlib.md5(files[table.file_id]).hexdigest()  # noqa: S324
        monkeypatch.setattr(download, name, replace(table, md5=md5))

    def serve_archives(name: str) -> None:
        archives = []
        for archive in getattr(download, name):
            folder = official_root / archive.folder
            files[archive.file_id] = data = packed(folder)
            md5 = archive.md5 and hashlib.md5(data).hexdigest()  # noqa: S324
            count = len(list(folder.glob("*.jpg")))
            archives.append(replace(archive, md5=md5, images=count))
        monkeypatch.setattr(download, name, tuple(archives))

    for name in ("TRAINING_TABLE", "TEST_TABLE"):
        serve_table(name)
    for name in ("TRAINING_ARCHIVES", "TEST_ARCHIVES"):
        serve_archives(name)
    monkeypatch.setattr(resuming_downloader, "_FIRST_PAUSE_S", 0.01)
    with Dataverse(files).running() as server:
        monkeypatch.setattr(download, "BASE_URL", server.url)
        yield server


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if not path.name.startswith(".")}


def test_everything_is_fetched_unpacked_and_then_left_alone(
    dataverse: Dataverse, official_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "new" / "data"
    download.download(root, official_test=True)
    assert names(root) == {
        "HAM10000_metadata.csv",
        "HAM10000_images_part_1",
        "HAM10000_images_part_2",
        "ISIC2018_Task3_Test_GroundTruth.csv",
        "ISIC2018_Task3_Test_Images",
    }
    for read in (read_metadata, read_official_test):
        assert read(root)["image_id"].tolist() == read(official_root)["image_id"].tolist()
    asked = len(dataverse.ranges)
    assert asked == 5
    download.download(root, official_test=True)
    assert len(dataverse.ranges) == asked


def test_broken_connections_are_taken_up_again(dataverse: Dataverse, tmp_path: Path) -> None:
    dataverse.mishaps.extend(["fine", "break", "break", 503, "break"])
    download.download(tmp_path)
    assert len(read_metadata(tmp_path)) == 105
    assert sum(header is not None for header in dataverse.ranges) >= 3


def test_server_without_ranges_starts_anew(dataverse: Dataverse, tmp_path: Path) -> None:
    dataverse.mishaps.extend(["break", "no range", "break", "no range"])
    download.download(tmp_path)
    assert len(read_metadata(tmp_path)) == 105


def test_download_that_keeps_failing_is_given_up_and_taken_up_by_the_next_run(
    dataverse: Dataverse, tmp_path: Path
) -> None:
    dataverse.mishaps.extend(["fine", "break", *[500] * 5])
    with pytest.raises(
        DatasetError, match=r"answers 500 .*same command to go on.*10\.7910"
    ) as caught:
        download.download(tmp_path)
    assert "\n" not in str(caught.value)
    partial = tmp_path / "HAM10000_images_part_1.zip.part"
    there = partial.stat().st_size
    download.download(tmp_path)
    assert f"bytes={there}-" in dataverse.ranges
    assert len(read_metadata(tmp_path)) == 105


@pytest.mark.parametrize("before", [0, 1])
def test_wrong_bytes_are_not_kept(dataverse: Dataverse, tmp_path: Path, before: int) -> None:
    dataverse.mishaps.extend(["fine"] * before + ["wrong"])
    with pytest.raises(DatasetError, match="checksum differs"):
        download.download(tmp_path)
    assert not list(tmp_path.glob("*.zip*"))
    download.download(tmp_path)
    assert len(read_metadata(tmp_path)) == 105


def test_wrong_table_without_a_checksum_is_not_kept(dataverse: Dataverse, tmp_path: Path) -> None:
    download.download(tmp_path)
    dataverse.mishaps.append("wrong")
    with pytest.raises(DatasetError, match="GroundTruth"):
        download.download(tmp_path, official_test=True)
    download.download(tmp_path, official_test=True)
    assert len(read_official_test(tmp_path)) == 105


@pytest.mark.parametrize("position", [0.2, 0.4, 0.6])
def test_a_damaged_archive_without_a_checksum_is_named(
    dataverse: Dataverse, tmp_path: Path, position: float
) -> None:
    """Wherever the damage is, in an image's first bytes or in their checksum."""
    (number,) = {archive.file_id for archive in download.TEST_ARCHIVES}
    data = bytearray(dataverse.files[number])
    start = data.index(b".jpg", int(position * len(data))) + 4
    data[start : start + 40] = b"\xff" * 40
    dataverse.files[number] = bytes(data)
    with pytest.raises(DatasetError, match=r"is damaged .*delete it and try again") as caught:
        download.download(tmp_path, official_test=True)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("unpacking.part"))


def test_an_archive_with_too_few_images_is_named(
    dataverse: Dataverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive,) = download.TEST_ARCHIVES
    more = replace(archive, images=archive.images + 1)
    monkeypatch.setattr(download, "TEST_ARCHIVES", (more,))
    with pytest.raises(DatasetError, match=f"{archive.images} images instead of {more.images}"):
        download.download(tmp_path, official_test=True)


def test_missing_file_is_named_with_the_remedy(dataverse: Dataverse, tmp_path: Path) -> None:
    del dataverse.files[3172584]
    with pytest.raises(DatasetError, match=r"/3172584 answers 404 .*doi:10\.7910"):
        download.download(tmp_path)


def test_no_network_is_told_in_one_line(
    dataverse: Dataverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BASE_URL", "http://127.0.0.1:9/api")
    with pytest.raises(
        DatasetError, match=r"connection to http://127\.0\.0\.1:9.*refused"
    ) as caught:
        download.download(tmp_path)
    assert "\n" not in str(caught.value)


def test_small_disk_is_noticed_before_anything_is_written(
    dataverse: Dataverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Enough for the tables and one archive, but not to unpack it.
    free = len(dataverse.files[3172585]) * 3 // 2
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(resuming_downloader.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(DatasetError, match=r"images_part_1\.zip needs .* GB, but .* free"):
        download.download(tmp_path)
    assert not list(tmp_path.glob("*.zip*"))


def test_unpacking_goes_on_where_it_was_killed(dataverse: Dataverse, tmp_path: Path) -> None:
    download.download(tmp_path)
    folder = tmp_path / "HAM10000_images_part_1"
    kept, *lost = sorted(folder.glob("*.jpg"))
    before = kept.stat().st_mtime_ns
    for file in lost:
        file.unlink()
    (folder / "unpacking.part").write_bytes(b"half an image")
    download.download(tmp_path)
    assert kept.stat().st_mtime_ns == before
    assert all(file.is_file() for file in lost)
    assert not (folder / "unpacking.part").exists()


def test_data_set_that_is_there_is_kept_as_it_is(
    dataverse: Dataverse, synthetic_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(synthetic_root, root)
    metadata = root / "HAM10000_metadata.csv"
    edited = metadata.read_text().replace("female", "male")
    metadata.write_text(edited)
    download.download(root)
    assert dataverse.ranges == []
    assert metadata.read_text() == edited
    metadata.write_text(edited.replace("akiec", "xyz", 1))
    with pytest.raises(DatasetError, match="unknown diagnosis 'xyz'"):
        download.download(root)
    assert "xyz" in metadata.read_text()


def test_layout_of_the_challenge_is_kept_and_completed(
    dataverse: Dataverse, official_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(official_root, root)
    to_challenge_layout(root)
    to_one_hot_truth(root)
    download.download(root, official_test=True)
    assert dataverse.ranges == []
    next(root.glob("ISIC2018_Task3_Training_Input/*.jpg")).unlink()
    download.download(root, official_test=True)
    assert len(dataverse.ranges) == 2
    assert "HAM10000_metadata.csv" not in names(root)
    assert len(read_metadata(root)) == 105
