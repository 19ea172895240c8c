"""Looking, comparing, batches and saving in the real window."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from answers import make_answer
from PIL import Image
from scripted_server import Script, ScriptedServer
from steps import analyse, answer_with, press
from virtual_display import save_screenshot, shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase
from gui.report_entry import ReportEntry, entries_of_cases
from gui.state import Look, Phase

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


@pytest.fixture
def other_photo(photo: Path) -> Path:
    path = photo.with_name("lesion 2.jpg")
    Image.new("RGB", (600, 450), "#b07060").save(path)
    return path


def write_images(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (64, 48), (200, number % 256, 120)).save(folder / f"{number}.png")
    return folder


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    return path


def explained(application: Application) -> bool:
    case = application.services.images.state.case
    return case is not None and case.heatmap is not None


def test_why_is_shown_when_asked_for(
    application: Application, scripted_server: ScriptedServer, photo: Path, tmp_path: Path
) -> None:
    analyse(application, photo)
    plain = save_screenshot(application, tmp_path / "plain.png")
    assert not any(path == "/explain" for path, _ in scripted_server.requests)

    press(application, "<Control-e>")
    wait_until(application, lambda: explained(application))

    assert save_screenshot(application, tmp_path / "why.png") != plain
    assert "Hide why" in shown_texts(application)
    press(application, "<Control-b>")
    assert application.services.images.state.look is Look.SIDE_BY_SIDE
    assert application.view.image_page.image_pane.looking.explained.winfo_ismapped()
    press(application, "<Control-e>")
    assert application.services.images.state.look is Look.PLAIN
    assert sum(path == "/explain" for path, _ in scripted_server.requests) == 1


def test_a_server_without_explanations_leaves_the_result(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    analyse(application, photo)
    scripted_server.explain = Script(b"", 404)

    press(application, "<Control-e>")
    wait_until(application, lambda: application.services.images.state.explanation_problem)

    texts = shown_texts(application)
    assert "There is no analysis service at this address" in texts
    assert "Low risk" in texts


def test_the_image_is_magnified_by_key_and_wheel(application: Application, photo: Path) -> None:
    analyse(application, photo)
    view = application.view.image_page.image_pane.looking.plain
    fitted = view.viewport.actual_scale

    press(application, "<plus>")
    assert view.viewport.actual_scale > fitted
    press(application, "<Key-0>")
    assert view.viewport.actual_scale == fitted
    press(application, "<Key-1>")
    assert view.viewport.actual_scale == 1.0
    before = view.viewport
    view.event_generate("<Button-4>", x=10, y=10)
    assert view.viewport.actual_scale > 1.0
    assert view.viewport.x < before.x, "it zooms where the pointer is"
    press(application, "<Key-Right>", view)
    assert view.viewport.x > 0


def test_the_session_is_gone_through_by_key(
    application: Application, photo: Path, other_photo: Path
) -> None:
    analyse(application, photo)
    analyse(application, other_photo)

    press(application, "<Alt-Up>")

    assert photo.name in shown_texts(application)
    assert application.view.image_page.session.list.selection() == ("0",)
    press(application, "<Key-Down>", application.view.image_page.session.list)
    assert application.services.images.state.current == 1


def test_two_images_stand_side_by_side(
    application: Application, scripted_server: ScriptedServer, photo: Path, other_photo: Path
) -> None:
    press(application, "<Control-Key-2>")
    assert "Compare two images" in shown_texts(application)
    analyse(application, photo)
    answer_with(scripted_server, make_answer(0.91, "High"))
    analyse(application, other_photo)

    press(application, "<Control-Key-2>")

    texts = shown_texts(application)
    assert "Low risk" in texts
    assert "High risk" in texts
    assert "+88.0 points" in texts


def test_the_result_is_copied_as_text(application: Application, photo: Path) -> None:
    analyse(application, photo)

    press(application, "<Control-c>")

    assert "Low risk" in application.window.clipboard_get()
    assert "Copied" in shown_texts(application)


def test_an_earlier_result_is_not_copied_while_the_image_is_analysed_again(
    application: Application, scripted_server: ScriptedServer, photo: Path
) -> None:
    analyse(application, photo)
    scripted_server.predict.hold = threading.Event()
    application.window.clipboard_clear()
    application.window.clipboard_append("untouched")

    press(application, "<F5>")
    press(application, "<Control-c>")

    assert application.services.images.state.phase is Phase.ANALYSING
    assert application.window.clipboard_get() == "untouched"


def test_a_report_is_saved_where_the_user_says(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_as(monkeypatch, tmp_path / "report.pdf")
    analyse(application, photo)

    press(application, "<Control-s>")
    dialog = application.window.winfo_children()[-1]
    assert "of this session" not in shown_texts(application), "there is no choice with one result"
    dialog.label.set("Left arm")
    application.window.update()
    press(application, "<Key-Return>", dialog.focus_get())
    wait_until(application, path.exists)
    wait_until(application, lambda: "Saved" in shown_texts(application))

    assert path.read_bytes().startswith(b"%PDF")


def test_a_label_that_can_not_be_printed_can_be_mended(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_as(monkeypatch, tmp_path / "report.pdf")
    analyse(application, photo)
    press(application, "<Control-s>")
    dialog = application.window.winfo_children()[-1]

    dialog.label.set("皮")
    press(application, "<Key-Return>", dialog.focus_get())
    assert "lacks 皮" in shown_texts(application)
    assert dialog.label.get() == "皮"
    dialog.label.set("Skin")
    press(application, "<Key-Return>", dialog.focus_get())
    wait_until(application, path.exists)


def test_a_report_of_several_images_says_how_far_it_is(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_as(monkeypatch, tmp_path / "report.pdf")
    analyse(application, photo)
    (entry,) = entries_of_cases(application.services.images.state.cases)
    go_on = threading.Event()

    def entries() -> Iterator[ReportEntry]:
        yield entry
        go_on.wait(60)
        yield entry

    application.view.commands._save_report(entries(), 2, "")

    saving = f"Saving: {path} (1 of 2 images)"
    wait_until(application, lambda: saving in shown_texts(application))
    go_on.set()
    wait_until(application, lambda: f"Saved: {path}" in shown_texts(application))


def test_a_report_that_can_not_be_saved_is_explained(
    application: Application, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(monkeypatch, tmp_path / "no such folder" / "report.pdf")
    analyse(application, photo)

    application.view.commands._save_cases(application.services.images.state.cases, "")

    wait_until(application, lambda: "could not be saved" in shown_texts(application))


def test_a_folder_becomes_a_table_and_a_csv_file(
    application: Application,
    scripted_server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_images(tmp_path / "images", 50)
    urgent, broken = folder / "7.png", folder / "8.png"
    high = Script(make_answer(0.95, "High").model_dump_json().encode())
    scripted_server.answer_for[urgent.read_bytes()] = high
    broken.write_bytes(b"")
    monkeypatch.setattr("tkinter.filedialog.askdirectory", lambda **_: str(folder))
    page, batch = application.view.batch_page, application.services.batch

    press(application, "<Control-O>")
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)
    wait_until(application, lambda: "Finished: 50 of 50" in shown_texts(application))

    assert "1 failed" in shown_texts(application)
    assert str(folder) in page.status.cget("text")
    table = page.results.table
    failed = next(item for item in table.get_children() if table.set(item, "FILE") == broken.name)
    table.selection_set(failed)
    application.window.update()
    assert page.results.detail.cget("text") == table.set(failed, "NOTE") != ""
    page.filters.show_box.set("High risk")
    page.filters.show_box.event_generate("<<ComboboxSelected>>")
    assert [page.results.table.set(i, "FILE") for i in page.results.table.get_children()] == [
        "7.png"
    ]
    page.filters.show_box.current(0)
    page.filters.sort_by(page.filters.column.RISK)
    order = page.results.table.get_children()
    assert [page.results.table.set(i, "FILE") for i in order[:2]] == ["8.png", "7.png"]

    path = save_as(monkeypatch, tmp_path / "table.csv")
    press(application, "<Control-s>")
    wait_until(application, path.exists)
    assert len(path.read_text("utf-8-sig").splitlines()) == 51
    assert str(folder) not in path.read_text("utf-8-sig"), "folders may be named after a patient"


def test_a_long_note_leaves_rows_in_view(
    application: Application, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    answer_with(scripted_server, make_answer(0.9, "High", True, ["A long reservation. " * 20]))
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=200)
    application.view.commands.open([write_images(tmp_path / "images", 6)])
    wait_until(application, lambda: application.services.batch.state.phase is BatchPhase.DONE)
    table = application.view.batch_page.results.table
    wait_until(application, lambda: len(table.get_children()) == 6)

    table.selection_set("0")
    for _ in range(5):
        application.window.update()

    assert table.bbox("2", "FILE"), "the third row is out of view"


def test_the_window_stays_alive_during_a_batch(application: Application, tmp_path: Path) -> None:
    folder = write_images(tmp_path / "images", 200)
    times: list[float] = []

    def tick() -> None:
        times.append(time.monotonic())
        application.window.after(10, tick)

    tick()
    press(application, "<Control-Key-3>")
    application.view.commands.open([folder])
    wait_until(application, lambda: application.services.batch.state.phase is BatchPhase.DONE)

    assert application.services.batch.state.finished == 200
    gaps = [after - before for before, after in itertools.pairwise(times)]
    # A window that waited for the server would stand still nearly all the time.
    assert max(gaps) < 0.035 * sum(gaps)


def test_a_server_that_is_killed_and_restarted_loses_nothing(
    open_window: Callable[[str], Application], photo: Path, tmp_path: Path
) -> None:
    server = ScriptedServer()
    with server:
        application = open_window(server.url)
        analyse(application, photo)
        hold = server.predict.hold = threading.Event()
        application.view.commands.open([write_images(tmp_path / "images", 12)])
        wait_until(application, lambda: len(server.requests) > 3)
        server.predict.breaks_off = True
        server.health = Script(b'{"status": "unavailable", "model_loaded": false}', 503)
        hold.set()
        batch = application.services.batch
        wait_until(application, lambda: batch.state.phase is BatchPhase.WAITING)
    server.health, server.predict = ScriptedServer().health, ScriptedServer().predict

    with server:
        wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)

    assert (batch.state.finished, batch.state.failed) == (12, 0)
    assert application.services.images.state.answer is not None
