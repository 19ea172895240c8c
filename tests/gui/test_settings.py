"""The settings dialogue in the real window."""

import tkinter
from pathlib import Path

import keyring
import pytest
from scripted_server import Script, ScriptedServer
from steps import analyse, hidden, press, settle
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.preferences import Preferences
from gui.views.settings_dialog import SettingsDialog

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


def test_keys_do_not_disturb_typing(application: Application, photo: Path) -> None:
    analyse(application, photo)
    scale = application.view.image_page.image_pane.looking.plain.viewport.actual_scale
    dialog = open_settings(application)

    press(application, "<plus>", dialog.form.url)

    assert application.view.image_page.image_pane.looking.plain.viewport.actual_scale == scale
