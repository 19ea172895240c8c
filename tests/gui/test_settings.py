"""The settings dialogue, large texts and the keyboard in the real window."""

import tkinter
from pathlib import Path

import keyring
import pytest
from answers import make_answer
from scripted_server import Script, ScriptedServer
from steps import analyse, answer_with, press, settle, widgets
from studio import typical_answer
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.preferences import Preferences
from gui.shortcuts import Shortcut
from gui.state import Look
from gui.views.settings_dialog import SettingsDialog
from gui.views.shortcuts_dialog import ShortcutsDialog
from gui.views.verdict_labels import RiskBadge

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.fixture(autouse=True)
def _no_real_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.fail.Keyring())


def open_settings(application: Application) -> SettingsDialog:
    press(application, "<Control-comma>")
    (dialog,) = (
        one for one in application.window.winfo_children() if isinstance(one, SettingsDialog)
    )
    return dialog


def hidden(parts: list[tkinter.Misc], frame: tkinter.Misc) -> list[str]:
    """Return the labels, buttons and sliders that do not lie wholly within a frame."""
    right, bottom = (
        frame.winfo_rootx() + frame.winfo_width(),
        frame.winfo_rooty() + frame.winfo_height(),
    )
    return [
        str(part)
        for part in parts
        if part.winfo_class() in ("TLabel", "TButton", "TScale")
        and part.winfo_ismapped()
        and (
            part.winfo_rootx() + part.winfo_width() > right
            or part.winfo_rooty() + part.winfo_height() > bottom
        )
    ]


def type_into(entry: tkinter.Entry, text: str) -> None:
    entry.delete(0, "end")
    entry.insert(0, text)


def test_a_connection_is_tested_with_its_token(
    application: Application, scripted_server: ScriptedServer
) -> None:
    dialog = open_settings(application)
    type_into(dialog.form.token, "secret")

    dialog.test_button.invoke()
    wait_until(application, lambda: "It works" in dialog.result.cget("text"))
    assert scripted_server.tokens[-1] == "Bearer secret"
    assert "may need" not in dialog.result.cget("text")

    scripted_server.health = Script(b"", 401)
    dialog.test_button.invoke()
    wait_until(application, lambda: "wants another access token" in dialog.result.cget("text"))
    press(application, "<Escape>", dialog)
    assert not dialog.winfo_exists()


@pytest.mark.parametrize("token", ["", "secret"])
def test_without_a_token_a_working_connection_is_not_all(
    application: Application, scripted_server: ScriptedServer, token: str
) -> None:
    application.services.tokens.write(scripted_server.url, token)
    dialog = open_settings(application)

    dialog.test_button.invoke()  # perhaps before the stored token is in the field
    wait_until(application, lambda: "It works" in dialog.result.cget("text"))

    hint = "Analyses may need an access token."
    assert (hint in dialog.result.cget("text")) == (token == "")


@pytest.mark.parametrize("refuses", ["health", "predict"])
def test_a_refused_token_is_told_at_the_top(
    application: Application, scripted_server: ScriptedServer, photo: Path, refuses: str
) -> None:
    indicator = application.view.header.indicator
    setattr(scripted_server, refuses, Script(b"", 401))

    analyse(application, photo)
    application.services.connection.check()
    wait_until(application, lambda: "Token refused" in indicator.cget("text"))

    asked = len(scripted_server.requests)
    application.services.connection.check()
    wait_until(application, lambda: len(scripted_server.requests) > asked)
    settle(application)
    assert "Token refused" in indicator.cget("text")


def test_another_server_never_gets_the_token(
    application: Application, scripted_server: ScriptedServer
) -> None:
    tokens = application.services.tokens
    tokens.write(scripted_server.url, "secret")
    with ScriptedServer() as other:
        dialog = open_settings(application)
        wait_until(application, lambda: dialog.form.token.get() == "secret")
        type_into(dialog.form.url, other.url)

        dialog.test_button.invoke()
        wait_until(application, lambda: "It works" in dialog.result.cget("text"))
        dialog.save_button.invoke()
        wait_until(application, lambda: len(other.requests) > 1)

        assert set(other.tokens) == {None}
    assert tokens.read(other.url) == ""
    assert tokens.read(scripted_server.url) == "secret"


def test_every_address_has_its_own_token(
    application: Application, scripted_server: ScriptedServer
) -> None:
    tokens = application.services.tokens
    tokens.write(scripted_server.url, "first")
    with ScriptedServer() as other:
        tokens.write(other.url, "second")
        dialog = open_settings(application)
        wait_until(application, lambda: dialog.form.token.get() == "first")

        type_into(dialog.form.url, other.url)
        dialog.test_button.invoke()
        wait_until(application, lambda: "It works" in dialog.result.cget("text"))
        assert other.tokens[-1] == "Bearer second", "known although the field is still empty"
        press(application, "<Tab>", dialog.form.url)
        wait_until(application, lambda: dialog.form.token.get() == "second")
        type_into(dialog.form.token, "first")
        dialog.save_button.invoke()
        wait_until(application, lambda: other.tokens[-1] == "Bearer first")

    assert tokens.read(other.url) == "first", "the same token as elsewhere is a new one here"
    assert tokens.read(scripted_server.url) == "first"


def test_a_token_stays_when_its_address_is_typed_again(
    application: Application, scripted_server: ScriptedServer
) -> None:
    tokens = application.services.tokens
    tokens.write(scripted_server.url, "secret")
    dialog = open_settings(application)
    wait_until(application, lambda: dialog.form.token.get() == "secret")

    type_into(dialog.form.url, scripted_server.url)
    dialog.save_button.invoke()
    settle(application)

    assert not dialog.winfo_exists()
    assert tokens.read(scripted_server.url) == "secret"


def test_a_token_with_foreign_letters_is_refused_in_the_form(application: Application) -> None:
    dialog = open_settings(application)
    type_into(dialog.form.token, "schlüssel")

    for button in (dialog.test_button, dialog.save_button):
        button.invoke()
        assert "access token can not be used" in dialog.result.cget("text")
        assert "address" not in dialog.result.cget("text")
    assert dialog.form.token.get() == "schlüssel"


@pytest.mark.parametrize("url", ["", "localhost", "ftp://host"])
def test_a_bad_address_is_refused_and_nothing_is_lost(application: Application, url: str) -> None:
    dialog = open_settings(application)
    type_into(dialog.form.url, url)

    dialog.save_button.invoke()

    assert "address is not valid" in dialog.result.cget("text")
    assert dialog.form.url.get() == url


def test_saved_settings_are_used_and_kept(
    application: Application, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    with ScriptedServer() as other:
        dialog = open_settings(application)
        type_into(dialog.form.url, f"{other.url}/")
        dialog.save_button.invoke()
        wait_until(application, lambda: other.requests)

        assert application.services.connection.state.server.url == other.url
        assert Preferences(tmp_path / "settings").state.server.url == other.url


def test_what_can_not_be_saved_is_used_until_the_client_closes(
    application: Application, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "settings").write_text("a file where the folder should be")
    dialog = open_settings(application)
    type_into(dialog.form.token, "secret")

    dialog.save_button.invoke()
    wait_until(application, lambda: scripted_server.tokens[-1] == "Bearer secret")

    texts = shown_texts(application)
    assert "This could not be saved" in texts
    assert str(tmp_path / "settings") in texts
    assert "holds until the client closes" in texts


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


def test_keys_do_not_disturb_typing(application: Application, photo: Path) -> None:
    analyse(application, photo)
    scale = application.view.image_page.image_pane.looking.plain.viewport.actual_scale
    dialog = open_settings(application)

    press(application, "<plus>", dialog.form.url)

    assert application.view.image_page.image_pane.looking.plain.viewport.actual_scale == scale


@pytest.mark.parametrize("percent", [80, 200])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_text_is_cut_off_at_any_size_of_text(
    application: Application,
    scripted_server: ScriptedServer,
    photo: Path,
    percent: int,
    mode: str,
) -> None:
    answer_with(scripted_server, make_answer(0.9, "High", False, ["A long reservation. " * 9]))
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent, mode=mode)
    analyse(application, photo)
    for _ in range(5):
        application.window.update()

    cut = [
        str(widget.cget("text"))
        for widget in widgets(application.window)
        if widget.winfo_class() in ("TLabel", "TButton")
        and widget.winfo_ismapped()
        and widget.winfo_reqwidth() > widget.winfo_width()
    ]
    assert cut == []
    view = application.view.image_page.image_pane.looking.plain
    assert view.winfo_height() > 100, "texts must not crowd out the image"
    assert "Show why" in shown_texts(application)


@pytest.mark.parametrize("percent", [150, 200])
def test_large_texts_push_nothing_out_of_view(
    application: Application, scripted_server: ScriptedServer, photo: Path, percent: int
) -> None:
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent)
    analyse(application, photo)
    images = application.services.images

    images.show(Look.OVERLAY)
    wait_until(application, lambda: images.state.case.heatmap is not None)
    settle(application)

    pane = application.view.image_page.image_pane
    assert hidden(widgets(pane), pane) == []
    looking = pane.looking
    assert hidden(widgets(looking), looking) == []
    assert looking.opacity.winfo_ismapped()


@pytest.mark.parametrize("percent", [150, 200])
def test_large_texts_do_not_cut_off_that_a_result_is_not_reliable(
    application: Application,
    scripted_server: ScriptedServer,
    photo: Path,
    folder: Path,
    percent: int,
) -> None:
    answer_with(scripted_server, make_answer(0.9, "High", in_distribution=False))
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent)
    for image in (photo, folder / "0.png"):
        analyse(application, image)
    settle(application)
    left, right = application.view.compare_page.sides

    def caveat(part: tkinter.Misc) -> tkinter.Misc:
        (label,) = (
            one
            for one in widgets(part)
            if one.winfo_class() == "TLabel" and "not reliable" in str(one.cget("text"))
        )
        return label

    single = caveat(application.view.image_page.result_pane)
    assert hidden([single], single.master) == []
    press(application, "<Control-Key-2>")
    settle(application)
    for label in (single, caveat(left), caveat(right)):
        assert label.winfo_reqwidth() <= label.winfo_width()
        assert label.winfo_reqheight() <= label.winfo_height()


@pytest.mark.parametrize("percent", [100, 150])
def test_what_to_do_is_seen_without_scrolling(
    application: Application, scripted_server: ScriptedServer, photo: Path, percent: int
) -> None:
    answer = typical_answer(0.22)
    answer_with(scripted_server, answer)
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent)
    analyse(application, photo)
    settle(application)

    page = application.view.image_page.result_pane.page
    risk = answer.prediction.risk
    seen = [
        widget
        for widget in widgets(page)
        if widget.winfo_class() == "TLabel"
        and str(widget.cget("text")).strip() in ("Benign", "Moderate risk", risk.recommendation)
    ]
    assert risk.level == "Moderate"
    assert {str(label.cget("text")).strip() for label in seen} >= {
        "Moderate risk",
        risk.recommendation,
    }
    # "Benign" stands at its bar as well, which comes later.
    first = {str(label.cget("text")).strip(): label for label in reversed(seen)}
    assert hidden(list(first.values()), page) == []


@pytest.mark.parametrize("percent", [100, 200])
def test_a_long_reservation_hides_no_verdict_that_is_compared(
    application: Application, scripted_server: ScriptedServer, photo: Path, percent: int
) -> None:
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent)
    analyse(application, photo)
    answer_with(scripted_server, make_answer(0.9, "High", True, ["A long reservation. " * 80]))
    other = photo.with_name("other.jpg")
    other.write_bytes(photo.read_bytes())
    analyse(application, other)

    press(application, "<Control-Key-2>")
    settle(application)

    page = application.view.compare_page
    for side in page.sides:
        badges = [one for one in widgets(side) if isinstance(one, RiskBadge)]
        assert len(badges) == 1
        assert hidden(badges, side) == []
        assert side.view.winfo_height() >= 100
    left, right = (side.view for side in page.sides)
    assert left.winfo_height() == right.winfo_height()
    assert all(side.verdict_height == side.verdict.winfo_height() for side in page.sides)
    assert abs(left.winfo_width() - right.winfo_width()) <= 2, "Tk rounds"
    press(application, "<Next>")
    assert page.sides[1].notes.yview()[0] > 0.0


@pytest.mark.parametrize("percent", [80, 200])
def test_the_names_of_compared_images_stay_in_the_middle_of_their_boxes(
    application: Application, photo: Path, folder: Path, percent: int
) -> None:
    for image in (photo, folder / "0.png"):
        analyse(application, image)
    press(application, "<Control-Key-2>")
    settle(application)

    application.services.preferences.change(font_percent=percent)
    settle(application)

    for side in application.view.compare_page.sides:
        _, top, _, height = side.choice.bbox(0)
        assert abs(2 * top + height - side.choice.winfo_height()) <= 3


def test_a_long_answer_leaves_the_settings_on_the_screen(application: Application) -> None:
    application.services.preferences.change(font_percent=200)
    dialog = open_settings(application)
    type_into(dialog.form.url, "no address " * 150)

    dialog.save_button.invoke()
    settle(application)

    assert dialog.winfo_rooty() >= 0
    assert dialog.winfo_rooty() + dialog.winfo_height() <= dialog.winfo_screenheight()
    assert hidden([dialog.save_button, dialog.test_button], dialog) == []
    for _ in range(10):
        press(application, "<Next>", dialog.test_button)
    end = dialog.result.winfo_rooty() + dialog.result.winfo_height()
    assert end <= dialog.save_button.winfo_rooty(), "its end is out of reach"


def test_icons_grow_with_the_texts(application: Application) -> None:
    button = application.view.header.theme_button
    before = button.winfo_reqwidth()

    application.services.preferences.change(font_percent=200)
    settle(application)

    assert button.winfo_reqwidth() > before + 8
    application.services.preferences.change(font_percent=100)
    settle(application)
    assert button.winfo_reqwidth() == before


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
