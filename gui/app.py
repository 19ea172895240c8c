"""Puts the client together and runs it: ``skin-lesion-gui`` and ``python -m gui``."""

import argparse
import logging
import sys
import tkinter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gui.client import DEFAULT_URL, AnalysisClient
from gui.viewmodel import ViewModel
from gui.views.main_view import MainView
from gui.views.window import Window
from gui.worker import Worker

#: How often the server's health is asked for, in milliseconds.
_HEALTH_INTERVAL: Final = 10_000


class Application:
    """The window with everything behind it.

    Attributes:
        window: The top-level window.
        viewmodel: State and commands.
        view: What the window contains.
    """

    def __init__(self, url: str = DEFAULT_URL) -> None:
        """Create the window and look for the server.

        Args:
            url: Address of the analysis server.

        Raises:
            tkinter.TclError: If there is no display.
        """
        self.window = Window()
        self._worker = Worker(self.window)
        self.viewmodel = ViewModel(AnalysisClient(url), self._worker)
        self.view = MainView(self.window, self.viewmodel)
        self.view.pack(fill="both", expand=True)
        self.window.on_defect = self.viewmodel.report_defect
        self.window.on_close(self._worker.close)
        self._worker.every(_HEALTH_INTERVAL, self.viewmodel.check_health)
        self.viewmodel.check_health()

    def close(self) -> None:
        """Stop what is under way and destroy the window."""
        self._worker.close()
        self.window.destroy()


def main(args: Sequence[str] | None = None) -> int:
    """Run the client until its window is closed.

    Args:
        args: Command line without the program's name; that of the process by default.

    Returns:
        Exit status.
    """
    options = _parse(args)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        application = Application(options.url)
    except tkinter.TclError as error:
        print(
            f"The window can not be opened: {error}. Start the client in a graphical session.",
            file=sys.stderr,
        )
        return 1
    if options.image:
        application.viewmodel.open(options.image)
    application.window.mainloop()
    return 0


def _parse(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="skin-lesion-gui",
        description="Desktop client of the skin lesion analysis. Research and education only.",
    )
    parser.add_argument("image", nargs="?", type=Path, help="image to open at once")
    parser.add_argument("--url", default=DEFAULT_URL, help="analysis server (%(default)s)")
    return parser.parse_args(args)
