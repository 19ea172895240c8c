"""A label that breaks its text at its own width."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

#: Keeps a long text from widening the window before the first layout, in pixels.
_FIRST_WIDTH: Final = 240


class WrappingLabel(ttk.Label):
    """Label for running text; lay it out so that it fills the width that it may use."""

    def __init__(
        self, master: tkinter.Misc, text: str = "", style: str = "TLabel", justify: str = "left"
    ) -> None:
        """Create the label.

        Args:
            master: Parent widget.
            text: What it says.
            style: A ttk style of labels.
            justify: ``left`` or ``center``.
        """
        super().__init__(
            master,
            text=text,
            style=style,
            justify=justify,
            anchor="center" if justify == "center" else "w",
            wraplength=_FIRST_WIDTH,
        )
        self.bind("<Configure>", self._wrap)

    def _wrap(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        if int(str(self.cget("wraplength"))) != event.width:
            self.configure(wraplength=event.width)
