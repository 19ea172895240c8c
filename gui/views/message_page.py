"""A page with an icon, a title, a text and perhaps buttons."""

import tkinter
from collections.abc import Callable, Sequence
from typing import Final

import ttkbootstrap as ttk

from gui.views.icons import put_icon
from gui.views.page import Page
from gui.views.scroller import Scroller
from gui.views.wrapping_label import WrappingLabel

_ICON_SIZE: Final = 44
_PADDING: Final = 24
_BUTTON_GAP: Final = 6
#: Above and below the text, in pixels.
_GAPS: Final = (12, 8)


class MessagePage(Page):
    """Tells the user something, in the middle of its card; a text without enough room scrolls."""

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
        super().__init__(master, style="Card.TFrame", padding=_PADDING)
        self.columnconfigure(0, weight=1)
        self.rowconfigure((0, 4), weight=1)
        self._picture = ttk.Label(
            self, style="CardDanger.TLabel" if is_failure else "CardAccent.TLabel"
        )
        put_icon(self._picture, icon, _ICON_SIZE)
        self._add_text(title, message)
        self._row = ttk.Frame(self, style="Card.TFrame")
        self._row.grid(row=3, column=0)
        self._buttons = [self._make_button(*one, is_best=one is buttons[0]) for one in buttons]
        self.button = self._buttons[0] if buttons else None
        for widget in (self, self._text, self._picture, self._row):
            widget.bind("<Configure>", lambda _: self._fit(), "+")

    def scroll(self, pages: int) -> None:
        """Scroll the text by so many screens, upwards if negative."""
        self._text.yview_scroll(pages, "pages")

    def _add_text(self, title: str, message: str) -> None:
        self._text = Scroller(self, "Card.TFrame")
        # As much on the left as the scrollbar has on the right, or it would not be in the middle.
        bar = self._text.container.columnconfigure(1)["minsize"]
        self._text.grid(row=2, column=0, sticky="nsew", padx=(bar, 0), pady=_GAPS)
        for text, style in ((title, "CardHeading.TLabel"), (message, "Card.TLabel")):
            WrappingLabel(self._text, text, style, justify="center").pack(fill="x", pady=(0, 8))

    def _make_button(self, caption: str, command: Callable[[], None], is_best: bool) -> ttk.Button:
        style = "primary" if is_best else "secondary"
        return ttk.Button(self._row, text=caption, command=command, bootstyle=style)

    def _fit(self) -> None:
        """Make the best of the room: buttons first, then the text, then the icon."""
        width, height = self.winfo_width() - 2 * _PADDING, self.winfo_height() - 2 * _PADDING
        is_row = sum(one.winfo_reqwidth() + 2 * _BUTTON_GAP for one in self._buttons) <= width
        for index, button in enumerate(self._buttons):
            row, column = (0, index) if is_row else (index, 0)
            button.grid(row=row, column=column, padx=_BUTTON_GAP, pady=0 if is_row else 3)
        room = height - self._row.winfo_reqheight() - sum(_GAPS)
        text = self._text.winfo_reqheight()
        if text + self._picture.winfo_reqheight() <= room:
            self._picture.grid(row=1, column=0)
        else:
            self._picture.grid_remove()
        self.rowconfigure(2, minsize=max(0, min(text, room)) + sum(_GAPS))
