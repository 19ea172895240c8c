"""Invites to choose an image while there is none."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui import theme
from gui.image_file import FORMATS
from gui.palette import Palette

_MARGIN: Final = 10
_ICON_SIZE: Final = 56


class Invitation(ttk.Canvas):
    """Drop zone; a click, Return and Space call ``browse``.

    Attributes:
        can_drop: Whether files can be dropped here.
    """

    def __init__(self, master: tkinter.Misc, browse: Callable[[], None]) -> None:
        super().__init__(master, autostyle=False, highlightthickness=2, takefocus=True)
        self.configure(width=1, height=1, cursor="hand2")  # the layout decides the size
        self.can_drop = True
        self._highlighted = False
        for sequence in ("<Button-1>", "<Key-Return>", "<Key-space>"):
            self.bind(sequence, lambda _: browse())
        for sequence in ("<Configure>", "<<ThemeChanged>>"):
            self.bind(sequence, lambda _: self.draw())

    def highlight(self, is_on: bool) -> None:
        """Show whether files hover over the window, ready to be dropped."""
        self._highlighted = is_on
        self.draw()

    def draw(self) -> None:
        """Draw it in the colours and fonts of the moment."""
        colours = theme.palette()
        width, height = self.winfo_width(), self.winfo_height()
        self.delete("all")
        self.configure(
            background=colours.card.background,
            highlightbackground=colours.border,
            highlightcolor=colours.accent,
        )
        self.create_rectangle(
            _MARGIN,
            _MARGIN,
            width - _MARGIN,
            height - _MARGIN,
            outline=colours.accent if self._highlighted else colours.muted,
            width=3 if self._highlighted else 1,
            dash=(6, 4),
        )
        self._write(colours, width // 2, height // 2, width - 6 * _MARGIN)

    def _write(self, colours: Palette, x: int, y: int, width: int) -> None:
        title = "Drop an image here or browse" if self.can_drop else "Browse for an image"
        formats = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        if self.can_drop:
            formats += "\nSeveral files or a folder: batch"
        gap = ttk.scale_size(self, 10)
        heading = self._line(x, 0, width, title, colours.card.text, "HeadingFont")
        self._line(x, self.bbox(heading)[3] + gap, width, formats, colours.muted, "SmallFont")
        text_height = self.bbox("text")[3]
        icon = ttk.Icon("cloud-arrow-up", size=theme.scaled(_ICON_SIZE), color=colours.accent)
        icon_height = ttk.scale_size(self, theme.scaled(_ICON_SIZE)) + gap
        if text_height + 2 * icon_height > 2 * y:
            icon_height = 0  # large texts need the room
        else:
            self.create_image(x, -gap, image=icon, anchor="s", tags="text")
        self.move("text", 0, y - (text_height - icon_height) // 2)

    def _line(self, x: int, y: int, width: int, text: str, colour: str, font: str) -> int:
        return self.create_text(
            x,
            y,
            text=text,
            fill=colour,
            font=font,
            width=width,
            anchor="n",
            justify="center",
            tags="text",
        )
