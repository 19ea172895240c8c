"""A label with an icon before its text."""

import tkinter
from textwrap import indent

import ttkbootstrap as ttk

from gui.views.icons import put_icon


class IconLabel(ttk.Label):
    """Icon and word together, so that neither colour nor symbol has to speak alone."""

    def __init__(
        self,
        master: tkinter.Misc,
        icon: str,
        text: str,
        style: str,
        size: int = 16,
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        """Create the label.

        Args:
            master: Parent widget.
            icon: Name of a Bootstrap icon.
            text: The word.
            style: A ttk style of labels; it colours the icon as well.
            size: Of the icon, in logical pixels.
            padding: Around both: at the sides, and above and below.
        """
        super().__init__(master, padding=padding)
        self.show(icon, text, style, size)

    def show(self, icon: str, text: str, style: str, size: int = 16) -> None:
        """Show another icon and word."""
        # The spaces are the gap that Tk does not leave between an image and its text.
        self.configure(text=indent(text, " "), style=style)
        put_icon(self, icon, size)
