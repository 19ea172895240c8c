"""The real window against the real server, from the file to the verdict."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from running_server import Server
from virtual_display import (
    display,
    open_window,
    save_screenshot,
    shown_texts,
    tk_garbage_stays_on_main_thread,
    wait_until,
)

from gui.app import Application
from gui.batch import BatchPhase
from gui.connection import Connection
from gui.presentation import percent
from gui.server_address import ServerAddress
from gui.state import Look, Phase
from handlers.schema import DISCLAIMER

__all__ = ["display", "open_window", "tk_garbage_stays_on_main_thread"]


@pytest.fixture
def lesion(tmp_path: Path) -> Path:
    """A made-up dermoscopic image: a dark patch on skin."""
    path = tmp_path / "lesion.jpg"
    image = Image.new("RGB", (600, 450), "#dfa58f")
    ImageDraw.Draw(image).ellipse((200, 120, 410, 330), fill="#5a3326")
    image.save(path, quality=92)
    return path


def test_an_image_goes_in_and_the_servers_answer_comes_out(
    open_window: Callable[[str], Application], server: Server, lesion: Path, tmp_path: Path
) -> None:
    application = open_window(server.gateway)
    model = application.services.images
    wait_until(
        application, lambda: application.services.connection.state.status is Connection.READY
    )

    model.open(lesion)
    wait_until(application, lambda: model.state.phase in (Phase.DONE, Phase.FAILED))

    assert model.state.failure is None
    assert model.state.answer is not None
    prediction = model.state.answer.prediction
    assert (prediction.input.width, prediction.input.height) == (600, 450)
    texts = shown_texts(application)
    expected = [
        "Connected",
        "lesion.jpg",
        prediction.predicted_class,
        percent(prediction.confidence),
        f"{prediction.risk.level} risk",
        prediction.risk.recommendation,
        *(diagnosis.name for diagnosis in prediction.diagnoses),
        *(percent(diagnosis.probability) for diagnosis in prediction.diagnoses),
        *prediction.input.warnings,
        prediction.model.version,
        DISCLAIMER,
    ]
    assert len(prediction.diagnoses) == 7
    assert [text for text in expected if text not in texts] == []
    save_screenshot(application, tmp_path / "result.png")

    model.show(Look.OVERLAY)
    wait_until(application, lambda: not model.state.is_explaining)
    assert model.state.explanation_problem is None
    assert model.state.case is not None
    assert model.state.case.heatmap is not None
    assert model.state.case.heatmap.size == (224, 224)
    save_screenshot(application, tmp_path / "why.png")


def test_an_image_that_the_server_refuses_is_explained(
    open_window: Callable[[str], Application], server: Server, tmp_path: Path
) -> None:
    tiny = tmp_path / "tiny.png"
    Image.new("RGB", (3, 3), "brown").save(tiny)
    application = open_window(server.gateway)
    model = application.services.images

    model.open(tiny)
    wait_until(application, lambda: model.state.phase in (Phase.DONE, Phase.FAILED))

    texts = shown_texts(application)
    assert "The server did not accept the request" in texts
    assert "3x3 pixels" in texts
    assert "Retry (F5)" in texts


def test_torchserve_itself_answers_as_well(
    open_window: Callable[[str], Application], server: Server, lesion: Path
) -> None:
    application = open_window(server.torchserve)
    address = ServerAddress(url=server.torchserve, kind="torchserve")
    application.services.preferences.use_for_now(address)
    model = application.services.images
    connection = application.services.connection
    wait_until(application, lambda: connection.state.status is Connection.READY)

    model.open(lesion)
    wait_until(application, lambda: model.state.phase in (Phase.DONE, Phase.FAILED))
    assert model.state.failure is None

    model.show(Look.SIDE_BY_SIDE)
    wait_until(application, lambda: not model.state.is_explaining)
    assert model.state.explanation_problem is None


def test_a_batch_of_fifty(
    open_window: Callable[[str], Application], server: Server, lesion: Path
) -> None:
    folder = lesion.parent / "fifty"
    folder.mkdir()
    for number in range(50):
        (folder / f"{number}.jpg").write_bytes(lesion.read_bytes())
    application = open_window(server.gateway)
    batch = application.services.batch

    application.view.commands.open([folder])
    wait_until(application, lambda: batch.state.phase is BatchPhase.DONE)

    assert (batch.state.finished, batch.state.failed) == (50, 0)
