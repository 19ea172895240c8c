"""The top of the window: name, state of the server and the light or dark switch."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.state import Connection, State
from gui.viewmodel import ViewModel
from gui.views.icon_label import IconLabel

#: Icon, word and style of each state of the server.
_LOOKS: Final = {
    Connection.UNKNOWN: ("hourglass-split", "Connecting…", "Muted.TLabel"),
    Connection.READY: ("check-circle-fill", "Connected", "Ready.TLabel"),
    Connection.STARTING: ("hourglass-split", "Server is starting", "Offline.TLabel"),
    Connection.OFFLINE: ("x-circle-fill", "Not connected", "Offline.TLabel"),
}


class Header(ttk.Frame):
    """Application name on the left; indicator and switch on the right."""

    def __init__(
        self, master: tkinter.Misc, viewmodel: ViewModel, toggle_theme: Callable[[], object]
    ) -> None:
        super().__init__(master)
        self._connection = Connection.UNKNOWN
        self.columnconfigure(1, weight=1)
        IconLabel(self, "bandaid-fill", "Skin Lesion Screening", "AppTitle.TLabel", size=26).grid(
            row=0, column=0
        )
        ttk.Label(self, text="Research and education only", style="Muted.TLabel").grid(
            row=0, column=1, sticky="sw", padx=(12, 0), pady=(0, 3)
        )
        self.indicator = IconLabel(self, *_LOOKS[Connection.UNKNOWN])
        self.indicator.grid(row=0, column=2, padx=(12, 16))
        ttk.ToolTip(self.indicator, text=f"Analysis server: {viewmodel.server_url}")
        self.theme_button = ttk.Button(
            self,
            text="Light / dark",
            icon="circle-half",
            command=toggle_theme,
            bootstyle="secondary",
        )
        self.theme_button.grid(row=0, column=3)
        viewmodel.subscribe(self._render)

    def _render(self, state: State) -> None:
        if state.connection is self._connection:
            return
        self._connection = state.connection
        self.indicator.show(*_LOOKS[state.connection])
