"""A line at the bottom of the window that says how a command goes on, and how it has ended."""

import tkinter

import ttkbootstrap as ttk

from gui.problem import Problem
from gui.views.icons import put_icon
from gui.views.wrapping_label import WrappingLabel


class Notice(ttk.Frame):
    """Stays until it is dismissed or replaced, so that nobody misses it; takes no focus."""

    def __init__(self, master: tkinter.Misc) -> None:
        super().__init__(master, style="Card.TFrame", padding=(12, 8))
        self._announced = ""
        self.columnconfigure(1, weight=1)
        self._icon = ttk.Label(self, style="Card.TLabel")
        self._icon.grid(row=0, column=0, padx=(0, 10))
        self._text = WrappingLabel(self, style="Card.TLabel")
        self._text.grid(row=0, column=1, sticky="ew")
        self.button = ttk.Button(
            self, text="Dismiss", command=self.grid_remove, bootstyle="secondary"
        )
        self.button.grid(row=0, column=2, padx=(12, 0))

    def announce(self, text: str) -> None:
        """Say that something is being done."""
        self._show(text, "hourglass-split", "Card")
        self._announced = text

    def proceed(self, text: str, progress: str) -> None:
        """Say how far that is which was announced, unless something else was said since."""
        if self._announced == text:
            self._text.configure(text=f"{text} ({progress})")

    def tell(self, text: str) -> None:
        """Say that something has been done."""
        self._show(text, "check-circle-fill", "Card")

    def complain(self, problem: Problem) -> None:
        """Say that something has failed."""
        self._show(f"{problem.title}. {problem.message}", "exclamation-triangle-fill", "Warning")

    def _show(self, text: str, icon: str, style: str) -> None:
        self._announced = ""
        self.configure(style=f"{style}.TFrame")
        self._text.configure(text=text, style=f"{style}.TLabel")
        self._icon.configure(style=f"{style}.TLabel")
        put_icon(self._icon, icon, 18)
        self.grid()
