"""A row of widgets that goes on in further rows where it is too long."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

_MAX_ROW_GAP: Final = 10


class FlowFrame(ttk.Frame):
    """Places its children from left to right, and in a new row when the present one is full.

    Children keep the width that they ask for, and are as high as the highest of their row;
    :meth:`refresh` places them anew after one of them
    has been shown, hidden or given another text.
    """

    def __init__(self, master: tkinter.Misc, gap: int = 6, style: str = "TFrame") -> None:
        """Create an empty row.

        Args:
            master: Parent widget.
            gap: Between children of a row, in logical pixels; between rows at most 10 of them.
            style: A ttk style of frames.
        """
        super().__init__(master, style=style, width=1, height=1)
        self._gap = ttk.scale_size(master, gap)
        self._row_gap = min(self._gap, ttk.scale_size(master, _MAX_ROW_GAP))
        self._hidden: set[str] = set()
        self.bind("<Configure>", lambda _: self.refresh())
        self.bind("<<ThemeChanged>>", lambda _: self.after_idle(self.refresh))

    def show(self, child: tkinter.Widget, is_shown: bool) -> None:
        """Show or hide a child."""
        if is_shown == (str(child) in self._hidden):
            self._hidden ^= {str(child)}
            self.refresh()

    def refresh(self) -> None:
        """Place the children anew."""
        if not self.winfo_exists():
            return
        y = 0
        for row in self._rows():
            height = max(child.winfo_reqheight() for child in row)
            x = 0
            for child in row:
                width = min(child.winfo_reqwidth(), self.winfo_width())
                child.place(x=x, y=y, width=width, height=height)
                x += width + self._gap
            y += height + self._row_gap
        wanted = max(1, y - self._row_gap)
        if self.winfo_reqheight() != wanted:
            self.configure(height=wanted)

    def _rows(self) -> list[list[tkinter.Widget]]:
        rows: list[list[tkinter.Widget]] = []
        used = 0
        for child in self.winfo_children():
            if not isinstance(child, tkinter.Widget):
                continue  # a tooltip's window
            if str(child) in self._hidden:
                child.place_forget()
                continue
            width = child.winfo_reqwidth() + self._gap
            if not rows or used + width - self._gap > self.winfo_width():
                rows.append([])
                used = 0
            rows[-1].append(child)
            used += width
        return rows
