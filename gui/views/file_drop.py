"""Lets files be dropped onto the window, where the platform allows it."""

import logging
import re
import tkinter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from gui.problem import Problem

_LOG: Final = logging.getLogger(__name__)
#: How an image begins that a browser hands over; one letter would be a drive of Windows.
_SCHEME: Final = re.compile("(?!file:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_NOT_HERE: Final = Problem(
    "Only files on this computer can be dropped",
    "This comes from a web page or another program; save the image first, then open that file.",
)


class _DropEvent(Protocol):
    """What tkinterdnd2, which has no types, hands to a binding."""

    action: str
    data: str


def accept_files(
    target: tkinter.Misc,
    on_drop: Callable[[list[Path]], None],
    on_hover: Callable[[bool], None],
    on_refusal: Callable[[Problem], None],
) -> bool:
    """Make a widget accept dropped files and folders.

    Args:
        target: The widget; files may be dropped onto its children as well.
        on_drop: Called with the files and folders that were dropped, at least one.
        on_hover: Called with True when files arrive over the widget, with False when they leave.
        on_refusal: Called with the reason if something was dropped that is no file of this
            computer.

    Returns:
        Whether dropping works; if the library does not load here, it does not, and the file
        browser remains.
    """
    try:
        import tkinterdnd2

        tkinterdnd2.TkinterDnD.require(target.winfo_toplevel())
    except (ImportError, RuntimeError, tkinter.TclError) as error:
        _LOG.warning("Files can not be dropped onto the window, only browsed for: %s", error)
        return False

    def enter(event: _DropEvent) -> str:
        on_hover(True)
        return event.action

    def leave(event: _DropEvent) -> str:
        on_hover(False)
        return event.action

    def drop(event: _DropEvent) -> str:
        on_hover(False)
        # A Tcl list: only Tcl's own parser copes with spaces and braces in names.
        entries = target.tk.splitlist(event.data)
        paths = [Path(entry) for entry in entries if not _SCHEME.match(entry)]
        if len(paths) < len(entries):
            on_refusal(_NOT_HERE)
        if paths:
            on_drop(paths)
        return event.action

    drop_target: Any = target  # the library adds untyped methods to every widget
    drop_target.drop_target_register(tkinterdnd2.DND_FILES)
    drop_target.dnd_bind("<<DropEnter>>", enter)
    drop_target.dnd_bind("<<DropLeave>>", leave)
    drop_target.dnd_bind("<<Drop>>", drop)
    return True
