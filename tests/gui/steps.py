"""What the tests of the window do again and again."""

import tkinter
from pathlib import Path
from typing import TypeVar

from scripted_server import Script, ScriptedServer
from virtual_display import shown_texts, wait_until

from gui.app import Application
from gui.state import Phase
from gui.viewmodel import ViewModel
from gui.views.dialog import Dialog
from handlers.schema import PredictResponse

AnyDialog = TypeVar("AnyDialog", bound=Dialog)


def analyse(application: Application, image: Path) -> str:
    """Open an image, wait for the end of its analysis and return what is shown."""
    model = application.services.images
    model.open(image)
    wait_until(application, lambda: model.state.phase in (Phase.DONE, Phase.FAILED))
    return shown_texts(application)


def answer_with(server: ScriptedServer, answer: PredictResponse) -> None:
    server.predict = Script(answer.model_dump_json().encode())


def settle(application: Application) -> None:
    """Let texts that are wrapped at their width, and what lies below them, come to rest."""
    for _ in range(5):
        application.window.update()


def widgets(root: tkinter.Misc) -> list[tkinter.Misc]:
    return [root, *(found for child in root.winfo_children() for found in widgets(child))]


def dialogues(application: Application, kind: type[AnyDialog]) -> list[AnyDialog]:
    """Return the open dialogues of a kind."""
    return [one for one in application.window.winfo_children() if isinstance(one, kind)]


def press(application: Application, sequence: str, widget: tkinter.Misc | None = None) -> None:
    """Send a key to a widget, or to the one that has the focus."""
    target = widget or application.window
    target.focus_force()
    application.window.update()
    target.event_generate(sequence)
    application.window.update()


def phases(model: ViewModel) -> list[Phase]:
    """Record the phases from now on."""
    seen: list[Phase] = []
    model.subscribe(lambda state: seen.append(state.phase))
    return seen


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
