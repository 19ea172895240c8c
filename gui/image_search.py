"""Finds the images in folders."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from gui.files import is_folder
from gui.image_file import SUFFIXES


def collect(paths: Iterable[Path]) -> list[Path]:
    """List the files among paths, and the images in the folders among them, each once.

    Folders are searched with their subfolders; hidden files and folders are left out. Those that
    may not be searched are listed themselves: reading them tells why not.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(sorted(_images(path)) if is_folder(path) else [path])
    return list(found)


def _images(folder: Path) -> Iterator[Path]:
    unreadable: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(parent, name) for name in files if not name.startswith(".")):
            if path.suffix.lower() in SUFFIXES and _may_be_file(path):
                yield path
    yield from (Path(error.filename) for error in unreadable)


def _may_be_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except PermissionError:  # in a folder whose files may not be looked at
        return True
    except OSError:
        return False
