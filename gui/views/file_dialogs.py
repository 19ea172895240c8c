"""Asks for files with the system's own dialogues."""

import tkinter
from pathlib import Path
from typing import Final

import ttkbootstrap as ttk

from gui.image_file import SUFFIXES

_PATTERNS: Final[tuple[str, ...]] = tuple(
    f"*{suffix}" for lower in SUFFIXES for suffix in (lower, lower.upper())
)
_IMAGES: Final[list[tuple[str, str | tuple[str, ...]]]] = [
    ("Images", _PATTERNS),
    ("All files", "*"),
]


def ask_for_images(parent: tkinter.Misc, folder: Path | None) -> list[Path]:
    """Ask for one or more images, starting in a folder; empty if the user has cancelled."""
    chosen = ttk.filedialog.askopenfilenames(
        parent=parent,
        title="Choose dermoscopic images",
        initialdir=folder or Path.home(),
        filetypes=_IMAGES,
    )
    return [Path(path) for path in chosen or ()]


def ask_for_folder(parent: tkinter.Misc, folder: Path | None) -> Path | None:
    """Ask for a folder of images; None if the user has cancelled."""
    chosen = ttk.filedialog.askdirectory(
        parent=parent, title="Choose a folder of images", initialdir=folder or Path.home()
    )
    return Path(chosen) if chosen else None


def ask_where_to_save(parent: tkinter.Misc, name: str) -> Path | None:
    """Ask where to save a file, with its ending in the proposed name; None if cancelled."""
    suffix = Path(name).suffix
    chosen = ttk.filedialog.asksaveasfilename(
        parent=parent,
        title="Save",
        initialdir=Path.home(),
        initialfile=name,
        defaultextension=suffix,
        filetypes=[(suffix[1:].upper(), f"*{suffix}")],
    )
    return Path(chosen) if chosen else None
