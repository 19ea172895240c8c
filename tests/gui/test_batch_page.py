"""What the batch's page keeps, asks and draws, in the real window."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import ttkbootstrap as ttk
from answers import make_answer
from PIL import Image
from pypdf import PdfReader
from scripted_server import Script, ScriptedServer
from steps import answer_with, dialogues, press, settle
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase, Row
from gui.state import Look, Phase
from gui.views import batch_results
from gui.views.confirm_dialog import ConfirmDialog
from gui.views.report_dialog import ReportDialog
from handlers.schema import DISCLAIMER

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


def analyse_all(application: Application, folder: Path) -> tuple[Row, ...]:
    batch = application.services.batch
    before = batch.state.rows
    application.view.commands.open([folder])
    wait_until(
        application,
        lambda: batch.state.phase is BatchPhase.DONE and batch.state.rows is not before,
    )
    return batch.state.rows


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    return path


def save_report(application: Application, rows: list[int], label: str = "") -> None:
    application.view.commands.save_rows_report(rows)
    (dialog,) = dialogues(application, ReportDialog)
    dialog.label.set(label)
    application.window.update()
    press(application, "<Key-Return>", dialog.focus_get())


def open_row(application: Application, index: str) -> None:
    """Open the image of a row with the keyboard, and wait for its result."""
    images, table = application.services.images, application.view.batch_page.results.table
    wait_until(application, lambda: table.exists(index))
    application.view.commands.show_batch()
    table.focus(index)
    press(application, "<Key-Return>", table)
    wait_until(application, lambda: images.state.phase in (Phase.DONE, Phase.FAILED))


def requests(server: ScriptedServer) -> list[str]:
    """Return the paths of what was asked of the server, health checks left out."""
    return [path for path, body in server.requests if body]


def test_a_row_opens_its_image_with_the_answer_that_is_there(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    rows = analyse_all(application, folder)
    asked = requests(scripted_server)

    open_row(application, "1")

    assert application.services.images.state.image.name == "1.png"
    assert application.services.images.state.answer is rows[1].answer
    assert "Low risk" in shown_texts(application)
    assert requests(scripted_server) == asked
    press(application, "<F5>")
    wait_until(application, lambda: application.services.images.state.phase is Phase.DONE)
    assert requests(scripted_server) == [*asked, "/predict"], "'Analyse again' does so"


def test_a_file_that_has_changed_is_analysed_when_its_row_is_opened(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    analyse_all(application, folder)
    Image.new("RGB", (64, 48), "black").save(folder / "1.png")
    answer_with(scripted_server, make_answer(0.91, "High"))

    open_row(application, "1")

    assert "High risk" in shown_texts(application)


def test_a_report_of_rows_has_a_label_and_the_explanations_that_were_opened(
    application: Application,
    scripted_server: ScriptedServer,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    analyse_all(application, folder)
    images = application.services.images
    open_row(application, "1")
    images.show(Look.OVERLAY)
    wait_until(application, lambda: images.state.case.heatmap is not None)
    asked = requests(scripted_server)
    path = save_as(monkeypatch, tmp_path / "report.pdf")

    save_report(application, [0, 1, 2], "Ward 7")
    wait_until(application, path.exists)

    pages = PdfReader(path).pages
    assert ["Ward 7" in page.extract_text() for page in pages] == [True] * 3
    assert ["speaks for malignancy" in page.extract_text() for page in pages] == [
        False,
        True,
        False,
    ]
    assert requests(scripted_server) == asked


def test_without_a_selection_all_rows_that_are_shown_are_reported(
    application: Application,
    scripted_server: ScriptedServer,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted_server.answer_for[(folder / "1.png").read_bytes()] = Script(b"", 413)
    analyse_all(application, folder)
    page = application.view.batch_page
    wait_until(application, lambda: len(page.results.table.get_children()) == 3)
    path = save_as(monkeypatch, tmp_path / "report.pdf")

    page.report_button.invoke()
    application.window.update()
    (dialog,) = dialogues(application, ReportDialog)
    assert "Save a report of 2 images as PDF" in shown_texts(application)
    press(application, "<Key-Return>", dialog.focus_get())
    wait_until(application, path.exists)

    assert len(PdfReader(path).pages) == 2


def test_a_report_of_nothing_is_explained(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    scripted_server.answer_for[(folder / "1.png").read_bytes()] = Script(b"", 413)
    analyse_all(application, folder)
    table = application.view.batch_page.results.table
    wait_until(application, lambda: len(table.get_children()) == 3)
    table.selection_set("1")

    application.view.batch_page.report_button.invoke()

    application.window.update()
    assert "None of these rows has a result" in shown_texts(application)
    assert dialogues(application, ReportDialog) == []


def test_rows_are_selected_by_key(application: Application, folder: Path) -> None:
    analyse_all(application, folder)
    table = application.view.batch_page.results.table
    wait_until(application, lambda: len(table.get_children()) == 3)

    chosen = []
    for key in ("<Down>", "<Shift-Down>", "<Shift-Down>", "<Shift-Up>", "<Shift-Up>", "<Shift-Up>"):
        press(application, key, table)
        chosen.append("".join(table.selection()))

    assert chosen == ["1", "12", "12", "1", "01", "01"], "there is none beyond the ends"
    press(application, "<Control-a>")
    assert table.selection() == ("0", "1", "2")


def test_all_rows_are_those_that_are_shown(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    scripted_server.answer_for[(folder / "1.png").read_bytes()] = Script(b"", 413)
    analyse_all(application, folder)
    page = application.view.batch_page
    table = page.results.table
    page.filters.show_box.set("Failed")
    page.filters.show_box.event_generate("<<ComboboxSelected>>")
    wait_until(application, lambda: table.get_children() == ("1",))

    press(application, "<Control-a>")

    assert table.selection() == ("1",)


def test_rows_are_copied_with_the_disclaimer(application: Application, folder: Path) -> None:
    analyse_all(application, folder)
    table = application.view.batch_page.results.table
    wait_until(application, lambda: len(table.get_children()) == 3)
    table.selection_set("1")

    press(application, "<Control-c>", table)

    lines = application.window.clipboard_get().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["File", "1.png", "", DISCLAIMER]


def test_a_button_turns_the_order_round(application: Application, folder: Path) -> None:
    analyse_all(application, folder)
    page = application.view.batch_page
    table, button = page.results.table, page.filters.order_button
    wait_until(application, lambda: table.get_children() == ("0", "1", "2"))

    press(application, "<Key-space>", button)
    wait_until(application, lambda: table.get_children() == ("2", "1", "0"))
    press(application, "<Key-space>", button)
    wait_until(application, lambda: table.get_children() == ("0", "1", "2"))


def test_a_path_is_shortened_where_it_would_take_a_second_line(
    application: Application, folder: Path, tmp_path: Path
) -> None:
    far = tmp_path / "one of many folders in which this may lie"
    far.mkdir()
    chosen = folder.rename(far / "last")
    analyse_all(application, chosen)
    status = application.view.batch_page.status
    application.window.geometry("1600x900")
    wait_until(application, lambda: str(chosen) in str(status.cget("text")))

    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=200)
    wait_until(application, lambda: str(status.cget("text")).endswith("·  last"))
    settle(application)
    line = ttk.nametofont("BodyBoldFont").metrics("linespace")
    assert status.winfo_height() < 2 * line


def test_a_long_note_can_be_read_beside_rows(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    answer_with(scripted_server, make_answer(0.9, "High", True, ["A long reservation. " * 20]))
    application.window.geometry("1024x700")
    application.services.preferences.change(font_percent=200)
    analyse_all(application, folder)
    page = application.view.batch_page
    table, notes, detail = page.results.table, page.results.notes, page.results.detail
    wait_until(application, lambda: len(table.get_children()) == 3)

    table.selection_set("2")
    wait_until(application, lambda: notes.yview()[1] < 1)
    settle(application)

    _, top, _, height = table.bbox("2", "FILE")
    assert top + height <= table.winfo_height(), "the row that the note is about is out of view"
    assert table.winfo_rooty() + table.winfo_height() <= notes.container.winfo_rooty()
    lowest = notes.container.winfo_rooty() + notes.container.winfo_height()
    assert lowest <= page.winfo_rooty() + page.winfo_height()
    for _ in range(10):
        press(application, "<Next>")
    assert detail.winfo_rooty() + detail.winfo_height() <= lowest, "the note's end is out of reach"


def test_an_image_that_was_replaced_is_not_reported_with_the_old_result(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse_all(application, folder)
    path = save_as(monkeypatch, tmp_path / "report.pdf")
    save_report(application, [0, 1])
    wait_until(application, lambda: f"Saved: {path}" in shown_texts(application))
    path.unlink()

    Image.new("RGB", (64, 48), "black").save(folder / "1.png")
    save_report(application, [0, 1])

    wait_until(
        application,
        lambda: "'1.png' has changed since it was analysed" in shown_texts(application),
    )
    assert not path.exists()


def test_a_table_is_replaced_only_when_it_was_saved_or_the_user_agrees(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyse_all(application, folder)
    batch, commands = application.services.batch, application.view.commands

    commands.open([folder / "0.png", folder / "1.png"])
    (question,) = dialogues(application, ConfirmDialog)
    question.cancel_button.invoke()
    application.window.update()
    assert batch.state.rows is first

    commands.open([folder])
    wait_until(application, lambda: dialogues(application, ConfirmDialog) != [])
    (question,) = dialogues(application, ConfirmDialog)
    question.confirm_button.invoke()
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)
    assert batch.state.rows is not first

    save_as(monkeypatch, tmp_path / "table.csv")
    commands.save_table()
    wait_until(application, lambda: "Saved" in shown_texts(application))
    second = batch.state.rows
    assert analyse_all(application, folder) is not second
    assert dialogues(application, ConfirmDialog) == []


def test_a_running_batch_is_not_replaced_unasked(
    application: Application, scripted_server: ScriptedServer, folder: Path
) -> None:
    batch, commands = application.services.batch, application.view.commands
    scripted_server.predict.hold = threading.Event()
    commands.open([folder])
    wait_until(application, lambda: batch.state.phase is BatchPhase.RUNNING)

    commands.open([folder])

    wait_until(application, lambda: len(dialogues(application, ConfirmDialog)) == 1)
    assert batch.state.phase is BatchPhase.RUNNING


def test_thousands_of_rows_are_put_into_order_once(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(Row(Path(f"{number}.jpg"), make_answer()) for number in range(3000))
    results = application.view.batch_page.results
    orders = spy(monkeypatch)

    results.show(rows)
    wait_until(application, lambda: len(results.table.get_children()) == len(rows))
    wait_until(application, lambda: orders)

    assert orders == [len(rows)]
    changed = (*rows[:-1], Row(Path("last.jpg"), make_answer()))
    results.show(changed)
    results.show(changed)
    assert orders == [len(rows)] * 2, "nothing new, nothing to do"


def spy(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of rows whenever they are put into order."""
    orders: list[int] = []
    arrange: Callable[..., list[int]] = batch_results.arrange

    def counted(rows: tuple[Row, ...], *how: object) -> list[int]:
        orders.append(len(rows))
        return arrange(rows, *how)

    monkeypatch.setattr(batch_results, "arrange", counted)
    return orders
