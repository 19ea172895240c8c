"""The real window under keyboard and mouse, and while the server keeps it waiting."""

import itertools
import os
import re
import threading
import time
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from steps import analyse, phases, press
from virtual_display import save_screenshot, shown_texts, virtual_display, wait_until

from gui.app import Application
from gui.server_address import ServerAddress
from gui.state import Phase
from gui.views.focus import focused

OpenWindow = Callable[[str], Application]

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.fixture(scope="session")
def small_display(display: str) -> Iterator[str]:
    """A second display; Tk stays connected to it, so it must not end before the others."""
    with virtual_display(1366, 768) as name:
        os.environ["DISPLAY"] = display
        yield name


def test_progress_can_be_cancelled_with_the_keyboard(
    application: Application, scripted_server: ScriptedServer, photo: Path, tmp_path: Path
) -> None:
    scripted_server.predict.hold = threading.Event()
    model = application.services.images
    model.open(photo)
    wait_until(application, lambda: model.state.phase is Phase.ANALYSING)
    wait_until(application, lambda: seconds_shown(application) > 0)
    before = seconds_shown(application)
    wait_until(application, lambda: seconds_shown(application) > before)
    assert "Analysing the image…" in shown_texts(application)
    save_screenshot(application, tmp_path / "analysing.png")

    press(application, "<Escape>")

    assert model.state.phase is Phase.CANCELLED
    assert "Analysis cancelled" in shown_texts(application)
    scripted_server.predict.hold.set()
    press(application, "<F5>")
    wait_until(application, lambda: model.state.phase is Phase.DONE)


def seconds_shown(application: Application) -> float:
    """Return how long the analysis has taken, as the page tells; 0 before it does."""
    found = re.search(r"([\d.]+) s elapsed", shown_texts(application))
    return float(found[1]) if found else 0.0


def test_an_open_drop_down_is_in_nobodys_way(
    application: Application, photo: Path, other_photo: Path
) -> None:
    analyse(application, photo)
    analyse(application, other_photo)
    press(application, "<Control-Key-2>")
    box = application.view.compare_page.sides[0].choice
    application.window.tk.call("ttk::combobox::Post", str(box))
    application.window.update()
    assert "popdown" in str(application.window.tk.call("focus"))
    assert focused(application.window) is None

    model = application.services.images
    seen = phases(model)
    model.analyse()
    wait_until(application, lambda: model.state.phase is Phase.DONE)

    assert Phase.ANALYSING in seen
    assert "Low risk" in shown_texts(application)


def test_a_defect_that_can_not_be_shown_does_not_end_the_program(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    window = application.window
    expected = window.on_defect

    def fail(error: BaseException) -> None:
        raise KeyError("popdown")

    window.on_defect = fail
    went_on = []
    window.after(1, lambda: [][0])
    window.after(50, lambda: went_on.append(window.quit()))
    window.mainloop()
    window.on_defect = expected

    assert went_on
    assert "A defect could not be shown" in caplog.text
    caplog.clear()


def test_the_disclaimer_is_in_view_on_a_small_screen(
    small_display: str,
    open_window: OpenWindow,
    scripted_server: ScriptedServer,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPLAY", small_display)
    application = open_window(scripted_server.url)
    analyse(application, photo)
    save_screenshot(application, tmp_path / "small.png")

    disclaimer = application.view.disclaimer
    bottom = disclaimer.winfo_rooty() + disclaimer.winfo_height()
    # 60 pixels are left for the system's own bars.
    assert bottom <= 768 - 60


def test_the_window_stays_alive_while_a_request_hangs(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.predict.hold = threading.Event()
    window = application.window
    times: list[float] = []

    def tick() -> None:
        times.append(time.monotonic())
        if len(times) < 150:
            window.after(10, tick)
        else:
            window.quit()

    application.services.images.open(photo)
    tick()
    window.mainloop()

    assert application.services.images.state.phase is Phase.ANALYSING
    gaps = [after - before for before, after in itertools.pairwise(times)]
    # A window that waited for the server would stand still nearly all the time.
    assert max(gaps) < sum(gaps) / 10


def test_buttons_obey_space_and_return(application: Application, photo: Path) -> None:
    analyse(application, photo)
    model, button = (
        application.services.images,
        application.view.image_page.image_pane.analyse_button,
    )
    seen: list[Phase] = []
    model.subscribe(lambda state: seen.append(state.phase))

    for key in ("<Key-space>", "<Key-Return>"):
        press(application, key, button)
        wait_until(application, lambda: model.state.phase is Phase.DONE)

    assert seen.count(Phase.ANALYSING) == 2


def test_the_tab_key_reaches_everything_in_reading_order(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.fail(500)
    analyse(application, photo)
    pane = application.view.image_page.image_pane
    stops = [
        *application.view.header.theme_button.master.winfo_children(),
        application.view.book,
        application.view.image_page.session.list,
        pane.looking.plain,
        pane.looking.zoom_in,
        pane.looking.zoom_out,
        pane.looking.fit,
        pane.looking.actual_size,
        pane.browse_button,
        pane.analyse_button,
        application.view.image_page.result_pane.page.button,
    ]

    stops[0].focus_force()
    application.window.update()
    visited = []
    for _ in stops:
        visited.append(application.window.focus_get())
        application.window.focus_get().event_generate("<Tab>")
        application.window.update()

    assert visited == stops


def test_the_file_browser_opens_by_key_and_by_click(
    application: Application, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def choose(**options: object) -> tuple[str, ...]:
        asked.append(options)
        return (str(photo),) if len(asked) == 2 else ()

    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.askopenfilenames", choose)
    model, preview = application.services.images, application.view.image_page.image_pane.invitation

    press(application, "<Button-1>", preview)
    assert model.state.phase is Phase.EMPTY, "a cancelled dialogue changes nothing"
    press(application, "<Control-o>")
    wait_until(application, lambda: model.state.phase is Phase.DONE)
    press(application, "<Control-o>")

    assert asked[2]["initialdir"] == photo.parent
    assert model.state.phase is Phase.DONE


def test_a_long_result_scrolls_by_key(application: Application, photo: Path) -> None:
    analyse(application, photo)
    page = application.view.image_page.result_pane.page.content
    assert page.yview()[0] == 0.0

    press(application, "<Next>")
    assert page.yview()[0] > 0.0
    press(application, "<Prior>")
    assert page.yview()[0] == 0.0


def test_closing_while_a_request_hangs(
    open_window: OpenWindow, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.predict.hold = threading.Event()
    application = open_window(scripted_server.url)
    application.services.images.open(photo)
    wait_until(application, lambda: application.services.images.state.phase is Phase.ANALYSING)
    # The fixture closes the window and fails if anything is still called back.


def test_the_windows_close_button_ends_everything(
    display: str,
    tk_garbage_stays_on_main_thread: None,
    scripted_server: ScriptedServer,
    tmp_path: Path,
) -> None:
    application = Application(tmp_path, ServerAddress(url=scripted_server.url))
    application.window.update()

    application.window.tk.eval(application.window.protocol("WM_DELETE_WINDOW"))

    with pytest.raises(tkinter.TclError, match="destroyed"):
        application.window.winfo_exists()
