"""The keys of the client: one list for the bindings, the menus and the help."""

from enum import Enum
from typing import Final, NamedTuple

#: What ttkbootstrap calls the windowing system of macOS.
_MAC: Final = "aqua"


class _Keys(NamedTuple):
    keys: str
    sequences: tuple[str, ...]
    purpose: str


def _letter(modifiers: str, letter: str) -> tuple[str, str]:
    # With Caps Lock on, it arrives as the other case.
    return f"<{modifiers}-{letter}>", f"<{modifiers}-{letter.upper()}>"


class Shortcut(Enum):
    """A command that has a key; where others have Control, macOS has Command."""

    OPEN = _Keys("Ctrl+O", _letter("Control", "o"), "Open an image")
    OPEN_FOLDER = _Keys("Ctrl+Shift+O", _letter("Control-Shift", "o"), "Analyse a folder of images")
    ANALYSE = _Keys("F5", ("<F5>",), "Analyse the image again")
    CANCEL = _Keys("Esc", ("<Escape>",), "Cancel what is under way")
    EXPLAIN = _Keys("Ctrl+E", _letter("Control", "e"), "Show why: explanation over the image")
    SIDE_BY_SIDE = _Keys(
        "Ctrl+B", _letter("Control", "b"), "Show why: explanation beside the image"
    )
    COPY = _Keys("Ctrl+C", _letter("Control", "c"), "Copy the result as text")
    SELECT_ALL = _Keys("Ctrl+A", _letter("Control", "a"), "Select all rows of the batch")
    SAVE = _Keys(
        "Ctrl+S", _letter("Control", "s"), "Save a report (PDF), or the batch as table (CSV)"
    )
    PREVIOUS = _Keys("Alt+Up", ("<Alt-Up>",), "Previous image of the session")
    NEXT = _Keys("Alt+Down", ("<Alt-Down>",), "Next image of the session")
    ZOOM_IN = _Keys("+", ("<plus>", "<KP_Add>"), "Magnify the image (or turn the wheel)")
    ZOOM_OUT = _Keys("-", ("<minus>", "<KP_Subtract>"), "Shrink the image")
    FIT = _Keys("0", ("<Key-0>",), "Fit the whole image")
    ACTUAL_SIZE = _Keys("1", ("<Key-1>",), "One image pixel as one screen pixel")
    PAGE_UP = _Keys("Page Up", ("<Prior>",), "Scroll the result up")
    PAGE_DOWN = _Keys("Page Down", ("<Next>",), "Scroll the result down")
    IMAGE_PAGE = _Keys("Ctrl+1", ("<Control-Key-1>",), "Go to Image")
    COMPARE_PAGE = _Keys("Ctrl+2", ("<Control-Key-2>",), "Go to Compare")
    BATCH_PAGE = _Keys("Ctrl+3", ("<Control-Key-3>",), "Go to Batch")
    LARGER = _Keys(
        # On most keyboards '+' is '=' with Shift.
        "Ctrl++",
        ("<Control-plus>", "<Control-equal>", "<Control-KP_Add>"),
        "Larger text",
    )
    SMALLER = _Keys("Ctrl+-", ("<Control-minus>", "<Control-KP_Subtract>"), "Smaller text")
    USUAL_SIZE = _Keys("Ctrl+0", ("<Control-Key-0>",), "Text at its usual size")
    MODE = _Keys("Ctrl+D", _letter("Control", "d"), "Light or dark")
    SETTINGS = _Keys("Ctrl+,", ("<Control-comma>",), "Settings")
    HELP = _Keys("F1", ("<F1>",), "This list")
    QUIT = _Keys("Ctrl+Q", _letter("Control", "q"), "Quit")

    def keys_on(self, system: str) -> str:
        """Return the key as people write it on a windowing system of Tk."""
        keys = self.value.keys
        return keys.replace("Ctrl", "Cmd") if system == _MAC else keys

    def sequences_on(self, system: str) -> list[str]:
        """Return what Tk may call the key on one of its windowing systems."""
        modifier = "Command" if system == _MAC else "Control"
        return [sequence.replace("Control", modifier) for sequence in self.value.sequences]

    @property
    def purpose(self) -> str:
        """What the key does."""
        return self.value.purpose


#: Keys that do not come from a list: what everything in the window has in common.
GENERAL: tuple[tuple[str, str], ...] = (
    ("Tab, Shift+Tab", "Go to the next or previous control"),
    ("Space, Enter", "Press the button that has the focus"),
    ("Arrows", "Move the magnified image, or go through a list"),
    ("Shift+Up, Shift+Down", "Select several rows of the batch"),
    ("F10", "Open the menus"),
)
