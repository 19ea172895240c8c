"""A place to take pictures of the window: nothing in them is real, least of all the lesions."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from answers import make_answer
from scripted_server import Script, ScriptedServer
from virtual_display import save_screenshot, virtual_display, wait_until

from gui.app import Application
from gui.connection import Connection
from gui.server_address import ServerAddress
from gui.state import Phase
from handlers.model_spec import load_spec
from handlers.schema import PredictResponse

_MODEL_STORE = Path(__file__).parents[2] / "model_store"


class Studio:
    """The window, a server that does as it is told, and a folder for the pictures."""

    def __init__(self, folder: Path, application: Application, server: ScriptedServer) -> None:
        self._folder = folder
        self.application = application
        self.server = server
        self.services = application.services
        self.view = application.view

    def shoot(self, name: str) -> None:
        """Save a picture."""
        for _ in range(5):
            self.application.window.update()
        save_screenshot(self.application, self._folder / f"{name}.png")
        print(self._folder / f"{name}.png")

    def analyse(self, path: Path, answer: PredictResponse) -> None:
        """Have an image analysed with a certain answer."""
        self.server.predict = Script(answer.model_dump_json().encode())
        self.services.images.open(path)
        self.wait(lambda: self.services.images.state.phase in (Phase.DONE, Phase.FAILED))

    def wait(self, condition: Callable[[], object]) -> None:
        """Run the event loop until something has happened."""
        wait_until(self.application, condition)

    def close_dialogues(self) -> None:
        """Close what lies over the window."""
        for child in self.application.window.winfo_children():
            if child.winfo_class() == "Toplevel":
                child.destroy()


@contextmanager
def studio(folder: Path, size: str = "1280x860") -> Iterator[Studio]:
    """Open the window for some pictures."""
    with tempfile.TemporaryDirectory() as settings, ScriptedServer() as server:
        application = Application(Path(settings), ServerAddress(url=server.url))
        application.window.geometry(f"{size}+0+0")
        status = application.services.connection
        try:
            wait_until(application, lambda: status.state.status is Connection.READY)
            yield Studio(folder, application, server)
        finally:
            application.close()


@contextmanager
def screen() -> Iterator[None]:
    """Have a screen with room for the largest window and its menus."""
    # On a worker's thread the collector could meet images of windows that are closed already.
    gc.disable()
    with virtual_display(3840, 2400):
        yield
    gc.enable()


def typical_answer(malignancy: float, in_distribution: bool = True) -> PredictResponse:
    """Make an answer with the words that the released network's server has for a probability."""
    spec = load_spec(_MODEL_STORE)
    band = spec.operating_points.band(malignancy)
    answer = make_answer(malignancy, band.level, in_distribution)
    risk = answer.prediction.risk.model_copy(
        update={
            "refer": malignancy >= spec.operating_points.refer_threshold,
            "meaning": band.meaning,
            "recommendation": band.recommendation,
        }
    )
    prediction = answer.prediction.model_copy(update={"risk": risk, "model": spec.info})
    return answer.model_copy(update={"prediction": prediction})
