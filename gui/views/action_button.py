"""A button for something that a key does as well, or only the button."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.shortcuts import Shortcut
from gui.views.icons import put_icon

_ICON_SIZE: Final = 14


class ActionButton(ttk.Button):
    """Button with an icon; its tip says what it does, and with which key."""

    def __init__(
        self,
        master: tkinter.Misc,
        text: str,
        icon: str,
        command: Callable[[], None],
        shortcut: Shortcut | None = None,
        is_primary: bool = False,
    ) -> None:
        """Create the button.

        Args:
            master: Parent widget.
            text: Its caption; empty if the icon says enough.
            icon: Name of a Bootstrap icon; empty for none.
            command: What it does.
            shortcut: The key that does the same.
            is_primary: Whether it is what most people want to press here.
        """
        style = "primary" if is_primary else "secondary"
        super().__init__(master, text=text, command=command, bootstyle=style)
        if icon:
            put_icon(self, icon, _ICON_SIZE)
        if shortcut is not None:
            keys = shortcut.keys_on(ttk.windowing_system(self))
            ttk.ToolTip(self, text=f"{shortcut.purpose} ({keys})")
