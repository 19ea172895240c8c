"""What the real window shows, on a real display."""

import tkinter
from pathlib import Path

import pytest
from answers import make_answer
from scripted_server import Script, ScriptedServer
from steps import analyse, answer_with, press, settle, widgets
from virtual_display import save_screenshot, shown_texts, wait_until

from gui.app import Application
from gui.connection import Connection
from gui.palette import PALETTES, RISK_COLOURS
from gui.presentation import percent
from gui.views.message_page import MessagePage
from handlers.schema import DISCLAIMER, ErrorCode, ErrorDetail, ErrorResponse, RiskLevel

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

LONG = "Many words for one reason. " * 12


def use_smallest_window(application: Application, percent: int) -> None:
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=percent)


def bottom(widget: tkinter.Misc) -> int:
    return widget.winfo_rooty() + widget.winfo_height()


def is_within(part: tkinter.Misc, whole: tkinter.Misc) -> bool:
    return whole.winfo_rooty() <= part.winfo_rooty() and bottom(part) <= bottom(whole)


def texts_of(widget: tkinter.Misc) -> str:
    return str(widget.cget("text")) if widget.winfo_class() == "TLabel" else ""


def test_the_empty_window_invites_and_warns(application: Application, tmp_path: Path) -> None:
    texts = shown_texts(application)

    assert "Drop an image here or browse" in texts
    assert "JPEG, PNG, BMP or GIF" in texts
    assert "Connected" in texts
    assert DISCLAIMER in texts
    assert str(application.view.image_page.image_pane.analyse_button.cget("state")) == "disabled"
    save_screenshot(application, tmp_path / "empty.png")


@pytest.mark.parametrize(
    ("level", "malignancy"), [("Low", 0.03), ("Moderate", 0.22), ("High", 0.91)]
)
def test_a_result_with_everything_that_belongs_to_it(
    application: Application,
    scripted_server: ScriptedServer,
    photo: Path,
    tmp_path: Path,
    level: RiskLevel,
    malignancy: float,
) -> None:
    answer = make_answer(malignancy, level)
    answer_with(scripted_server, answer)

    texts = analyse(application, photo)

    prediction = answer.prediction
    expected = [
        photo.name,
        "600 × 450 pixels",  # noqa: RUF001
        prediction.predicted_class,
        f"{level} risk",
        percent(prediction.confidence),
        percent(malignancy),
        percent(1 - malignancy),
        prediction.risk.meaning,
        prediction.risk.recommendation,
        "skin_lesion 1.2",
        "2026-11-24",
        DISCLAIMER,
    ]
    for diagnosis in prediction.diagnoses:
        expected += [diagnosis.name, diagnosis.description, percent(diagnosis.probability)]
    assert [text for text in expected if text not in texts] == []
    assert texts.count("Malignant") >= 3, "the malignant diagnoses are marked in words"

    shot = save_screenshot(application, tmp_path / f"{level}.png")
    colours = {colour for _, colour in shot.convert("RGB").getcolors(shot.width * shot.height)}
    badge = application.window.winfo_rgb(RISK_COLOURS[level].background)
    assert tuple(value // 257 for value in badge) in colours


def test_benign_is_not_emphasised_at_a_moderate_risk(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    answer_with(scripted_server, make_answer(0.05, "Moderate"))

    texts = analyse(application, photo)

    assert "Moderate risk" in texts
    assert "probability of Benign" in texts
    assert "High confidence" not in texts
    styles = [
        str(widget.cget("style"))
        for widget in widgets(application.view.image_page.result_pane)
        if widget.winfo_class() == "TLabel"
    ]
    assert "ConfidenceHIGH.TLabel" not in styles


def test_warnings_come_before_the_verdict(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    answer_with(scripted_server, make_answer(warnings=["The image is blurred."]))

    texts = analyse(application, photo)

    assert texts.index("The image is blurred.") < texts.index("Low risk")
    assert "not reliable" not in texts


def test_a_strange_image_has_a_subdued_verdict(
    application: Application, scripted_server: ScriptedServer, photo: Path, tmp_path: Path
) -> None:
    answer_with(scripted_server, make_answer(0.91, "High", False, ["This looks like a cat."]))

    texts = analyse(application, photo)

    assert texts.index("Unfamiliar kind of image") < texts.index("This looks like a cat.")
    assert texts.index("This looks like a cat.") < texts.index("(not reliable)")
    styles = {
        str(widget.cget("style"))
        for widget in widgets(application.view.image_page.result_pane)
        if widget.winfo_class() == "TLabel"
    }
    assert not any("RiskHigh" in style or "ConfidenceHIGH" in style for style in styles)
    save_screenshot(application, tmp_path / "strange.png")


def test_the_disclaimer_stays_in_view_at_the_smallest_size(
    application: Application, photo: Path
) -> None:
    application.window.geometry("1024x700")
    analyse(application, photo)
    view, label = application.view, application.view.disclaimer

    assert application.window.minsize() == (1024, 700)
    assert label.winfo_rooty() + label.winfo_height() <= view.winfo_rooty() + view.winfo_height()
    assert label.winfo_reqwidth() <= label.winfo_width(), "the text must not be cut off"


def test_no_text_is_cut_off_at_the_smallest_size(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    answer_with(
        scripted_server, make_answer(0.9, "High", False, ["A rather long reservation. " * 6])
    )
    application.window.geometry("1024x700")
    analyse(application, photo)
    application.window.update()

    cut = [
        str(widget.cget("text"))
        for widget in widgets(application.window)
        if widget.winfo_class() in ("TLabel", "TButton")
        and widget.winfo_ismapped()
        and widget.winfo_reqwidth() > widget.winfo_width()
    ]
    assert cut == []


@pytest.mark.parametrize(
    ("health", "indicator"),
    [
        (Script(b'{"status": "healthy", "model_loaded": true}'), "Connected"),
        (Script(b'{"status": "unavailable", "model_loaded": false}', 503), "Server is starting"),
        (Script(b"", 500), "Not connected"),
        (Script(b"", 401), "Token refused"),
    ],
)
@pytest.mark.parametrize("percent", [100, 200])
def test_the_header_is_whole_whatever_the_server_does(
    application: Application,
    scripted_server: ScriptedServer,
    health: Script,
    indicator: str,
    percent: int,
) -> None:
    use_smallest_window(application, percent)
    scripted_server.health = health
    application.services.connection.check()
    wait_until(application, lambda: indicator in shown_texts(application))
    settle(application)

    header = application.view.header
    cut = [
        widget
        for widget in widgets(header)
        if widget.winfo_reqwidth() > widget.winfo_width()
        or widget.winfo_reqheight() > widget.winfo_height()
    ]
    assert cut == []
    assert header.winfo_height() < application.view.book.winfo_y()
    if percent == 100:
        assert header.indicator.winfo_y() < header.theme_button.winfo_height(), "one line is enough"


@pytest.mark.parametrize("percent", [100, 200])
def test_a_failure_leaves_its_buttons_in_view(
    application: Application, scripted_server: ScriptedServer, photo: Path, percent: int
) -> None:
    use_smallest_window(application, percent)
    error = ErrorResponse(error=ErrorDetail(code=ErrorCode.TRUNCATED_IMAGE, message=LONG))
    scripted_server.fail(400, error.model_dump_json().encode())
    scripted_server.health = Script(b"", 500)
    connection = application.services.connection
    analyse(application, photo)
    connection.check()
    wait_until(application, lambda: connection.state.status is Connection.OFFLINE)
    settle(application)

    page = application.view.image_page.result_pane.page
    assert isinstance(page, MessagePage)
    assert is_within(page.button, page)
    (message,) = (one for one in widgets(page) if LONG in texts_of(one))
    for _ in range(20):
        press(application, "<Next>")
    assert bottom(message) <= page.button.winfo_rooty(), "the end of the text can be reached"


@pytest.mark.parametrize("percent", [100, 200])
def test_reservations_are_seen_beside_a_comparison(
    application: Application,
    scripted_server: ScriptedServer,
    photo: Path,
    folder: Path,
    percent: int,
) -> None:
    use_smallest_window(application, percent)
    answer_with(scripted_server, make_answer(0.9, "High", True, [LONG]))
    analyse(application, photo)
    analyse(application, folder / "0.png")
    press(application, "<Control-Key-2>")
    settle(application)

    for side in application.view.compare_page.sides:
        (title,) = (one for one in widgets(side) if texts_of(one) == "Please note")
        assert is_within(title, side.notes.container)
        assert is_within(side.notes.container, side)


def test_both_modes_show_the_same(application: Application, photo: Path, tmp_path: Path) -> None:
    light = analyse(application, photo)
    save_screenshot(application, tmp_path / "light.png")

    application.view.header.theme_button.invoke()
    application.window.update()

    assert shown_texts(application) == light
    shot = save_screenshot(application, tmp_path / "dark.png")
    assert "#{:02x}{:02x}{:02x}".format(*shot.getpixel((2, 2))[:3]) == (
        PALETTES["dark"].window.background
    )
