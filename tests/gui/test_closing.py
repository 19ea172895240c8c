"""Closing the window: nothing that was worked for is lost without a question."""

import threading
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from steps import analyse, dialogues, press
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase
from gui.files import write_file
from gui.local_server import LocalServer
from gui.server_address import ServerAddress
from gui.views.confirm_dialog import ConfirmDialog
from gui.views.report_dialog import ReportDialog

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

Close = Callable[[Application], None]


def by_window_manager(application: Application) -> None:
    application.window.tk.eval(application.window.protocol("WM_DELETE_WINDOW"))


def by_key(application: Application) -> None:
    application.window.focus_force()
    application.window.update()
    application.window.event_generate("<Control-q>")


def by_mac_menu(application: Application) -> None:
    application.window.tk.eval("tk::mac::Quit")


ways = pytest.mark.parametrize("close", [by_window_manager, by_key])


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[LocalServer]:
    """Tells which local servers have been stopped."""
    servers: list[LocalServer] = []
    stop = LocalServer.stop

    def noted(self: LocalServer) -> None:
        servers.append(self)
        stop(self)

    monkeypatch.setattr(LocalServer, "stop", noted)
    return servers


@pytest.fixture
def application(
    display: str,
    tk_garbage_stays_on_main_thread: None,
    scripted_server: ScriptedServer,
    tmp_path: Path,
) -> Iterator[Application]:
    """A window that the test may close."""
    application = Application(tmp_path / "settings", ServerAddress(url=scripted_server.url))
    application.window.update()
    yield application
    if is_open(application):
        application.close()


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that writes nothing before it is told to."""
    go = threading.Event()

    def write(path: Path, data: bytes) -> None:
        go.wait(60)
        write_file(path, data)

    monkeypatch.setattr("gui.views.commands.write_file", write)
    yield go
    go.set()


def is_open(application: Application) -> bool:
    try:
        return bool(application.window.winfo_exists())
    except tkinter.TclError:
        return False


def analyse_all(application: Application, folder: Path) -> None:
    application.view.commands.open([folder])
    batch = application.services.batch
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)


def save_report(application: Application) -> None:
    application.view.commands.save_report()
    application.window.update()
    (dialog,) = dialogues(application, ReportDialog)
    press(application, "<Key-Return>", dialog.focus_lastfor())


@pytest.fixture
def mac_application(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Application:
    """The window, as far as our own code thinks on macOS."""
    monkeypatch.setattr("gui.views.main_view.ttk.windowing_system", lambda _: "aqua")
    application: Application = request.getfixturevalue("application")
    return application


def test_without_a_batch_it_closes_at_once(
    application: Application, stopped: list[LocalServer]
) -> None:
    by_key(application)

    assert not is_open(application)
    assert len(stopped) == 1


@ways
def test_a_table_that_was_never_saved_is_asked_about(
    application: Application, folder: Path, stopped: list[LocalServer], close: Close
) -> None:
    analyse_all(application, folder)
    view = application.view
    view.commands.show_image()

    close(application)
    (question,) = dialogues(application, ConfirmDialog)
    assert view.book.select() == str(view.batch_page), "it shows what it asks about"
    application.window.update()
    assert "has not been saved" in shown_texts(application)
    by_window_manager(application)
    assert dialogues(application, ConfirmDialog) == [question], "one question is enough"
    question.cancel_button.invoke()
    application.window.update()
    assert is_open(application)
    assert application.services.batch.state.finished == 3
    assert stopped == []

    close(application)
    (question,) = dialogues(application, ConfirmDialog)
    question.confirm_button.invoke()
    assert not is_open(application)
    assert len(stopped) == 1


@ways
def test_a_batch_that_runs_is_asked_about(
    application: Application,
    scripted_server: ScriptedServer,
    folder: Path,
    stopped: list[LocalServer],
    close: Close,
) -> None:
    scripted_server.predict.hold = threading.Event()
    application.view.commands.open([folder])
    batch = application.services.batch
    wait_until(application, lambda: batch.state.phase is BatchPhase.RUNNING)

    close(application)

    (question,) = dialogues(application, ConfirmDialog)
    assert batch.state.phase is BatchPhase.RUNNING
    question.confirm_button.invoke()
    assert not is_open(application)
    assert len(stopped) == 1


@ways
def test_a_saved_table_is_not_asked_about(
    application: Application,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    close: Close,
) -> None:
    # The system's own dialogue is outside this program and can not be driven from within.
    path = str(tmp_path / "table.csv")
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: path)
    analyse_all(application, folder)
    application.view.commands.save_table()
    wait_until(application, lambda: "Saved" in shown_texts(application))

    close(application)

    assert not is_open(application)


@ways
def test_a_file_that_is_being_saved_is_asked_about(
    application: Application,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slow_disk: threading.Event,
    close: Close,
) -> None:
    path = tmp_path / "report.pdf"
    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    analyse(application, photo)
    save_report(application)
    assert f"Saving: {path}" in shown_texts(application)

    close(application)
    (question,) = dialogues(application, ConfirmDialog)
    application.window.update()
    assert "A file is still being saved" in shown_texts(application)
    assert application.view.book.select() == str(application.view.image_page)
    question.cancel_button.invoke()
    slow_disk.set()
    wait_until(application, lambda: f"Saved: {path}" in shown_texts(application))

    close(application)
    assert not is_open(application)
    assert path.read_bytes().startswith(b"%PDF")


def test_a_file_that_could_not_be_saved_is_not_asked_about(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "no such folder" / "report.pdf"
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    analyse(application, photo)
    save_report(application)
    wait_until(application, lambda: "could not be saved" in shown_texts(application))

    by_key(application)

    assert not is_open(application)


def test_quit_of_the_mac_menu_asks_as_well(
    mac_application: Application, folder: Path, stopped: list[LocalServer]
) -> None:
    analyse_all(mac_application, folder)

    by_mac_menu(mac_application)
    (question,) = dialogues(mac_application, ConfirmDialog)
    question.cancel_button.invoke()
    assert is_open(mac_application)

    by_mac_menu(mac_application)
    (question,) = dialogues(mac_application, ConfirmDialog)
    question.confirm_button.invoke()
    assert not is_open(mac_application)
    assert len(stopped) == 1


def test_elsewhere_there_is_no_such_menu(application: Application) -> None:
    assert application.window.tk.eval("info commands tk::mac::Quit") == ""
