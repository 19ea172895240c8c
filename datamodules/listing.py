"""Sorted listings, on disk, of the files that ``predict`` scores.

A listing is an Arrow file that is mapped into memory instead of loaded, so that a folder of any
size needs the same memory: the column ``file`` (a path as the file system has it, in bytes of
any encoding, relative to the root), then any labels as strings.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from datamodules.errors import DatasetError

FILE: Final = "file"
_CHUNK: Final = 10_000


@dataclass(frozen=True)
class FolderFiles:
    """Every file of a folder tree."""

    root: Path

    @property
    def identity(self) -> str:
        """The folder, by which interrupted work is recognised; its files may have changed."""
        return str(self.root.resolve())

    def write_listing(self, path: Path) -> None:
        """Write the listing to a file.

        Raises:
            DatasetError: If the folder is missing, empty or can not be listed.
        """
        if not self.root.is_dir():
            raise DatasetError(
                f"There is no folder {self.root.resolve()}; name another one with "
                "--data.predict_dir."
            )
        files = walk_files(self.root)
        chunks = iter(lambda: list(islice(files, _CHUNK)), [])
        if _write(path, ({FILE: chunk} for chunk in chunks), labels=()) == 0:
            raise DatasetError(f"The folder {self.root.resolve()} holds no file to score.")


@dataclass(frozen=True)
class LabelledFiles:
    """Known image files with labels.

    Attributes:
        root: Folder that listed paths are relative to.
        paths: The files.
        labels: Any columns, as long as ``paths``.
    """

    root: Path
    paths: Sequence[str]
    labels: Mapping[str, Sequence[str]]

    @property
    def identity(self) -> str:
        """A hash of the paths, by which interrupted work is recognised."""
        return hashlib.sha256("\0".join(self.paths).encode(errors="surrogateescape")).hexdigest()

    def write_listing(self, path: Path) -> None:
        """Write the listing to a file."""
        files = [os.fsencode(os.path.relpath(file, self.root.resolve())) for file in self.paths]
        table: dict[str, Sequence[Any]] = {FILE: files, **self.labels}
        _write(path, iter([table]), tuple(self.labels))


def open_listing(path: Path) -> pa.Table:
    """Map a listing into memory."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def walk_files(root: Path) -> Iterator[bytes]:
    """Find all files below a folder, sorted by path.

    Links to files count as files, and so do links that lead nowhere; links to folders are not
    followed. Memory grows with the largest single folder only.

    Yields:
        Paths relative to ``root``, with ``/`` between their parts, in the order of their bytes.

    Raises:
        DatasetError: If a folder can not be listed.
    """
    return _walk(os.fsencode(root), b"")


def _walk(root: bytes, folder: bytes) -> Iterator[bytes]:
    path = os.path.join(root, folder)  # noqa: PTH118  bytes
    try:
        with os.scandir(path) as found:
            # With its slash, a folder sorts among files as the paths below it do.
            entries = sorted(
                entry.name + b"/" if entry.is_dir() else entry.name
                for entry in found
                if _is_wanted(entry)
            )
    except OSError as error:
        raise DatasetError(
            f"The folder {os.fsdecode(path)} can not be listed ({error.strerror}); make it "
            "readable or name another one."
        ) from error
    for name in entries:
        if name.endswith(b"/"):
            yield from _walk(root, folder + name)
        else:
            yield folder + name


def _is_wanted(entry: os.DirEntry[bytes]) -> bool:
    """Sort out links to folders, and pipes and sockets, which would be waited for forever."""
    if entry.is_symlink():
        return entry.is_file() or not os.path.exists(entry.path)  # noqa: PTH110  bytes
    return entry.is_file() or entry.is_dir()


def _write(path: Path, chunks: Iterator[Mapping[str, Any]], labels: Sequence[str]) -> int:
    schema = pa.schema([(FILE, pa.binary()), *((name, pa.string()) for name in labels)])
    count = 0
    with pa.ipc.new_file(str(path), schema) as writer:
        for chunk in chunks:
            writer.write_batch(pa.RecordBatch.from_pydict(dict(chunk), schema=schema))
            count += len(chunk[FILE])
    return count
