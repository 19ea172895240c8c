"""The top of the window: name, state of the server, and what is always at hand."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.connection import Connection, ConnectionState, ServerConnection
from gui.shortcuts import Shortcut
from gui.views.action_button import ActionButton
from gui.views.commands import Commands
from gui.views.icon_label import IconLabel

#: Icon, word and style of each state of the server.
_LOOKS: Final = {
    Connection.UNKNOWN: ("hourglass-split", "Connecting…", "Muted.TLabel"),
    Connection.READY: ("check-circle-fill", "Connected", "Ready.TLabel"),
    Connection.STARTING: ("hourglass-split", "Server is starting", "Offline.TLabel"),
    Connection.OFFLINE: ("x-circle-fill", "Not connected", "Offline.TLabel"),
    Connection.REFUSED: ("key-fill", "Token refused", "Offline.TLabel"),
}


class Header(ttk.Frame):
    """Application name on the left; indicator and buttons on the right."""

    def __init__(
        self, master: tkinter.Misc, connection: ServerConnection, commands: Commands
    ) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        IconLabel(self, "bandaid-fill", "Skin Lesion Screening", "AppTitle.TLabel", size=26).grid(
            row=0, column=0, sticky="w"
        )
        self.indicator = IconLabel(self, *_LOOKS[Connection.UNKNOWN])
        self.indicator.grid(row=0, column=1, padx=(12, 16))
        self._tooltip = ttk.ToolTip(self.indicator, text="")
        self.theme_button = self._add_button(2, "circle-half", commands.toggle_mode, Shortcut.MODE)
        self._add_button(3, "gear", commands.open_settings, Shortcut.SETTINGS)
        self._add_button(4, "question-lg", commands.show_shortcuts, Shortcut.HELP)
        connection.subscribe(self._render)

    def _add_button(
        self, column: int, icon: str, command: Callable[[], None], shortcut: Shortcut
    ) -> ttk.Button:
        button = ActionButton(self, "", icon, command, shortcut)
        button.grid(row=0, column=column, padx=(6, 0))
        return button

    def _render(self, state: ConnectionState) -> None:
        self.indicator.show(*_LOOKS[state.status])
        self._tooltip.text = f"Analysis server: {state.server.url}"
