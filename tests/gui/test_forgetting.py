"""After "Forget all images", nothing in the window and its models tells of a patient."""

import gc
import tkinter
from pathlib import Path

import pytest
from PIL import Image
from steps import analyse, dialogues, press, widgets
from virtual_display import wait_until

from gui.app import Application
from gui.batch import BatchPhase, Row
from gui.state import Case, Look
from gui.views.confirm_dialog import ConfirmDialog

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

_PATIENT = "jane doe"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        path = folder / f"{_PATIENT} {number}.png"
        Image.new("RGB", (64, 48), (200, number, 120)).save(path)
    return folder


def fill(application: Application, folder: Path) -> None:
    """Put images into every part of the window."""
    images, batch = application.services.images, application.services.batch
    first, second, _ = sorted(folder.iterdir())
    analyse(application, first)
    images.show(Look.SIDE_BY_SIDE)
    wait_until(application, lambda: images.state.case.heatmap is not None)
    analyse(application, second)
    press(application, "<Control-Key-2>")
    application.view.commands.open([folder])
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)
    table = application.view.batch_page.results.table
    wait_until(application, lambda: len(table.get_children()) == 3)


def menus(application: Application) -> list[tkinter.Menu]:
    return [one for one in widgets(application.window) if isinstance(one, tkinter.Menu)]


def entries(menu: tkinter.Menu) -> list[str]:
    """Return the label of each entry, an empty one for a line."""
    last = menu.index("end")
    return [
        "" if menu.type(index) == "separator" else str(menu.entrycget(index, "label"))
        for index in range(0 if last is None else last + 1)
    ]


def forget(application: Application) -> ConfirmDialog:
    """Choose the command in the menu, and return the question."""
    (menu,) = (one for one in menus(application) if "Forget all images…" in entries(one))
    menu.invoke(entries(menu).index("Forget all images…"))
    (question,) = dialogues(application, ConfirmDialog)
    return question


def texts(application: Application) -> str:
    """Return every text of the window, whether it is shown now or not."""
    found = [label for menu in menus(application) for label in entries(menu)]
    for widget in widgets(application.window):
        options = widget.keys()
        found += [str(widget.cget(option)) for option in ("text", "values") if option in options]
        if widget.winfo_class() == "TCombobox":
            found.append(widget.get())
        elif widget.winfo_class() == "Treeview":
            found += [str(widget.item(item)) for item in widget.get_children()]
    return "\n".join(found)


def remembered(folder: Path) -> list[object]:
    """Return what is still in memory of the images in a folder."""
    gc.collect()
    cases = [one for one in gc.get_objects() if isinstance(one, Case)]
    rows = [one for one in gc.get_objects() if isinstance(one, Row)]
    return [
        *(one for one in cases if one.image.path.parent == folder),
        *(one for one in rows if one.path.parent == folder),
    ]


def test_nothing_is_left_of_the_images(application: Application, folder: Path) -> None:
    fill(application, folder)
    assert texts(application).count(_PATIENT) >= 7, "session, comparison, batch and recent files"
    assert len(remembered(folder)) >= 5

    forget(application).confirm_button.invoke()
    wait_until(application, lambda: _PATIENT not in texts(application))

    assert str(folder) not in texts(application)
    assert application.services.preferences.state.recent == ()
    assert remembered(folder) == []


def test_nothing_is_forgotten_without_a_yes(application: Application, folder: Path) -> None:
    fill(application, folder)

    press(application, "<Escape>", forget(application))

    assert len(application.services.images.state.cases) == 2
    assert len(application.services.batch.state.rows) == 3
    assert len(application.services.preferences.state.recent) == 2
