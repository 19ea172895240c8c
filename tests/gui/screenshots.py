"""Pictures of the client in all its states: ``make screenshots``.

Everything in them is made up: images drawn here, and answers from a scripted server.
"""

import gc
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answers import make_answer, make_explanation
from PIL import Image, ImageDraw, ImageFilter
from scripted_server import Script, ScriptedServer
from virtual_display import save_screenshot, virtual_display, wait_until

from gui.app import Application
from gui.batch import BatchPhase
from gui.connection import Connection
from gui.server_address import ServerAddress
from gui.state import Look, Phase
from handlers.schema import PredictResponse

_LONG = "This reservation is as long as any that a server may ever send to us. " * 4


def draw_lesion(path: Path, seed: int, size: tuple[int, int] = (600, 450)) -> Path:
    """Draw something like a pigmented lesion on skin."""
    rng = random.Random(seed)  # noqa: S311 - a drawing
    image = Image.new("RGB", (600, 450), (224 - seed % 3 * 6, 172, 150))
    draw = ImageDraw.Draw(image)
    for _ in range(40 + 6 * seed):
        x, y, r = rng.gauss(300, 55), rng.gauss(225, 45), rng.uniform(12, 46)
        shade = rng.randint(0, 60)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(70 + shade, 44 + shade // 2, 34))
    for _ in range(5):
        x, y = rng.uniform(0, 600), rng.uniform(0, 450)
        draw.line((x, y, x + rng.gauss(0, 200), y + rng.gauss(0, 150)), fill=(60, 40, 36), width=2)
    image.filter(ImageFilter.GaussianBlur(2)).resize(size).save(path, quality=92)
    return path


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

    def wait(self, condition: object) -> None:
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


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    # On a worker's thread the collector could meet images of windows that are closed already.
    gc.disable()
    with tempfile.TemporaryDirectory() as temporary, virtual_display(3840, 2160):
        lesions = [draw_lesion(Path(temporary) / f"lesion {n}.jpg", n) for n in range(1, 13)]
        with studio(folder) as window:
            take_single(window, lesions)
        with studio(folder) as window:
            take_batch(window, lesions)
        with studio(folder) as window:
            take_failures(window, lesions)
        for size, percent, mode in (
            ("1024x700", 100, "light"),
            ("1024x700", 200, "dark"),
            ("1280x860", 80, "light"),
            ("3840x2160", 100, "light"),
            ("3840x2160", 200, "dark"),
        ):
            with studio(folder, size) as window:
                take_extremes(window, lesions, f"{size}-{percent}-{mode}", percent, mode)


def take_single(window: Studio, lesions: list[Path]) -> None:
    """One image, why, compare, settings, keys."""
    window.shoot("start")
    window.analyse(lesions[0], make_answer(0.03, "Low"))
    window.shoot("low")
    window.analyse(lesions[1], make_answer(0.22, "Moderate"))
    window.shoot("moderate")
    answer = make_answer(0.91, "High")
    window.server.explain = Script(make_explanation(answer).model_dump_json().encode())
    window.analyse(lesions[2], answer)
    window.shoot("high")
    images = window.services.images
    for look, name in ((Look.OVERLAY, "why"), (Look.SIDE_BY_SIDE, "why-side-by-side")):
        images.show(look)
        window.wait(lambda: images.state.case.heatmap is not None)
        window.shoot(name)
    images.show(Look.PLAIN)
    window.view.image_page.image_pane.looking.plain.zoom(8, (200, 200))
    window.shoot("zoomed")
    window.view.book.select(window.view.compare_page)
    window.shoot("compare")
    window.view.commands.toggle_mode()
    window.shoot("compare-dark")
    window.view.book.select(window.view.image_page)
    window.shoot("high-dark")
    images.show(Look.OVERLAY)
    window.shoot("why-dark")
    window.view.commands.toggle_mode()
    for name, command in (
        ("settings", window.view.commands.open_settings),
        ("keys", window.view.commands.show_shortcuts),
        ("report", window.view.commands.save_report),
    ):
        command()
        window.shoot(name)
        window.close_dialogues()
    odd = make_answer(0.91, "High", False, ["This does not look like a dermoscopic image."])
    window.analyse(lesions[3], odd)
    window.shoot("unfamiliar")


def take_batch(window: Studio, lesions: list[Path]) -> None:
    """The batch before, while and after it runs."""
    window.view.book.select(window.view.batch_page)
    window.shoot("batch-start")
    broken = lesions[0].with_name("notes.jpg")
    broken.write_text("no image")
    levels = ((0.03, "Low"), (0.22, "Moderate"), (0.91, "High"), (0.05, "Low"))
    for number, path in enumerate(lesions):
        malignancy, level = levels[number % 4]
        answer = make_answer(min(1.0, malignancy + number / 200), level, number != 5)
        window.server.answer_for[path.read_bytes()] = Script(answer.model_dump_json().encode())
    window.server.answer_for[broken.read_bytes()] = Script(b"", 415)
    hold = threading.Event()
    window.server.answer_for[lesions[6].read_bytes()].hold = hold
    window.server.answer_for[lesions[7].read_bytes()].hold = hold
    window.view.commands.open([*lesions[:3], broken, *lesions[3:]])
    batch = window.services.batch
    window.wait(lambda: batch.state.finished >= 7)
    window.wait(lambda: "7 of" in window.view.batch_page.status.cget("text"))
    window.shoot("batch-running")
    hold.set()
    window.wait(lambda: batch.state.phase is BatchPhase.DONE)
    window.wait(lambda: "Finished" in window.view.batch_page.status.cget("text"))
    window.shoot("batch-done")
    window.view.batch_page.filters.show_box.current(1)
    window.view.batch_page.filters.show_box.event_generate("<<ComboboxSelected>>")
    window.view.commands.toggle_mode()
    window.shoot("batch-filtered-dark")


def take_failures(window: Studio, lesions: list[Path]) -> None:
    """What goes wrong, and waiting."""
    images = window.services.images
    window.server.predict.hold = threading.Event()
    images.open(lesions[0])
    window.wait(lambda: images.state.phase is Phase.ANALYSING)
    window.shoot("analysing")
    images.cancel()
    window.shoot("cancelled")
    window.server.predict.hold.set()
    window.server.predict = Script(b"", 413)
    images.analyse()
    window.wait(lambda: images.state.phase is Phase.FAILED)
    window.shoot("refused")
    images.open(lesions[0].with_name("notes.jpg"))
    window.wait(lambda: images.state.file_problem is not None)
    window.shoot("bad-file")
    with ScriptedServer() as gone:
        url = gone.url
    window.services.preferences.use_for_now(ServerAddress(url=url))
    images.open(lesions[1])
    window.wait(lambda: images.state.failure and images.state.failure.server_is_away)
    window.shoot("no-server")


def take_extremes(window: Studio, lesions: list[Path], name: str, percent: int, mode: str) -> None:
    """The most text in the least room, and the opposite."""
    window.services.preferences.change(font_percent=percent, mode=mode)
    window.shoot(f"start-{name}")
    window.analyse(lesions[0], make_answer(0.22, "Moderate"))
    window.analyse(lesions[2], make_answer(0.91, "High", True, [_LONG]))
    window.services.images.show(Look.OVERLAY)
    window.wait(lambda: window.services.images.state.case.heatmap is not None)
    window.shoot(f"result-{name}")
    window.view.book.select(window.view.compare_page)
    window.shoot(f"compare-{name}")
    window.view.commands.open(lesions)
    window.wait(lambda: window.services.batch.state.phase is BatchPhase.DONE)
    window.wait(lambda: "Finished" in window.view.batch_page.status.cget("text"))
    window.shoot(f"batch-{name}")
    window.view.commands.open_settings()
    window.shoot(f"settings-{name}")
    window.close_dialogues()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
