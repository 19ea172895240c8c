"""A horizontal bar that shows a probability."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

_HEIGHT: Final = 10


class ProbabilityBar(ttk.Canvas):
    """Bar that fills from the left.

    It says nothing on its own: put the number beside it.
    """

    def __init__(self, master: tkinter.Misc, probability: float, colour: str, track: str) -> None:
        """Create the bar.

        Args:
            master: Parent widget.
            probability: In ``[0, 1]``.
            colour: Of the filled part.
            track: Of the empty part.
        """
        super().__init__(
            master,
            autostyle=False,
            height=ttk.scale_size(master, _HEIGHT),
            width=ttk.scale_size(master, 80),
            background=track,
            highlightthickness=0,
        )
        self._probability = probability
        self._bar = self.create_rectangle(0, 0, 0, 0, fill=colour, width=0)
        self.bind("<Configure>", self._resize)

    def _resize(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self.coords(self._bar, 0, 0, self._probability * event.width, event.height)
