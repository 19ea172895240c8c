"""A display that needs no screen, and the real window on it."""

import gc
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from gui.app import Application
from gui.server_address import ServerAddress

_TEXTUAL = ("TLabel", "TButton", "TCheckbutton", "TRadiobutton")
#: Seconds; generous, since a training may be running beside the tests.
PATIENCE = 60.0


@contextmanager
def virtual_display(width: int, height: int) -> Iterator[str]:
    """Start an X server on a free display and point this process at it."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"]
    server = subprocess.Popen(
        [*command, "-screen", "0", f"{width}x{height}x24", "-dpi", "96"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            name = f":{pipe.readline().strip()}"
        assert name != ":", "Xvfb ended before it had a display."
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DISPLAY", name)
            yield name
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A display for the whole test run."""
    if shutil.which("Xvfb") is None:
        pytest.fail("Xvfb is missing; install the Debian package 'xvfb'.")
    with virtual_display(1600, 1000) as name:
        yield name


@pytest.fixture
def tk_garbage_stays_on_main_thread() -> Iterator[None]:
    """Keep the collector from running on a worker's thread.

    There it could meet images of windows that earlier tests have closed, whose deletion would
    then wait for an event loop that is gone. The program has one window and is always in its loop.
    """
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def open_window(
    display: str,
    tk_garbage_stays_on_main_thread: None,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> Iterator[Callable[[str], Application]]:
    """Open the real window for a server's URL; a failed callback fails the test."""
    failures: list[BaseException] = []
    applications: list[Application] = []

    def open_one(url: str) -> Application:
        application = Application(tmp_path / "settings", ServerAddress(url=url))
        application.window.on_defect = failures.append
        applications.append(application)
        application.window.update()
        return application

    yield open_one
    for application in applications:
        application.close()
    assert failures == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def wait_until(application: Application, condition: Callable[[], object]) -> None:
    """Run the window's event loop until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"Not within {PATIENCE:.0f} s: {application.services}"
        application.window.update()
        time.sleep(0.005)
    application.window.update()


def shown_texts(application: Application) -> str:
    """Return the text of every label and button that is mapped, one a line."""
    found = []
    pending = [application.window]
    while pending:
        widget = pending.pop()
        pending.extend(reversed(widget.winfo_children()))
        if widget.winfo_class() in _TEXTUAL and widget.winfo_ismapped():
            found.append(str(widget.cget("text")).strip())
        elif widget.winfo_class() == "Canvas" and widget.winfo_ismapped():
            items = (item for item in widget.find_all() if widget.type(item) == "text")
            found.extend(widget.itemcget(item, "text") for item in items)
    return "\n".join(found)


def save_screenshot(application: Application, path: Path) -> Image.Image:
    """Save what the window and its dialogues show as a PNG."""
    window = application.window
    window.update()
    left, top = window.winfo_rootx(), window.winfo_rooty()
    # The menus lie above what Tk counts as the window; it shows a clone of them.
    menus = int(window.tk.call("winfo", "height", f".#{str(window.cget('menu'))[1:]}"))
    box = (left, top - menus, left + window.winfo_width(), top + window.winfo_height())
    shot = ImageGrab.grab(bbox=box, xdisplay=os.environ["DISPLAY"])
    shot.save(path)
    return shot
