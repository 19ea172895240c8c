"""Texts of any size in the real window: nothing is cut off or out of reach."""

import tkinter
from pathlib import Path

import pytest
from answers import make_answer
from scripted_server import ScriptedServer
from steps import analyse, answer_with, hidden, press, settle, widgets
from studio import typical_answer
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.state import Look
from gui.views.verdict_labels import RiskBadge

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


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


def test_icons_grow_with_the_texts(application: Application) -> None:
    button = application.view.header.theme_button
    before = button.winfo_reqwidth()

    application.services.preferences.change(font_percent=200)
    settle(application)

    assert button.winfo_reqwidth() > before + 8
    application.services.preferences.change(font_percent=100)
    settle(application)
    assert button.winfo_reqwidth() == before
