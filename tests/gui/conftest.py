"""Fixtures of the client's tests: image files, a scripted server, the real window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from scripted_server import ScriptedServer
from virtual_display import display, open_window, tk_garbage_stays_on_main_thread, wait_until

from gui.app import Application
from gui.connection import Connection

# Fixtures only have to be imported for pytest to find them.
__all__ = ["display", "open_window", "tk_garbage_stays_on_main_thread"]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small JPEG with something to see."""
    path = tmp_path / "lesion 1.jpg"
    image = Image.new("RGB", (600, 450), "#e0b0a0")
    image.paste("#6b3a2a", (220, 150, 380, 300))
    image.save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three images."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48), (200, number, 120)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A real HTTP server on this computer that answers as it is told."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def application(
    open_window: Callable[[str], Application], scripted_server: ScriptedServer
) -> Application:
    """The window, connected to that server."""
    application = open_window(scripted_server.url)
    wait_until(
        application, lambda: application.services.connection.state.status is Connection.READY
    )
    return application
