"""What the dialogues have in common."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui import theme
from gui.views.focus import focused

#: What a system may need of the screen's height for its own bars, in pixels.
_BARS: Final = 60


class Dialog(ttk.Toplevel):
    """Modal window over the main one; Escape closes it, and the focus then goes back.

    Attributes:
        body: Where the content belongs.
    """

    def __init__(self, master: tkinter.Misc, title: str) -> None:
        """Open an empty dialogue; call :meth:`open_at` once it is filled.

        Args:
            master: Any widget of the main window.
            title: Of the window.
        """
        window = master.winfo_toplevel()
        self._focus_before = focused(window)
        super().__init__(title=title, master=window)
        self.withdraw()
        self.transient(window)
        self.body = ttk.Frame(self, padding=20)
        colours = theme.palette()
        self.configure(highlightthickness=1, highlightbackground=colours.muted)
        self.body.pack(fill="both", expand=True)
        self.bind("<Escape>", lambda _: self.destroy())

    def open_at(self, focus: tkinter.Misc) -> None:
        """Show the dialogue in the middle of the main window, with the focus on a widget."""
        window = self.master.winfo_toplevel()
        self.update_idletasks()
        width = min(self.winfo_reqwidth(), window.winfo_screenwidth())
        # Texts know their height only when they know their width.
        self.geometry(f"{width}x{self.winfo_reqheight()}")
        self.update_idletasks()
        left = window.winfo_rootx() + (window.winfo_width() - width) // 2
        top = window.winfo_rooty() + (window.winfo_height() - self._wanted_height) // 2
        self._place(width, max(0, left), top)
        self.deiconify()
        self.wait_visibility()
        self.grab_set()
        focus.focus_set()

    def fit(self) -> None:
        """Give the content the height that it asks for by now, as far as the screen has room."""
        self.update_idletasks()
        self._place(self.winfo_width(), self.winfo_x(), self.winfo_y())

    def destroy(self) -> None:
        """Close it."""
        super().destroy()
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()

    @property
    def _wanted_height(self) -> int:
        return min(self.winfo_reqheight(), self.winfo_screenheight() - _BARS)

    def _place(self, width: int, left: int, top: int) -> None:
        height = self._wanted_height
        lowest = self.winfo_screenheight() - _BARS - height
        self.geometry(f"{width}x{height}+{left}+{max(0, min(top, lowest))}")
