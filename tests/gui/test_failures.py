"""What the real window says when something goes wrong, and how it goes on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_server import Script, ScriptedServer
from steps import analyse, press
from virtual_display import save_screenshot, shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase
from gui.problem import Problem
from gui.state import Phase
from handlers.schema import DISCLAIMER

OpenWindow = Callable[[str], Application]

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.fixture
def absent_server() -> ScriptedServer:
    """A server that is not started yet, and its address."""
    server = ScriptedServer()
    with server:
        pass  # only to find a free port
    return server


def test_no_server_then_one(
    open_window: OpenWindow, absent_server: ScriptedServer, photo: Path, tmp_path: Path
) -> None:
    application = open_window(absent_server.url)
    wait_until(application, lambda: application.services.connection.state.problem)
    texts = shown_texts(application)
    assert "The analysis server can not be reached" in texts
    assert absent_server.url in texts
    assert "skin-lesion-serve" in texts
    assert "Not connected" in texts
    assert DISCLAIMER in texts

    texts = analyse(application, photo)
    assert "Retry (F5)" in texts
    assert "Low risk" not in texts
    save_screenshot(application, tmp_path / "down.png")

    with absent_server:
        button = application.view.image_page.result_pane.page.button
        press(application, "<Key-space>", button)
        wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)
        texts = shown_texts(application)
        assert "Connected" in texts
        assert "Low risk" in texts


def test_the_window_recovers_by_itself_when_the_server_comes(
    open_window: OpenWindow, absent_server: ScriptedServer, photo: Path
) -> None:
    application = open_window(absent_server.url)
    assert "Retry (F5)" in analyse(application, photo)

    with absent_server:
        wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)
        assert "Connected" in shown_texts(application)


def fail_to_start(application: Application) -> str:
    """Return what the window shows after a local server could not be started."""
    connection = application.services.connection
    reason = Problem("The local server does not run", "It said: Port 8080 is taken.")
    connection._set(replace(connection.state, problem=reason, can_start=True))
    application.window.update()
    return shown_texts(application)


def test_why_the_local_server_did_not_start_is_told_where_it_is_missed(
    open_window: OpenWindow, absent_server: ScriptedServer, photo: Path
) -> None:
    application = open_window(absent_server.url)
    assert "Retry (F5)" in analyse(application, photo)

    texts = fail_to_start(application)
    assert "Start local server" in texts
    assert "Port 8080 is taken" in texts


def test_a_failure_of_the_image_itself_stays_in_view(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.fail(413)
    analyse(application, photo)

    texts = fail_to_start(application)
    assert "The image is too large for the server" in texts
    assert "Port 8080 is taken" not in texts


def test_a_batch_waits_for_the_server_behind_a_proxy(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    batch, well = application.services.batch, ScriptedServer()
    scripted_server.predict = scripted_server.health = Script(b"<html>Bad Gateway</html>", 502)
    application.view.commands.open([folder])
    wait_until(application, lambda: batch.state.phase is BatchPhase.WAITING)

    scripted_server.predict, scripted_server.health = well.predict, well.health
    application.services.connection.check()
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)

    assert (batch.state.finished, batch.state.failed) == (3, 0)


def test_an_error_of_the_server_is_explained(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.fail(413)

    texts = analyse(application, photo)

    assert "The image is too large for the server" in texts
    assert "Save it with fewer pixels" in texts


def test_a_bad_file_is_explained_beside_the_result_that_stays(
    application: Application, photo: Path, tmp_path: Path
) -> None:
    analyse(application, photo)
    bad = tmp_path / "notes.txt"
    bad.write_text("no image")

    application.services.images.open(bad)
    wait_until(application, lambda: application.services.images.state.file_problem)

    texts = shown_texts(application)
    assert "This file can not be opened" in texts
    assert "'notes.txt' is not an image" in texts
    assert "Low risk" in texts
    assert photo.name in texts


def test_a_defect_is_shown_in_the_window(
    application: Application, photo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    application.window.on_defect = application._report_defect  # which the fixture had replaced
    words = "This is a defect of the program (ZeroDivisionError)"

    application.window.after(0, lambda: 1 / 0)
    wait_until(application, lambda: words in shown_texts(application))
    assert "Retry (F5)" not in shown_texts(application), "there is no image yet"

    analyse(application, photo)
    application.window.after(0, lambda: 1 / 0)
    wait_until(application, lambda: application.services.images.state.failure)
    assert shown_texts(application).count(words) == 2, "above the result, and below"
    assert "Low risk" in shown_texts(application)
    caplog.clear()  # it was logged, as it should be


def test_a_result_stays_when_analysing_it_again_fails(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    analyse(application, photo)
    well = scripted_server.predict
    scripted_server.fail(500)

    press(application, "<F5>")
    wait_until(application, lambda: application.services.images.state.failure)

    texts = shown_texts(application)
    assert texts.index("The server failed while analysing") < texts.index("Low risk")
    assert "The result below is the earlier one" in texts
    scripted_server.predict = well
    press(application, "<F5>")
    wait_until(application, lambda: application.services.images.state.failure is None)
    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)
    assert "The server failed while analysing" not in shown_texts(application)


def test_an_image_that_failed_says_so_when_one_comes_back_to_it(
    application: Application, scripted_server: ScriptedServer, photo: Path, folder: Path
) -> None:
    scripted_server.fail(413)
    analyse(application, photo)
    analyse(application, folder / "0.png")

    application.services.images.select(0)

    application.window.update()
    texts = shown_texts(application)
    assert "The image is too large for the server" in texts
    assert "Retry (F5)" in texts
