"""Shows that something is under way, for how long, and lets the user cancel it."""

import time
import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.views.page import Page

_TICK: Final = 100  # milliseconds


class ProgressPage(Page):
    """Indeterminate progress with the elapsed time."""

    def __init__(
        self, master: tkinter.Misc, title: str, started: float, cancel: Callable[[], None]
    ) -> None:
        """Create the page; the bar and the clock run at once.

        Args:
            master: Parent widget.
            title: What is under way.
            started: When it began, on the clock of :func:`time.monotonic`.
            cancel: What the Cancel button does.
        """
        super().__init__(master, style="Card.TFrame", padding=32)
        self.columnconfigure(0, weight=1)
        self.rowconfigure((0, 5), weight=1)
        self._started = started
        ttk.Label(self, text=title, style="CardHeading.TLabel").grid(row=1, column=0)
        self._bar = ttk.Progressbar(self, mode="indeterminate", bootstyle="primary", length=320)
        self._bar.grid(row=2, column=0, pady=16)
        self._elapsed = ttk.Label(self, style="Card.TLabel")
        self._elapsed.grid(row=3, column=0, pady=(0, 16))
        self.button = ttk.Button(self, text="Cancel (Esc)", command=cancel, bootstyle="secondary")
        self.button.grid(row=4, column=0)
        self._bar.start(20)
        self._timer = ""
        self._tick()

    def destroy(self) -> None:
        """Stop the bar and the clock as well."""
        self.after_cancel(self._timer)
        self._bar.stop()
        super().destroy()

    def _tick(self) -> None:
        self._elapsed.configure(text=f"{time.monotonic() - self._started:.1f} s elapsed")
        self._timer = self.after(_TICK, self._tick)
