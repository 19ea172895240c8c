"""Fixtures of the client's tests: image files, servers, the decisions, the real window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from answers import make_answer
from executors import HeldExecutor, SynchronousExecutor
from fakes import FakeAnalyser, make_connection
from PIL import Image
from scripted_server import ScriptedServer
from virtual_display import display, open_window, tk_garbage_stays_on_main_thread, wait_until

from gui.app import Application
from gui.connection import Connection, ServerConnection
from gui.viewmodel import ViewModel

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


@pytest.fixture
def analyser() -> FakeAnalyser:
    return FakeAnalyser(make_answer())


@pytest.fixture
def connection(analyser: FakeAnalyser) -> ServerConnection:
    return make_connection(analyser, SynchronousExecutor())


@pytest.fixture
def model(connection: ServerConnection) -> ViewModel:
    return ViewModel(connection, SynchronousExecutor())


@pytest.fixture
def executor() -> HeldExecutor:
    return HeldExecutor()


@pytest.fixture
def held(analyser: FakeAnalyser, executor: HeldExecutor) -> ViewModel:
    return ViewModel(make_connection(analyser, executor), executor)


@pytest.fixture
def other_photo(photo: Path) -> Path:
    """Another image."""
    path = photo.with_name("lesion 2.png")
    Image.new("RGB", (80, 60), "tan").save(path)
    return path
