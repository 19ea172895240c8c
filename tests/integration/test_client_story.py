"""A user's whole way through the real window, with a real server that is killed on the way."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from processes import descendants, is_alive, until
from pypdf import PdfReader
from running_server import (
    PORT_OPTIONS,
    START_TIMEOUT,
    Server,
    free_ports,
    start_server,
    wait_until_ready,
)
from serving_requests import image_file
from virtual_display import (
    display,
    open_window,
    shown_texts,
    tk_garbage_stays_on_main_thread,
    wait_until,
)

from gui.app import Application
from gui.batch import BatchPhase
from gui.state import Look, Phase
from gui.viewmodel import ViewModel

__all__ = ["display", "open_window", "tk_garbage_stays_on_main_thread"]

pytestmark = pytest.mark.timeout(4 * START_TIMEOUT)

_COUNT = 50


def write_images(folder: Path) -> Path:
    folder.mkdir()
    for number in range(_COUNT):
        (folder / f"lesion {number}.jpg").write_bytes(image_file(number))
    return folder


def start_on(ports: list[int], folder: Path) -> Server:
    """Start a server on these ports and wait until it is ready."""
    folder.mkdir()
    options = [f"{option}={port}" for option, port in zip(PORT_OPTIONS, ports, strict=True)]
    server = start_server(folder, *options)
    wait_until_ready(server, folder)
    return server


def kill(server: Server) -> None:
    """End it as a power cut would, and wait until nothing of it is left."""
    processes = descendants(server)
    server.process.kill()
    server.process.wait()
    until(lambda: not any(map(is_alive, processes)))


def analyse(application: Application, path: Path) -> ViewModel:
    images = application.services.images
    images.open(path)
    wait_until(application, lambda: images.state.phase in (Phase.DONE, Phase.FAILED))
    assert images.state.failure is None
    return images


def save(application: Application, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    application.window.focus_force()
    application.window.update()
    application.window.event_generate("<Control-s>")
    return path


def test_one_image_two_images_fifty_images_and_a_server_that_dies(
    open_window: Callable[[str], Application], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_images(tmp_path / "images")
    ports = free_ports(len(PORT_OPTIONS))
    server = start_on(ports, tmp_path / "first")
    try:
        application = open_window(f"http://127.0.0.1:{ports[0]}")
        view, batch = application.view, application.services.batch

        images = analyse(application, folder / "lesion 0.jpg")
        images.show(Look.OVERLAY)
        wait_until(application, lambda: not images.state.is_explaining)
        assert images.state.explanation_problem is None
        analyse(application, folder / "lesion 1.jpg")
        view.book.select(view.compare_page)
        application.window.update()
        results = [f"{case.answer.prediction.risk.level} risk" for case in images.state.cases]
        assert [text for text in results if text not in shown_texts(application)] == []

        view.commands.open([folder])
        wait_until(application, lambda: batch.state.finished >= 5)
        kill(server)
        wait_until(application, lambda: batch.state.phase is BatchPhase.WAITING)
        before = [row.answer for row in batch.state.rows]
        assert any(before)
        wait_until(application, lambda: "Waiting for the server" in shown_texts(application))

        server = start_on(ports, tmp_path / "second")
        wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)
        assert (batch.state.finished, batch.state.failed) == (_COUNT, 0)
        kept = zip(before, batch.state.rows, strict=True)
        assert all(row.answer is answer for answer, row in kept if answer is not None)
        assert [case.answer is not None for case in images.state.cases] == [True, True]
    finally:
        server.stop()

    # Saving needs no server.
    table = save(application, tmp_path / "table.csv", monkeypatch)
    wait_until(application, table.exists)
    rows = list(csv.DictReader(StringIO(table.read_text("utf-8-sig"))))
    assert len(rows) == _COUNT
    assert not any(row["error"] for row in rows)

    view.book.select(view.image_page)
    report = save(application, tmp_path / "report.pdf", monkeypatch)
    application.window.update()
    dialog = application.window.winfo_children()[-1]
    dialog.everything.set(True)
    dialog.focus_get().event_generate("<Key-Return>")
    wait_until(application, report.exists)
    pages = [page.extract_text() for page in PdfReader(report).pages]
    assert len(pages) == 2
    assert [text for text, page in zip(results, pages, strict=True) if text not in page] == []
