"""The top-level window, before anything is in it."""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Final

import ttkbootstrap as ttk

from gui import theme

_LOG: Final = logging.getLogger(__name__)
#: In logical pixels, of which a screen of 96 dpi has one per pixel.
_MIN_SIZE: Final = (1024, 700)
_SIZE: Final = (1180, 800)
#: What title bar, menu and the system's own bars may need of the screen's height, in the same.
_BARS: Final = 110


class Window(ttk.App):
    """Themed, resizable window that hands on exceptions from callbacks.

    Attributes:
        on_defect: Called with every exception that a callback of Tk raises.
    """

    def __init__(self) -> None:
        super().__init__(title="Skin Lesion Screening", theme=theme.register())
        theme.install(self)
        self._font_percent = 100
        self.minsize(*self._on_screen(_MIN_SIZE))
        self.geometry("{}x{}".format(*self._on_screen(_SIZE)))
        self.on_defect: Callable[[BaseException], None] = lambda _: None

    def set_appearance(self, mode: str, font_percent: int) -> None:
        """Go to light or dark, and to a size of all texts in percent."""
        if font_percent != self._font_percent:
            self._font_percent = font_percent
            theme.scale_fonts(font_percent)
            # Canvases and tables measure their texts when they draw themselves.
            theme.announce_change(self)
        if mode != self.theme_mode:
            self.theme_mode = mode

    def report_callback_exception(
        self, exc: type[BaseException], val: BaseException, tb: TracebackType | None
    ) -> None:
        """Hand an exception on, so that the window can say that something went wrong."""
        try:
            self.on_defect(val)
        except Exception:  # it would end the program, and with it all that is not saved
            _LOG.exception("A defect could not be shown")

    def _on_screen(self, size: tuple[int, int]) -> tuple[int, int]:
        width, height, bars = (ttk.scale_size(self, side) for side in (*size, _BARS))
        return min(width, self.winfo_screenwidth()), min(height, self.winfo_screenheight() - bars)
