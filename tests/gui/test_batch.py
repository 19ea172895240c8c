"""Batch: nothing is lost, whatever happens to files and server."""

import os
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from executors import HeldExecutor, SynchronousExecutor
from fakes import FakeAnalyser, FakeStarter, make_connection
from PIL import Image

from gui.batch import BatchModel, BatchPhase, BatchState
from gui.connection import Connection, ServerConnection
from gui.errors import (
    BusyError,
    ConnectionLostError,
    NotReadyError,
    ServerFailedError,
    TokenRefusedError,
    UnreachableError,
)
from gui.files import is_folder
from gui.image_search import collect
from gui.server_address import ServerAddress


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five images, one of them in a subfolder, and what is none or hidden."""
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "b.PNG", "c.bmp", "d.gif", "more/e.jpeg")):
        Image.new("RGB", (20 + number, 20), "tan").save(folder / name)
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.jpg").write_text("no image")
    (folder / ".Trash").mkdir()
    (folder / ".Trash" / "deleted.jpg").write_text("no image")
    return folder


@pytest.fixture
def model(connection: ServerConnection) -> BatchModel:
    return BatchModel(connection, SynchronousExecutor())


@pytest.fixture
def held(analyser: FakeAnalyser, executor: HeldExecutor) -> BatchModel:
    return BatchModel(make_connection(analyser, executor), executor)


def names(model: BatchModel) -> list[str]:
    return [row.path.name for row in model.state.rows]


def test_a_folder_is_searched_for_images(folder: Path) -> None:
    found = [path.relative_to(folder).as_posix() for path in collect([folder])]

    assert found == ["a.jpg", "b.PNG", "c.bmp", "d.gif", "more/e.jpeg"]


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of somebody whom permissions hold up, as which the test runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        yield folder
        if is_root:
            os.seteuid(0)
        for inside in folder.iterdir():
            inside.chmod(0o700)


def test_what_may_not_be_read_is_in_the_table(
    model: BatchModel, analyser: FakeAnalyser, unprivileged: Path
) -> None:
    for name, mode in (("closed", 0o000), ("listed", 0o400), ("open", 0o700)):
        (unprivileged / name).mkdir()
        Image.new("RGB", (20, 20), "tan").save(unprivileged / name / "a.jpg")
        (unprivileged / name).chmod(mode)

    assert not is_folder(unprivileged / "listed" / "a.jpg")
    model.start([unprivileged])

    assert model.state.phase is BatchPhase.DONE
    problems = {
        row.path.relative_to(unprivileged).as_posix(): row.problem and row.problem.message
        for row in model.state.rows
    }
    assert set(problems) == {"closed", "listed/a.jpg", "open/a.jpg"}
    assert "'closed': Permission denied." in str(problems["closed"])
    assert "'a.jpg': Permission denied." in str(problems["listed/a.jpg"])
    assert problems["open/a.jpg"] is None


def test_files_are_taken_as_they_are_but_only_once(folder: Path) -> None:
    file = folder / "notes.txt"

    assert collect([file, file]) == [file]


def test_a_file_that_is_gone_does_not_tell_its_folder(model: BatchModel, folder: Path) -> None:
    model.start([folder / "gone.jpg", folder / "a.jpg"])

    assert "gone.jpg" in model.state.rows[0].problem.message
    assert str(folder) not in model.state.rows[0].problem.message, "the table may be saved as CSV"


def test_all_images_are_analysed(model: BatchModel, analyser: FakeAnalyser, folder: Path) -> None:
    model.start([folder])

    assert model.state.phase is BatchPhase.DONE
    assert (model.state.finished, model.state.failed) == (5, 0)
    assert analyser.images == [row.path.read_bytes() for row in model.state.rows]
    assert all(row.answer and row.analysed_at for row in model.state.rows)
    checksums = [sha256(image).hexdigest() for image in analyser.images]
    assert [row.sha256 for row in model.state.rows] == checksums


def test_a_bad_file_is_named_and_stops_nothing(model: BatchModel, folder: Path) -> None:
    (folder / "b.PNG").write_bytes(b"")

    model.start([folder])

    bad = model.state.rows[1]
    assert (model.state.finished, model.state.failed) == (5, 1)
    assert "'b.PNG' is empty" in bad.problem.message


def test_a_refused_token_is_noted(analyser: FakeAnalyser, folder: Path) -> None:
    executor = SynchronousExecutor()
    connection = make_connection(analyser, executor)
    model = BatchModel(connection, executor)
    analyser.error = TokenRefusedError()

    model.start([folder])

    assert model.state.failed == 5
    assert connection.state.status is Connection.REFUSED
    analyser.error = None
    model.retry_failed()
    assert (model.state.finished, model.state.failed) == (5, 0)
    assert connection.state.status is Connection.READY


def test_an_empty_folder_is_explained(model: BatchModel, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    model.start([empty])

    assert model.state.phase is BatchPhase.EMPTY
    assert str(empty) in model.state.problem.message


def test_few_requests_at_a_time(held: BatchModel, executor: HeldExecutor, folder: Path) -> None:
    held.start([folder])
    executor.run()

    assert held.state.phase is BatchPhase.RUNNING
    assert len(executor.jobs) == 2


def test_stop_keeps_what_is_done_and_can_go_on(
    held: BatchModel, executor: HeldExecutor, folder: Path
) -> None:
    held.start([folder])
    for _ in range(3):
        executor.run()

    held.stop()

    assert held.state.phase is BatchPhase.STOPPED
    assert held.state.finished == 2
    assert executor.jobs == {}
    held.resume()
    while executor.jobs:
        executor.run()
    assert held.state.phase is BatchPhase.DONE
    assert held.state.finished == 5


def test_stopping_the_search_for_images_leaves_nothing_to_go_on_with(
    held: BatchModel, executor: HeldExecutor, folder: Path
) -> None:
    held.start([folder])
    assert held.state.phase is BatchPhase.COLLECTING

    held.stop()

    assert held.state == BatchState()
    assert executor.jobs == {}


def test_a_second_batch_replaces_the_first(
    held: BatchModel, executor: HeldExecutor, folder: Path
) -> None:
    held.start([folder])
    executor.run()

    held.start([folder / "a.jpg", folder / "c.bmp"])
    while executor.jobs:
        executor.run()

    assert names(held) == ["a.jpg", "c.bmp"]
    assert held.state.phase is BatchPhase.DONE


def test_the_batch_waits_for_a_lost_server_and_goes_on(
    model: BatchModel, connection: ServerConnection, analyser: FakeAnalyser, folder: Path
) -> None:
    analyser.error = UnreachableError()
    model.start([folder])
    assert model.state.phase is BatchPhase.WAITING
    assert model.state.finished == 0

    analyser.error = None
    connection.check()

    assert model.state.phase is BatchPhase.DONE
    assert (model.state.finished, model.state.failed) == (5, 0)


def test_the_batch_waits_for_a_busy_server_and_goes_on(
    model: BatchModel,
    connection: ServerConnection,
    analyser: FakeAnalyser,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    analyser.error = BusyError()
    analyser.error.retry_after = 20
    model.start([folder])
    assert model.state.phase is BatchPhase.WAITING
    assert len(analyser.images) == 1, "a busy server is not asked again at once"

    analyser.error = None
    connection.note_success(connection.analyser)
    model.poll()
    assert model.state.phase is BatchPhase.WAITING, "it has asked for time"
    later = time.monotonic() + 21
    monkeypatch.setattr("gui.batch.time.monotonic", lambda: later)
    model.poll()

    assert model.state.phase is BatchPhase.DONE
    assert (model.state.finished, model.state.failed) == (5, 0)


def test_forgetting_leaves_nothing(held: BatchModel, executor: HeldExecutor, folder: Path) -> None:
    held.start([folder])
    executor.run()
    executor.run()

    held.clear()

    assert held.state == BatchState()
    assert executor.jobs == {}


def test_an_image_that_kills_the_server_is_given_up(
    model: BatchModel, analyser: FakeAnalyser, folder: Path
) -> None:
    deadly = (folder / "c.bmp").read_bytes()
    predict = analyser.predict

    def die(image: bytes) -> object:
        if image == deadly:
            raise ConnectionLostError("It died.")
        return predict(image)

    analyser.predict = die
    model.start([folder])

    assert model.state.phase is BatchPhase.DONE
    assert [row.path.name for row in model.state.rows if row.problem] == ["c.bmp"]


@pytest.mark.parametrize("error", [NotReadyError(), ConnectionLostError()])
def test_an_image_that_kills_workers_is_given_up_too(
    model: BatchModel,
    analyser: FakeAnalyser,
    folder: Path,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gui.batch._PAUSE", 0.0)
    deadly, predict = (folder / "c.bmp").read_bytes(), analyser.predict

    def die(image: bytes) -> object:
        if image == deadly:
            raise error
        return predict(image)

    analyser.predict = die
    model.start([folder])
    for _ in range(10):
        model.poll()

    assert model.state.phase is BatchPhase.DONE
    assert [row.path.name for row in model.state.rows if row.problem] == ["c.bmp"]


@pytest.mark.parametrize("error", [UnreachableError(), ConnectionLostError()])
def test_what_the_server_before_fails_at_late_is_asked_of_the_present_one(
    executor: HeldExecutor, analyser: FakeAnalyser, folder: Path, error: Exception
) -> None:
    old, new = FakeAnalyser(analyser.answer), analyser
    analysers = iter((old, new))
    connection = ServerConnection(
        ServerAddress(), executor, lambda server, token=None: next(analysers), FakeStarter()
    )
    model = BatchModel(connection, executor)
    model.start([folder])
    executor.run()  # the images are found, and two requests are under way
    under_way = list(executor.jobs.values())
    executor.jobs.clear()
    connection.use(ServerAddress(url="http://127.0.0.1:5001"))
    executor.run()
    assert connection.state.status is Connection.READY

    old.error = error
    for job in under_way:
        job()
    while executor.jobs:
        executor.run()

    assert model.state.phase is BatchPhase.DONE
    assert (model.state.finished, model.state.failed) == (5, 0)


def test_only_what_failed_is_retried(
    model: BatchModel, analyser: FakeAnalyser, folder: Path
) -> None:
    analyser.error = ServerFailedError()
    model.start([folder / "a.jpg"])
    assert model.state.failed == 1

    analyser.error = None
    model.retry_failed()
    model.retry_failed()

    assert model.state.failed == 0
    assert len(analyser.images) == 2
