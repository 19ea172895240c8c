"""One image: the session on the left, the image in the middle, its result on the right."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.services import Services
from gui.state import State
from gui.views.commands import Commands
from gui.views.image_pane import ImagePane
from gui.views.result_pane import ResultPane
from gui.views.session_list import SessionList

_GAP: Final = 16


class ImagePage(ttk.Frame):
    """The page on which a user starts."""

    def __init__(self, master: tkinter.Misc, services: Services, commands: Commands) -> None:
        super().__init__(master, padding=12)
        self.columnconfigure(1, weight=2, uniform="pane")
        self.columnconfigure(2, weight=3, uniform="pane")
        self.rowconfigure(0, weight=1)
        self.session = SessionList(self, services.images)
        self.image_pane = ImagePane(self, services, commands)
        self.image_pane.grid(row=0, column=1, sticky="nsew", padx=(0, _GAP))
        self.result_pane = ResultPane(self, services, commands)
        self.result_pane.grid(row=0, column=2, sticky="nsew")
        for sequence in ("<Configure>", "<<ThemeChanged>>"):
            self.bind(sequence, lambda _: self.session.fit(self.winfo_width()))
        services.images.subscribe(self._render)

    def _render(self, state: State) -> None:
        if state.cases:
            self.session.grid(row=0, column=0, sticky="nsew", padx=(0, _GAP))
        else:
            self.session.grid_remove()
