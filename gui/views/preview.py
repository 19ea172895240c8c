"""Shows the chosen image, or invites to choose one."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk
from PIL import Image, ImageOps, ImageTk

from gui import theme
from gui.image_file import FORMATS

_MARGIN: Final = 10


class Preview(ttk.Canvas):
    """Canvas that fits the image into itself.

    Return and Space call ``browse``, and so does a click while there is no image.
    """

    def __init__(self, master: tkinter.Misc, browse: Callable[[], None]) -> None:
        super().__init__(master, autostyle=False, highlightthickness=2, takefocus=True)
        self.can_drop = True
        self._image: Image.Image | None = None
        self._photo: ImageTk.PhotoImage | None = None
        self._highlighted = False
        self._browse = browse
        self.bind("<Button-1>", lambda _: self._click())
        for sequence in ("<Key-Return>", "<Key-space>"):
            self.bind(sequence, lambda _: browse())
        for sequence in ("<Configure>", "<<ThemeChanged>>"):
            self.bind(sequence, lambda _: self._draw())

    def show(self, image: Image.Image | None) -> None:
        """Show an image, or the invitation if there is none."""
        if image is not self._image:
            self._image = image
            self._draw()

    def highlight(self, is_on: bool) -> None:
        """Show whether a file hovers over the window, ready to be dropped."""
        self._highlighted = is_on
        self._draw()

    def _click(self) -> None:
        self.focus_set()
        if self._image is None:
            self._browse()

    def _draw(self) -> None:
        colours = theme.palette()
        self.delete("all")
        self.configure(
            background=colours.card.background,
            highlightbackground=colours.border,
            highlightcolor=colours.accent,
            cursor="hand2" if self._image is None else "",
        )
        if self._image is None:
            self._draw_invitation(colours)
        else:
            self._draw_image(self._image)
        if self._image is None or self._highlighted:
            self.create_rectangle(
                _MARGIN,
                _MARGIN,
                self.winfo_width() - _MARGIN,
                self.winfo_height() - _MARGIN,
                outline=colours.accent if self._highlighted else colours.muted,
                width=3 if self._highlighted else 1,
                dash=(6, 4),
            )

    def _draw_image(self, image: Image.Image) -> None:
        space = (self.winfo_width() - 2 * _MARGIN, self.winfo_height() - 2 * _MARGIN)
        if min(space) < 1:
            return  # not laid out yet
        self._photo = ImageTk.PhotoImage(ImageOps.contain(image, space), master=self)
        self.create_image(self.winfo_width() // 2, self.winfo_height() // 2, image=self._photo)

    def _draw_invitation(self, colours: theme.Palette) -> None:
        x, y = self.winfo_width() // 2, self.winfo_height() // 2
        above, below, far_below = (ttk.scale_size(self, offset) for offset in (-44, 10, 36))
        icon = ttk.Icon("cloud-arrow-up", size=56, color=colours.accent)
        text = "Drop an image here or browse" if self.can_drop else "Browse for an image"
        formats = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        self.create_image(x, y + above, image=icon)
        self.create_text(x, y + below, text=text, fill=colours.card.text, font="HeadingFont")
        self.create_text(x, y + far_below, text=formats, fill=colours.muted, font="SmallFont")
