"""What the batch's page keeps, asks and draws, in the real window."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import make_answer
from PIL import Image
from scripted_server import ScriptedServer
from steps import dialogues
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.batch import BatchPhase, Row
from gui.views import batch_results
from gui.views.confirm_dialog import ConfirmDialog

pytestmark = pytest.mark.filterwarnings("error::UserWarning")


def analyse_all(application: Application, folder: Path) -> tuple[Row, ...]:
    batch = application.services.batch
    application.view.commands.open([folder])
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)
    return batch.state.rows


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    # The system's own dialogue is outside this program and can not be driven from within.
    monkeypatch.setattr("tkinter.filedialog.asksaveasfilename", lambda **_: str(path))
    return path


def test_an_image_that_was_replaced_is_not_reported_with_the_old_result(
    application: Application, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse_all(application, folder)
    path = save_as(monkeypatch, tmp_path / "report.pdf")
    application.view.commands.save_rows_report([0, 1])
    wait_until(application, lambda: f"Saved: {path}" in shown_texts(application))
    path.unlink()

    Image.new("RGB", (64, 48), "black").save(folder / "1.png")
    application.view.commands.save_rows_report([0, 1])

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

    assert len(dialogues(application, ConfirmDialog)) == 1
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
