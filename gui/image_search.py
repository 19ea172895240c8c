"""Finds the images in folders."""

from collections.abc import Iterable
from pathlib import Path

from gui.image_file import SUFFIXES


def collect(paths: Iterable[Path]) -> list[Path]:
    """List the files among paths, and the images in the folders among them, each once.

    Folders are searched with their subfolders; hidden files and folders are left out.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(
                inside
                for inside in sorted(path.rglob("*"))
                if inside.suffix.lower() in SUFFIXES
                and not _is_hidden(inside.relative_to(path))
                and inside.is_file()
            )
        else:
            found[path] = None
    return list(found)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
