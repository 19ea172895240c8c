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
#: Left and right of the indicator, in pixels.
_GAPS: Final = (12, 16)


class Header(ttk.Frame):
    """Application name on the left; indicator and buttons on the right.

    Where large texts leave no room for all of them, the indicator is below the name.
    """

    def __init__(
        self, master: tkinter.Misc, connection: ServerConnection, commands: Commands
    ) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self._title = IconLabel(
            self, "bandaid-fill", "Skin Lesion Screening", "AppTitle.TLabel", size=26
        )
        self._title.grid(row=0, column=0, sticky="w")
        self.indicator = IconLabel(self, *_LOOKS[Connection.UNKNOWN])
        self._tooltip = ttk.ToolTip(self.indicator, text="")
        self._buttons = ttk.Frame(self)
        self._buttons.grid(row=0, column=2)
        self.theme_button = self._add_button("circle-half", commands.toggle_mode, Shortcut.MODE)
        self._add_button("gear", commands.open_settings, Shortcut.SETTINGS)
        self._add_button("question-lg", commands.show_shortcuts, Shortcut.HELP)
        for widget in (self, self._title, self.indicator, self._buttons):
            widget.bind("<Configure>", lambda _: self._fit(), "+")
        connection.subscribe(self._render)

    def _add_button(self, icon: str, command: Callable[[], None], shortcut: Shortcut) -> ttk.Button:
        button = ActionButton(self._buttons, "", icon, command, shortcut)
        button.pack(side="left", padx=(6, 0))
        return button

    def _render(self, state: ConnectionState) -> None:
        self.indicator.show(*_LOOKS[state.status])
        self._tooltip.text = f"Analysis server: {state.server.shown}"
        self._fit()

    def _fit(self) -> None:
        parts = (self._title, self.indicator, self._buttons)
        needed = sum(part.winfo_reqwidth() for part in parts) + sum(_GAPS)
        if needed <= self.winfo_width():
            self.indicator.grid(row=0, column=1, columnspan=1, padx=_GAPS)
        else:
            self.indicator.grid(row=1, column=0, columnspan=3, padx=0, sticky="w")
