"""Puts the client together and runs it."""

import argparse
import logging
import os
import signal
import sys
import tkinter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gui.batch import BatchModel
from gui.client import AnalysisClient
from gui.connection import ServerConnection
from gui.local_server import LocalServer
from gui.preferences import Preferences, Settings, default_folder
from gui.problem import problem_from
from gui.server_address import ServerAddress
from gui.services import Services
from gui.token_store import TokenStore
from gui.viewmodel import ViewModel
from gui.views.main_view import MainView
from gui.views.window import Window
from gui.worker import Worker

#: How often connection and batch may look after the server, in milliseconds.
_POLL_INTERVAL: Final = 1_000


class Application:
    """The window with everything behind it.

    Attributes:
        window: The top-level window.
        services: State and commands.
        view: What the window contains.
    """

    def __init__(self, folder: Path, server: ServerAddress | None = None) -> None:
        """Create the window and look for the server.

        Args:
            folder: Where the settings are kept.
            server: Used instead of the one in the settings, and not saved.

        Raises:
            tkinter.TclError: If there is no display.
        """
        self.window = Window()
        self._worker = Worker(self.window)
        self._local_server = LocalServer()
        self.services = self._make_services(folder, server)
        self._server = self.services.connection.state.server
        self.view = MainView(self.window, self.services, self.ask_to_close)
        self.view.pack(fill="both", expand=True)
        self.window.on_defect = self._report_defect
        self.window.protocol("WM_DELETE_WINDOW", self.ask_to_close)
        self.services.images.on_open = self.services.preferences.remember
        self.services.preferences.subscribe(self._apply)
        self._worker.every(_POLL_INTERVAL, self.services.connection.poll)
        self._worker.every(_POLL_INTERVAL, self.services.batch.poll)
        self.services.connection.check()

    def ask_to_close(self) -> None:
        """Close as a user does: unless that would lose something that the user wants to keep."""
        self.view.commands.leave(self.close)

    def close(self) -> None:
        """Stop what is under way, close the window, and stop the server if it is ours."""
        self._worker.close()
        self.window.destroy()
        self._local_server.stop()

    def _make_services(self, folder: Path, server: ServerAddress | None) -> Services:
        preferences, tokens = Preferences(folder), TokenStore(folder)
        if server is not None:
            preferences.use_for_now(server)

        def connect(server: ServerAddress, token: str | None = None) -> AnalysisClient:
            return AnalysisClient(
                server, lambda: tokens.read(server.url) if token is None else token
            )

        connection = ServerConnection(
            preferences.state.server, self._worker, connect, self._local_server
        )
        images = ViewModel(connection, self._worker)
        batch = BatchModel(connection, self._worker)
        return Services(images, batch, connection, preferences, tokens, self._worker)

    def _apply(self, settings: Settings) -> None:
        self.window.set_appearance(settings.mode, settings.font_percent)
        if settings.server != self._server:
            self._server = settings.server
            self.services.connection.use(settings.server)

    def _report_defect(self, error: BaseException) -> None:
        self.services.images.report_defect(error)
        self.view.commands.complain(problem_from(error))


def main(args: Sequence[str] | None = None) -> int:
    """Run the client until its window is closed.

    Args:
        args: Command line without the program's name; that of the process by default.

    Returns:
        Exit status.
    """
    options = _parse(args)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    server = ServerAddress(url=options.url.rstrip("/")) if options.url else None
    try:
        application = Application(default_folder(), server)
    except tkinter.TclError as error:
        print(
            f"The window can not be opened: {error}. Start the client in a graphical session.",
            file=sys.stderr,
        )
        return 1
    # A server that the client has started must not outlive it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.window.after_idle(application.close))
    if options.images:
        application.view.commands.open(options.images)
    application.window.mainloop()
    return 0


def _parse(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="skin-lesion-gui",
        description="Desktop client of the skin lesion analysis. Research and education only.",
    )
    parser.add_argument(
        "images",
        nargs="*",
        type=_absolute,
        help="image to open at once; several or a folder: batch",
    )
    parser.add_argument("--url", help="analysis server, instead of the one in the settings")
    return parser.parse_args(args)


def _absolute(name: str) -> Path:
    """Name a file as the file browser does, or it would be another one there."""
    return Path(os.path.abspath(name))  # noqa: PTH100 - absolute() keeps '..', resolve() no links
