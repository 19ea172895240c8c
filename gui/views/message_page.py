"""A page with an icon, a title, a text and perhaps buttons."""

import tkinter
from collections.abc import Callable, Sequence
from typing import Final

import ttkbootstrap as ttk

from gui.views.icons import put_icon
from gui.views.page import Page
from gui.views.wrapping_label import WrappingLabel

_ICON_SIZE: Final = 44


class MessagePage(Page):
    """Tells the user something, in the middle of its card."""

    def __init__(
        self,
        master: tkinter.Misc,
        icon: str,
        title: str,
        message: str,
        buttons: Sequence[tuple[str, Callable[[], None]]] = (),
        is_failure: bool = False,
    ) -> None:
        """Create the page.

        Args:
            master: Parent widget.
            icon: Name of a Bootstrap icon.
            title: In a few words.
            message: What it means and what to do.
            buttons: Captions and commands of what can be done, the best first.
            is_failure: Whether something has failed.
        """
        super().__init__(master, style="Card.TFrame", padding=32)
        self.columnconfigure(0, weight=1)
        self.rowconfigure((0, 4), weight=1)
        tone = "CardDanger.TLabel" if is_failure else "CardAccent.TLabel"
        picture = ttk.Label(self, style=tone)
        put_icon(picture, icon, _ICON_SIZE)
        picture.grid(row=1, column=0)
        text = ttk.Frame(self, style="Card.TFrame")
        text.columnconfigure(0, weight=1)
        text.grid(row=2, column=0, sticky="ew", pady=(12, 16))
        heading = WrappingLabel(text, title, "CardHeading.TLabel", justify="center")
        heading.grid(row=0, column=0, sticky="ew")
        body = WrappingLabel(text, message, "Card.TLabel", justify="center")
        body.grid(row=1, column=0, sticky="ew", pady=(8, 0))
        row = ttk.Frame(self, style="Card.TFrame")
        row.grid(row=3, column=0)
        for column, (caption, command) in enumerate(buttons):
            style = "primary" if column == 0 else "secondary"
            button = ttk.Button(row, text=caption, command=command, bootstyle=style)
            button.grid(row=0, column=column, padx=6)
            if column == 0:
                self.button = button
