"""State and decisions, without a window."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from executors import HeldExecutor
from fakes import FakeAnalyser
from steps import phases

from gui.connection import Connection, ServerConnection
from gui.errors import BusyError, ConnectionLostError, NotReadyError, UnreachableError
from gui.state import Look, Phase, State
from gui.viewmodel import ViewModel


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("no image")
    return path


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
    held: ViewModel, executor: HeldExecutor, photo: Path, other_photo: Path
) -> None:
    held.open(photo)
    executor.run()
    executor.run()
    assert held.state.answer is not None

    held.open(other_photo)
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


def test_a_second_analysis_that_fails_leaves_the_first_result(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    model.open(photo)
    model.show(Look.OVERLAY)
    answer, heatmap = model.state.answer, model.state.case.heatmap

    analyser.error = BusyError("Queue full.")
    model.analyse()

    assert model.state.phase is Phase.DONE
    assert model.state.answer is answer
    assert (model.state.look, model.state.case.heatmap) == (Look.OVERLAY, heatmap)
    assert "Queue full." in model.state.failure.message
    analyser.error = None
    model.analyse()
    assert model.state.failure is None


def test_each_image_keeps_its_failure(
    model: ViewModel, analyser: FakeAnalyser, photo: Path, other_photo: Path
) -> None:
    analyser.error = BusyError("Queue full.")
    model.open(photo)
    analyser.error = None
    model.open(other_photo)
    assert model.state.failure is None

    model.select(0)

    assert model.state.phase is Phase.FAILED
    assert "Queue full." in model.state.failure.message
    assert [case.result for case in model.state.cases] == ["Failed", "Low risk"]
    assert len(analyser.images) == 2, "nothing is analysed again"


@pytest.mark.parametrize(
    ("error", "status"),
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
    status: Connection,
    connection: ServerConnection,
) -> None:
    analyser.error = error

    model.open(photo)

    assert connection.state.status is status


def test_cancelling_drops_the_answer(held: ViewModel, executor: HeldExecutor, photo: Path) -> None:
    held.open(photo)
    executor.run()
    assert held.state.phase is Phase.ANALYSING

    held.cancel()

    assert held.state.phase is Phase.CANCELLED
    assert executor.jobs == {}
    assert held.state.can_analyse


def test_only_what_the_user_has_cancelled_counts_as_cancelled(
    held: ViewModel, executor: HeldExecutor, photo: Path, other_photo: Path
) -> None:
    held.open(photo)
    executor.run()
    held.cancel()
    held.open(other_photo)
    executor.run()

    held.select(0)
    assert held.state.phase is Phase.READY
    held.select(1)
    assert held.state.phase is Phase.READY, "another image was looked at, nobody cancelled"


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


def test_the_analysis_resumes_when_the_server_comes_back(
    model: ViewModel, connection: ServerConnection, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = UnreachableError()
    model.open(photo)
    assert model.state.phase is Phase.FAILED

    analyser.error = None
    connection.check()

    assert model.state.phase is Phase.DONE


def test_an_image_that_missed_the_server_is_analysed_when_it_is_chosen_again(
    model: ViewModel,
    connection: ServerConnection,
    analyser: FakeAnalyser,
    photo: Path,
    other_photo: Path,
) -> None:
    analyser.error = UnreachableError()
    model.open(photo)
    model.open(other_photo)
    model.select(0)
    assert model.state.phase is Phase.FAILED

    analyser.error = None
    connection.check()
    model.select(1)

    assert [case.result for case in model.state.cases] == ["Low risk", "Low risk"]
    assert model.state.phase is Phase.DONE


def test_no_analysis_is_repeated_that_the_server_refused(
    model: ViewModel, connection: ServerConnection, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = BusyError()
    model.open(photo)

    analyser.error = None
    connection.check()

    assert len(analyser.images) == 1


def test_an_unchanged_state_disturbs_no_view(model: ViewModel) -> None:
    seen = phases(model)

    model.cancel()

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


def test_a_defect_without_an_image_leaves_nothing_to_retry(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.open(photo)

    held.report_defect(ZeroDivisionError("division by zero"))

    assert held.state == State(started=held.state.started)
    assert executor.jobs == {}


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


def test_an_image_that_breaks_the_connection_twice_is_not_sent_for_ever(
    model: ViewModel, connection: ServerConnection, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = ConnectionLostError()
    model.open(photo)
    for _ in range(5):
        analyser.error = None
        # The server is there, but dies of this image.
        analyser.predict = _fail_with(analyser, ConnectionLostError())
        connection.check()

    assert len(analyser.images) == 2
    assert model.state.phase is Phase.FAILED


def _fail_with(analyser: FakeAnalyser, error: Exception) -> Callable[[bytes], None]:
    def predict(image: bytes) -> None:
        analyser.images.append(image)
        raise error

    return predict
