"""Says why something should be distrusted."""

import tkinter
from collections.abc import Sequence
from typing import Final

import ttkbootstrap as ttk

from gui.views.icons import put_icon
from gui.views.wrapping_label import WrappingLabel

_ICON_SIZE: Final = 22
_PADDING: Final = 12


class WarningBanner(ttk.Frame):
    """A title and reasons, in the colours of a warning."""

    def __init__(self, master: tkinter.Misc, title: str, reasons: Sequence[str]) -> None:
        super().__init__(master, style="Warning.TFrame", padding=_PADDING)
        self.columnconfigure(1, weight=1)
        self._icon = ttk.Label(self, style="WarningBold.TLabel")
        put_icon(self._icon, "exclamation-triangle-fill", _ICON_SIZE)
        self._icon.grid(row=0, column=0, sticky="n", padx=(0, 10))
        self._title = WrappingLabel(self, title, "WarningBold.TLabel")
        self._title.grid(row=0, column=1, sticky="ew")
        for row, reason in enumerate(reasons, start=1):
            WrappingLabel(self, reason, "Warning.TLabel").grid(
                row=row, column=1, sticky="ew", pady=(4, 0)
            )

    @property
    def title_height(self) -> int:
        """The height in pixels that shows the title whole, which is in the middle of its row."""
        title = self._title.winfo_reqheight()
        return _PADDING + (max(self._icon.winfo_reqheight(), title) + title) // 2
