"""The menus: every command with its key, for those who look for it."""

import tkinter
from collections.abc import Callable
from functools import partial

import ttkbootstrap as ttk

from gui.connection import ConnectionState
from gui.preferences import Settings
from gui.services import Services
from gui.shortcuts import Shortcut
from gui.views.commands import Commands

Actions = dict[Shortcut, Callable[[], None]]


class MenuBar:
    """File, View, Session, Server and Help."""

    def __init__(
        self, window: tkinter.Tk, services: Services, commands: Commands, actions: Actions
    ) -> None:
        """Put the menus into the window.

        Args:
            window: The main window.
            services: What the views work with.
            commands: What has no key.
            actions: What each key does.
        """
        self._actions = actions
        self._commands = commands
        self._bar = ttk.Menu(window, tearoff=False)
        file = self._menu("File")
        self._add(file, Shortcut.OPEN, Shortcut.OPEN_FOLDER)
        self._recent = ttk.Menu(file, tearoff=False)
        file.add_cascade(label="Recent images", menu=self._recent)
        self._add(file, Shortcut.SAVE, Shortcut.COPY, Shortcut.SELECT_ALL, Shortcut.QUIT)
        image = self._menu("Image")
        self._add(image, Shortcut.ANALYSE, Shortcut.CANCEL, Shortcut.EXPLAIN, Shortcut.SIDE_BY_SIDE)
        self._add(image, Shortcut.ZOOM_IN, Shortcut.ZOOM_OUT, Shortcut.FIT, Shortcut.ACTUAL_SIZE)
        session = self._menu("Session")
        self._add(session, Shortcut.PREVIOUS, Shortcut.NEXT)
        session.add_command(label="Forget all images…", command=commands.forget)
        view = self._menu("View")
        self._add(view, Shortcut.IMAGE_PAGE, Shortcut.COMPARE_PAGE, Shortcut.BATCH_PAGE)
        self._add(view, Shortcut.LARGER, Shortcut.SMALLER, Shortcut.USUAL_SIZE, Shortcut.MODE)
        self._server = self._menu("Server")
        self._add(self._server, Shortcut.SETTINGS)
        self._server.add_command(label="Check now", command=services.connection.check)
        self._server.add_command(
            label="Start local server", command=services.connection.start_local
        )
        self._add(self._menu("Help"), Shortcut.HELP)
        window.configure(menu=self._bar)
        services.connection.subscribe(self._server_changed)
        services.preferences.subscribe(self._settings_changed)

    def _menu(self, label: str) -> ttk.Menu:
        menu = ttk.Menu(self._bar, tearoff=False)
        self._bar.add_cascade(label=label, menu=menu, underline=0)
        return menu

    def _add(self, menu: ttk.Menu, *shortcuts: Shortcut) -> None:
        if menu.index("end") is not None:
            menu.add_separator()
        system = ttk.windowing_system(menu)
        for one in shortcuts:
            keys = one.keys_on(system)
            menu.add_command(label=one.purpose, accelerator=keys, command=self._actions[one])

    def _server_changed(self, state: ConnectionState) -> None:
        self._server.entryconfigure("end", state="normal" if state.can_start else "disabled")

    def _settings_changed(self, settings: Settings) -> None:
        self._recent.delete(0, "end")
        for path in settings.recent:
            self._recent.add_command(label=path.name, command=partial(self._commands.open, [path]))
        if not settings.recent:
            self._recent.add_command(label="None yet", state="disabled")
