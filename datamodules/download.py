"""Gets HAM10000 from the Harvard Dataverse, doi:10.7910/DVN/DBW86T (CC BY-NC 4.0).

Can be run again at any time: what is there is kept, what is missing is fetched. Each file gets
its name only when it is complete, so nothing half-finished is ever taken for whole.
"""

import logging
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import pooch
from filelock import FileLock
from tqdm import tqdm

from datamodules.errors import DatasetError
from datamodules.metadata import (
    find_metadata,
    find_official_test,
    read_metadata,
    read_official_test,
)
from datamodules.resuming_downloader import ResumingDownloader

BASE_URL: Final = "https://dataverse.harvard.edu/api/access/datafile"
#: As which the damage of an archive shows.
_DAMAGE: Final = (
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
_BY_HAND: Final = (
    "The files can also be had by hand from doi:10.7910/DVN/DBW86T; unpack them to {root}."
)


@dataclass(frozen=True)
class RemoteTable:
    """A table at the Dataverse.

    Attributes:
        name: File name that it gets here.
        file_id: The Dataverse's number of the file.
        md5: Checksum of the file as it was uploaded, or ``None`` if it is not known.
    """

    name: str
    file_id: int
    md5: str | None


@dataclass(frozen=True)
class RemoteArchive:
    """A ZIP archive of images at the Dataverse.

    Attributes:
        folder: Folder that it is unpacked to.
        file_id: The Dataverse's number of the file.
        md5: Checksum, or ``None`` if it is not known; ZIP has its own for each image.
        images: How many it holds.
    """

    folder: str
    file_id: int
    md5: str | None
    images: int


TRAINING_TABLE = RemoteTable("HAM10000_metadata.csv", 4338392, "8f85fb1aa29d80a2797247e434deb79d")
TRAINING_ARCHIVES = (
    RemoteArchive("HAM10000_images_part_1", 3172585, "4639bfa73ab251610530a97c898e6e46", 5000),
    RemoteArchive("HAM10000_images_part_2", 3172584, "da43d6cc50f6613013be07e8986b384b", 5015),
)
TEST_TABLE = RemoteTable("ISIC2018_Task3_Test_GroundTruth.csv", 6924466, None)
TEST_ARCHIVES = (RemoteArchive("ISIC2018_Task3_Test_Images", 3855824, None, 1511),)


def download(root: Path, *, official_test: bool = False) -> None:
    """Fetch and unpack what is missing of the data set.

    A data set that is already there, in whatever layout, is left as it is.

    Args:
        root: Folder to download to; made if absent.
        official_test: Also fetch the test images and diagnoses of the ISIC 2018 challenge.

    Raises:
        DatasetError: If the server can not be reached, a file arrives damaged, the disk is too
            small, or the folder holds a damaged data set.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        # Two trainings that start together fetch one data set.
        with FileLock(root / ".download.lock"):
            if find_metadata(root) is None:
                _fetch_table(root, TRAINING_TABLE, read_metadata)
            _complete_images(root, TRAINING_ARCHIVES, read_metadata)
            if official_test:
                if find_official_test(root) is None:
                    _fetch_table(root, TEST_TABLE, read_official_test)
                _complete_images(root, TEST_ARCHIVES, read_official_test)
    except OSError as error:
        raise DatasetError(f"The data set can not be written to {root}: {error}") from error


def _fetch_table(root: Path, table: RemoteTable, read: Callable[..., pd.DataFrame]) -> None:
    file = _fetch(root, table.name, f"{table.file_id}?format=original", table.md5)
    try:
        read(root, allow_missing=True)
    except DatasetError:
        file.unlink()  # so that the next try fetches it again
        raise


def _complete_images(
    root: Path, archives: tuple[RemoteArchive, ...], read: Callable[..., pd.DataFrame]
) -> None:
    if (read(root, allow_missing=True)["path"] == "").any():
        for archive in archives:
            _complete_folder(root, archive)
    read(root)


def _complete_folder(root: Path, archive: RemoteArchive) -> None:
    folder = root / archive.folder
    if len(list(folder.glob("*.jpg"))) >= archive.images:
        return
    file = _fetch(root, f"{archive.folder}.zip", str(archive.file_id), archive.md5, 1.0)
    _unpack(file, folder)
    count = len(list(folder.glob("*.jpg")))
    if count < archive.images:
        raise DatasetError(
            f"{file} holds {count} images instead of {archive.images}; delete it and try again."
        )
    file.unlink()


def _fetch(root: Path, name: str, path: str, md5: str | None, room_factor: float = 0.0) -> Path:
    url = f"{BASE_URL}/{path}"
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = ResumingDownloader(root / f"{name}.part", room_factor)
    try:
        fetched = pooch.retrieve(
            url, md5 and f"md5:{md5}", fname=name, path=root, downloader=downloader
        )
    except DatasetError as error:
        raise DatasetError(f"{error} {_BY_HAND.format(root=root)}") from error
    except ValueError as error:
        raise DatasetError(
            f"{name} from {url} is not what it should be (its checksum differs), so it was not "
            f"kept; try again. {_BY_HAND.format(root=root)}"
        ) from error
    return Path(fetched)


def _unpack(file: Path, folder: Path) -> None:
    """Unpack the images of an archive into one folder, whatever folders it has inside."""
    folder.mkdir(exist_ok=True)
    partial = folder / "unpacking.part"
    try:
        with zipfile.ZipFile(file) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(".jpg")]
            for member in tqdm(members, desc=f"Unpacking {file.name}", unit="image", delay=1):
                target = folder / Path(member.filename).name
                if not target.exists():
                    with archive.open(member) as source, partial.open("wb") as sink:
                        shutil.copyfileobj(source, sink)
                    partial.replace(target)
    except _DAMAGE as error:
        partial.unlink(missing_ok=True)
        raise DatasetError(f"{file} is damaged ({error}); delete it and try again.") from error
