"""A file dropped with the mouse onto the real window."""

import shutil
import subprocess
import tkinter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tkinterdnd2
from scripted_server import ScriptedServer
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase
from gui.state import Phase
from gui.views import file_drop


def open_drag_source(application: Application, *uris: str) -> None:
    """Open a small window in the corner of the screen from which URIs can be dragged.

    File managers and browsers offer what is dragged like that, too.
    """
    window = tkinter.Toplevel(application.window)
    window.geometry("100x100+0+0")
    label: Any = tkinter.Label(window, text="Drag me")
    label.pack(fill="both", expand=True)
    label.drag_source_register(1, tkinterdnd2.DND_FILES)
    label.dnd_bind(
        "<<DragInitCmd>>", lambda _: (tkinterdnd2.COPY, (tkinterdnd2.DND_FILES,), (uris,))
    )
    window.update()


def drag(application: Application, release_over: tkinter.Misc) -> None:
    """Drag from the corner of the screen to the middle of a widget, as a hand would."""
    x = release_over.winfo_rootx() + release_over.winfo_width() // 2
    y = release_over.winfo_rooty() + release_over.winfo_height() // 2
    way = [(50, 50), (60, 60), (75, 75), (x - 40, y - 40), (x - 10, y - 10), (x, y)]
    command = ["xdotool"]
    for step, (left, top) in enumerate(way):
        command += ["mousemove", str(left), str(top), "sleep", "0.3"]
        if step == 0:
            command += ["mousedown", "1", "sleep", "0.3"]
    hand = subprocess.Popen([*command, "mouseup", "1"])
    wait_until(application, lambda: hand.poll() is not None)


@pytest.fixture
def application(
    open_window: Callable[[str], Application], scripted_server: ScriptedServer
) -> Application:
    if shutil.which("xdotool") is None:
        pytest.fail("xdotool is missing; install the Debian package 'xdotool'.")
    application = open_window(scripted_server.url)
    application.window.geometry("1024x700+300+100")
    application.window.update()
    return application


@pytest.mark.parametrize("name", ["lesion.jpg", "two words {1}.jpg", "größer 50%.jpg"])
def test_a_dropped_file_is_analysed(application: Application, photo: Path, name: str) -> None:
    file = photo.rename(photo.with_name(name))
    open_drag_source(application, file.as_uri())

    drag(application, application.view.image_page.image_pane.invitation)
    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)

    assert application.services.images.state.image.path == file


def test_the_whole_window_accepts_the_file(application: Application, photo: Path) -> None:
    open_drag_source(application, photo.as_uri())

    drag(application, application.view.image_page.result_pane)
    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)


def test_several_files_become_a_batch(application: Application, photo: Path) -> None:
    other = photo.with_name("two words.jpg")
    other.write_bytes(photo.read_bytes())
    open_drag_source(application, photo.as_uri(), other.as_uri())

    drag(application, application.view.image_page.result_pane)
    batch = application.services.batch
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)

    assert [row.path for row in batch.state.rows] == [photo, other]


@pytest.mark.parametrize(
    "uri",
    ["https://example.org/lesion.jpg", f"data:image/svg+xml,{'lesion' * 600}"],
    ids=["https", "data"],
)
def test_an_image_from_a_browser_is_refused_with_the_remedy(
    application: Application, photo: Path, uri: str
) -> None:
    open_drag_source(application, uri, photo.as_uri())

    drag(application, application.view.image_page.result_pane)
    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)

    texts = shown_texts(application)
    assert "Only files on this computer can be dropped" in texts
    assert "save the image first" in texts
    assert application.services.images.state.image.path == photo, "what is a file is opened"


def test_a_drive_is_no_web_page(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Windows is not at hand; here 'C:' is a folder like any other.
    drive = tmp_path / "C:"
    drive.mkdir()
    photo.rename(drive / "lesion.jpg")
    monkeypatch.chdir(tmp_path)
    open_drag_source(application, "C:/lesion.jpg")

    drag(application, application.view.image_page.result_pane)

    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)


def test_without_the_library_the_file_browser_remains(
    open_window: Callable[[str], Application],
    scripted_server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("Unable to load tkdnd library.")

    monkeypatch.setattr(tkinterdnd2.TkinterDnD, "require", fail)
    application = open_window(scripted_server.url)

    texts = shown_texts(application)
    assert "Browse for an image" in texts
    assert "Drop" not in texts
    assert not file_drop.accept_files(application.view, *3 * [lambda _: None])
