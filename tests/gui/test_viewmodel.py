"""State and decisions, without a window."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import make_answer
from executors import HeldExecutor, SynchronousExecutor

from gui.errors import BusyError, NotJsonError, NotReadyError, UnreachableError
from gui.state import Connection, Phase, State
from gui.viewmodel import ViewModel
from handlers.schema import HealthResponse, PredictResponse

HEALTHY = HealthResponse(status="healthy", model_loaded=True)
LOADING = HealthResponse(status="unavailable", model_loaded=False)


class FakeAnalyser:
    """Answers, or raises what it is told to."""

    url = "http://127.0.0.1:5000"

    def __init__(self) -> None:
        self.answer = make_answer()
        self.health_answer = HEALTHY
        self.error: Exception | None = None
        self.images: list[bytes] = []

    def predict(self, image: bytes) -> PredictResponse:
        self.images.append(image)
        self._fail()
        return self.answer

    def health(self) -> HealthResponse:
        self._fail()
        return self.health_answer

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def analyser() -> FakeAnalyser:
    return FakeAnalyser()


@pytest.fixture
def model(analyser: FakeAnalyser) -> ViewModel:
    return ViewModel(analyser, SynchronousExecutor())


@pytest.fixture
def executor() -> HeldExecutor:
    return HeldExecutor()


@pytest.fixture
def held(analyser: FakeAnalyser, executor: HeldExecutor) -> ViewModel:
    return ViewModel(analyser, executor)


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("no image")
    return path


def phases(model: ViewModel) -> list[Phase]:
    """Record the phases from now on."""
    seen: list[Phase] = []
    model.subscribe(lambda state: seen.append(state.phase))
    return seen


def test_choosing_a_file_shows_and_analyses_it(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    seen = phases(model)

    model.open(photo)

    assert seen == [Phase.EMPTY, Phase.READING, Phase.READY, Phase.ANALYSING, Phase.DONE]
    assert model.state.image is not None
    assert model.state.image.path == photo
    assert model.state.answer == analyser.answer
    assert analyser.images == [photo.read_bytes()]
    assert model.state.connection is Connection.READY


def test_a_bad_first_file_leaves_the_window_empty(
    model: ViewModel, analyser: FakeAnalyser, bad_file: Path
) -> None:
    model.open(bad_file)

    assert model.state.phase is Phase.EMPTY
    assert model.state.file_problem is not None
    assert "notes.txt" in model.state.file_problem.message
    assert analyser.images == []


def test_a_bad_file_loses_neither_image_nor_result(
    model: ViewModel, photo: Path, bad_file: Path
) -> None:
    model.open(photo)
    before = model.state

    model.open(bad_file)

    assert model.state.phase is Phase.DONE
    assert model.state.image is before.image
    assert model.state.answer is before.answer
    assert model.state.file_problem is not None


def test_the_next_good_file_clears_the_complaint(
    model: ViewModel, photo: Path, bad_file: Path
) -> None:
    model.open(bad_file)
    model.open(photo)

    assert model.state.file_problem is None


def test_a_new_image_never_shows_the_old_result(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.open(photo)
    executor.run()
    executor.run()
    assert held.state.answer is not None

    held.open(photo)
    executor.run()

    assert held.state.phase is Phase.ANALYSING
    assert held.state.answer is None


def test_failure_then_retry(model: ViewModel, analyser: FakeAnalyser, photo: Path) -> None:
    analyser.error = BusyError("Queue full.")
    model.open(photo)
    assert model.state.phase is Phase.FAILED
    assert model.state.failure is not None
    assert model.state.failure.title == BusyError.title
    assert "Queue full." in model.state.failure.message

    analyser.error = None
    model.analyse()

    assert model.state.phase is Phase.DONE
    assert model.state.failure is None


@pytest.mark.parametrize(
    ("error", "connection"),
    [
        (UnreachableError(), Connection.OFFLINE),
        (NotReadyError(), Connection.STARTING),
        (BusyError(), Connection.UNKNOWN),
    ],
)
def test_a_failure_tells_something_of_the_connection(
    model: ViewModel,
    analyser: FakeAnalyser,
    photo: Path,
    error: Exception,
    connection: Connection,
) -> None:
    analyser.error = error

    model.open(photo)

    assert model.state.connection is connection


def test_cancelling_drops_the_answer(held: ViewModel, executor: HeldExecutor, photo: Path) -> None:
    held.open(photo)
    executor.run()
    assert held.state.phase is Phase.ANALYSING

    held.cancel()

    assert held.state.phase is Phase.READY
    assert executor.jobs == {}
    assert held.state.can_analyse


def test_cancelling_a_second_analysis_brings_the_first_result_back(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.open(photo)
    executor.run()
    executor.run()

    held.analyse()
    held.cancel()

    assert held.state.phase is Phase.DONE
    assert held.state.answer is not None


def test_another_image_drops_the_analysis_under_way(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.open(photo)
    executor.run()

    held.open(photo)

    assert held.state.phase is Phase.READING
    assert len(executor.jobs) == 1


def test_analyse_does_nothing_without_an_image_or_twice_at_once(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.analyse()
    assert executor.jobs == {}

    held.open(photo)
    executor.run()
    held.analyse()

    assert len(executor.jobs) == 1


@pytest.mark.parametrize(
    ("answer", "connection"), [(HEALTHY, Connection.READY), (LOADING, Connection.STARTING)]
)
def test_health(
    model: ViewModel, analyser: FakeAnalyser, answer: HealthResponse, connection: Connection
) -> None:
    analyser.health_answer = answer

    model.check_health()

    assert model.state.connection is connection
    assert model.state.server_problem is None


def test_lost_and_found_server(model: ViewModel, analyser: FakeAnalyser) -> None:
    analyser.error = NotJsonError("Who is there?")
    model.check_health()
    assert model.state.connection is Connection.OFFLINE
    assert model.state.server_problem is not None
    assert model.state.server_problem.title == NotJsonError.title

    analyser.error = None
    model.check_health()

    assert model.state.connection is Connection.READY
    assert model.state.server_problem is None


def test_health_checks_do_not_pile_up(held: ViewModel, executor: HeldExecutor) -> None:
    held.check_health()
    held.check_health()
    assert len(executor.jobs) == 1

    executor.run()
    held.check_health()
    assert len(executor.jobs) == 1


def test_the_analysis_resumes_when_the_server_comes_back(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = UnreachableError()
    model.open(photo)
    assert model.state.phase is Phase.FAILED

    analyser.error = None
    model.check_health()

    assert model.state.phase is Phase.DONE


def test_no_analysis_is_repeated_that_the_server_refused(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = BusyError()
    model.open(photo)

    analyser.error = None
    model.check_health()

    assert len(analyser.images) == 1


def test_an_unchanged_state_disturbs_no_view(model: ViewModel) -> None:
    model.check_health()
    seen = phases(model)

    model.check_health()

    assert len(seen) == 1


def test_a_defect_is_logged_and_shown_without_a_traceback(
    model: ViewModel, analyser: FakeAnalyser, photo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    analyser.error = ZeroDivisionError("division by zero")

    model.open(photo)

    assert model.state.phase is Phase.FAILED
    assert model.state.failure is not None
    assert "defect of the program" in model.state.failure.message
    assert "Traceback" not in model.state.failure.message
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_commands_before_and_after_work_are_offered_rightly(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    def offered() -> tuple[bool, bool]:
        state: State = held.state
        return state.can_analyse, state.can_cancel

    steps: list[Callable[[], None]] = [lambda: held.open(photo), executor.run, executor.run]
    assert offered() == (False, False)
    results = []
    for step in steps:
        step()
        results.append(offered())
    assert results == [(False, True), (False, True), (True, False)]
