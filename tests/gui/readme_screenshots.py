"""The pictures in the README: ``make pictures``."""

import contextlib
import sys
import tempfile
from pathlib import Path

from answers import make_explanation
from lesion_drawing import draw_lesion
from PIL import Image
from scripted_server import Script
from studio import Studio, screen, studio, typical_answer

from gui.batch import BatchPhase
from gui.state import Look

_SIZE = "1180x800"
#: Enough for the window; a photograph would need more.
_COLOURS = 256


def main(folder: Path) -> None:
    """Take the pictures and make the files small."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, screen(), contextlib.chdir(temporary):
        # Relative, since the window shows the folder.
        drawings = Path("drawings")
        drawings.mkdir()
        mole = draw_lesion(drawings / "drawing 1.jpg", 1, 0.1)
        jagged = draw_lesion(drawings / "drawing 2.jpg", 3, 0.8)
        with studio(folder, _SIZE) as window:
            window.shoot("start")
            window.analyse(mole, typical_answer(0.02))
            window.shoot("benign")
            take_malignant(window, jagged)
        for number in range(3, 15):
            draw_lesion(drawings / f"drawing {number}.jpg", number, number % 4 / 3)
        with studio(folder, _SIZE) as window:
            take_batch(window, drawings)
    for picture in folder.glob("*.png"):
        shrink(picture)


def take_malignant(window: Studio, path: Path) -> None:
    """A malignant result with its explanation, in the dark."""
    answer = typical_answer(0.91)
    window.server.explain = Script(make_explanation(answer).model_dump_json().encode())
    window.analyse(path, answer)
    window.view.commands.toggle_mode()
    images = window.services.images
    images.show(Look.OVERLAY)
    window.wait(lambda: images.state.case.heatmap is not None)
    window.shoot("malignant")


def take_batch(window: Studio, folder: Path) -> None:
    """A folder, sorted by risk."""
    for number, path in enumerate(sorted(folder.iterdir())):
        malignancy = (0.01, 0.22, 0.90, 0.02, 0.06)[number % 5] + number / 500
        answer = typical_answer(malignancy, in_distribution=number != 6)
        window.server.answer_for[path.read_bytes()] = Script(answer.model_dump_json().encode())
    window.view.commands.open([folder])
    page, batch = window.view.batch_page, window.services.batch
    window.wait(lambda: batch.state.phase is BatchPhase.DONE)
    window.wait(lambda: "Finished" in page.status.cget("text"))
    page.filters.sort_by(page.filters.column.RISK)
    window.shoot("batch")


def shrink(path: Path) -> None:
    """Keep no more colours than a small file has room for, those of small areas among them."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
