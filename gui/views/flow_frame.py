"""A row of widgets that goes on in further rows where it is too long."""

import tkinter

import ttkbootstrap as ttk


class FlowFrame(ttk.Frame):
    """Places its children from left to right, and in a new row when the present one is full.

    Children keep the size that they ask for; :meth:`refresh` places them anew after one of them
    has been shown, hidden or given another text.
    """

    def __init__(self, master: tkinter.Misc, gap: int = 6, style: str = "TFrame") -> None:
        """Create an empty row.

        Args:
            master: Parent widget.
            gap: Between children, in logical pixels.
            style: A ttk style of frames.
        """
        super().__init__(master, style=style, width=1, height=1)
        self._gap = ttk.scale_size(master, gap)
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
                middle = y + (height - child.winfo_reqheight()) // 2
                child.place(x=x, y=middle, width=width, height=child.winfo_reqheight())
                x += width + self._gap
            y += height + self._gap
        wanted = max(1, y - self._gap)
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
