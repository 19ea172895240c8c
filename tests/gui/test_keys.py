"""The keys of the real window: with Caps Lock, on the number pad, and with each page in view."""

import threading
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from steps import analyse, press, widgets
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.shortcuts import Shortcut
from gui.state import Look, Phase
from gui.views.shortcuts_dialog import ShortcutsDialog

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.mark.parametrize("lock", ["", "Lock-"], ids=["usual", "Caps Lock"])
def test_letters_do_the_same_with_caps_lock(
    application: Application, photo: Path, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    asked: list[str] = []
    # The system's own dialogues are outside this program and can not be driven from within.
    monkeypatch.setattr(
        "tkinter.filedialog.askopenfilenames", lambda **_: asked.append("images") or ()
    )
    monkeypatch.setattr("tkinter.filedialog.askdirectory", lambda **_: asked.append("folder") or "")
    analyse(application, photo)

    press(application, f"<Control-{lock}o>")
    press(application, f"<Control-Shift-{lock}o>")
    press(application, f"<Control-{lock}c>")

    assert asked == ["images", "folder"]
    assert "Copied as text." in shown_texts(application)


def test_the_number_pad_magnifies(application: Application, photo: Path) -> None:
    analyse(application, photo)
    view = application.view.image_page.image_pane.looking.plain
    fitted = view.viewport.actual_scale

    press(application, "<KP_Add>")
    assert view.viewport.actual_scale > fitted
    press(application, "<KP_Subtract>")
    assert view.viewport.actual_scale == pytest.approx(fitted)


@pytest.mark.parametrize("key", ["plus", "equal", "KP_Add"])
def test_any_plus_makes_the_text_larger(application: Application, key: str) -> None:
    preferences = application.services.preferences
    usual = preferences.state.font_percent

    press(application, f"<Control-{key}>")

    assert preferences.state.font_percent > usual


@pytest.mark.parametrize("page", ["<Control-Key-2>", "<Control-Key-3>"], ids=["Compare", "Batch"])
def test_no_key_acts_on_an_image_that_another_page_hides(
    application: Application, scripted_server: ScriptedServer, photo: Path, folder: Path, page: str
) -> None:
    for image in (photo, folder / "0.png"):
        analyse(application, image)
    images = application.services.images
    before, asked = images.state, len(scripted_server.requests)
    press(application, page)
    application.window.clipboard_clear()
    application.window.clipboard_append("untouched")
    windows = application.window.winfo_children()

    for key in ("<F5>", "<Control-e>", "<Control-b>", "<Alt-Up>", "<Control-c>", "<Control-s>"):
        press(application, key)

    assert images.state == before
    assert application.window.clipboard_get() == "untouched"
    assert application.window.winfo_children() == windows, "no dialogue"
    assert len(scripted_server.requests) == asked
    press(application, "<Control-Key-1>")
    press(application, "<Alt-Up>")
    assert images.state.current == 0


def test_escape_cancels_only_what_is_in_view(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.predict.hold = threading.Event()
    images = application.services.images
    images.open(photo)
    wait_until(application, lambda: images.state.phase is Phase.ANALYSING)

    press(application, "<Control-Key-2>")
    press(application, "<Escape>")
    assert images.state.phase is Phase.ANALYSING
    press(application, "<Control-Key-1>")
    press(application, "<Escape>")
    assert images.state.phase is Phase.CANCELLED


def test_escape_ends_an_explanation_under_way(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    scripted_server.explain.hold = threading.Event()
    analyse(application, photo)
    press(application, "<Control-e>")
    wait_until(application, lambda: "Explaining…" in shown_texts(application))

    press(application, "<Escape>")

    assert application.services.images.state.look is Look.PLAIN
    texts = shown_texts(application)
    assert "Show why" in texts
    assert "Low risk" in texts


def test_f1_lists_every_key(application: Application) -> None:
    press(application, "<F1>")
    (dialog,) = (
        one for one in application.window.winfo_children() if isinstance(one, ShortcutsDialog)
    )
    (table,) = (one for one in widgets(dialog) if one.winfo_class() == "Treeview")
    listed = {table.set(item, "keys") for item in table.get_children()}

    assert {one.keys_on("x11") for one in Shortcut} <= listed


def test_macos_has_command_where_others_have_control() -> None:
    on_mac = {one.keys_on("aqua"): one.sequences_on("aqua") for one in Shortcut}

    assert on_mac["Cmd+O"] == ["<Command-o>", "<Command-O>"]
    assert "Ctrl" not in str(on_mac)
    assert "Control" not in str(on_mac)
    assert Shortcut.OPEN.keys_on("x11") == Shortcut.OPEN.keys_on("win32") == "Ctrl+O"


def test_the_window_is_used_without_a_mouse(
    application: Application, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tkinter.filedialog.askopenfilenames", lambda **_: (str(photo),))
    press(application, "<Control-o>")
    wait_until(application, lambda: application.services.images.state.answer)
    reached = set()

    application.view.header.theme_button.focus_force()
    for _ in range(30):
        widget = application.window.focus_get()
        reached.add(str(widget))
        widget.event_generate("<Tab>")
        application.window.update()

    buttons = [
        widget
        for widget in widgets(application.view)
        if widget.winfo_class() in ("TButton", "TScale", "Treeview")
        and widget.winfo_viewable()
        and str(widget.cget("state") if widget.winfo_class() == "TButton" else "") != "disabled"
    ]
    assert len(buttons) > 8
    assert [str(widget) for widget in buttons if str(widget) not in reached] == []
