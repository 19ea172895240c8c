"""When an explanation is asked for and shown, without a window."""

from pathlib import Path

from answers import make_answer
from executors import HeldExecutor
from fakes import FakeAnalyser, make_connection

from gui.errors import BusyError
from gui.state import Look, Phase
from gui.viewmodel import ViewModel


def test_an_explanation_is_asked_for_only_when_opened_and_only_once(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    model.open(photo)
    assert analyser.explained == []

    for look in (Look.OVERLAY, Look.PLAIN, Look.SIDE_BY_SIDE, Look.OVERLAY):
        model.show(look)

    assert analyser.explained == [photo.read_bytes()]
    assert model.state.case.heatmap is not None
    assert model.state.look is Look.OVERLAY


def test_each_image_starts_without_its_explanation(
    model: ViewModel, analyser: FakeAnalyser, photo: Path, other_photo: Path
) -> None:
    model.open(photo)
    model.show(Look.OVERLAY)
    model.open(other_photo)

    assert model.state.look is Look.PLAIN
    assert len(analyser.explained) == 1

    model.select(0)
    model.show(Look.OVERLAY)
    assert len(analyser.explained) == 1, "the first one's is still known"


def test_a_new_analysis_asks_for_a_new_explanation(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    model.open(photo)
    model.show(Look.OVERLAY)

    model.analyse()

    assert len(analyser.explained) == 2


def test_another_models_explanation_is_not_laid_over_a_result(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    model.open(photo)
    analyser.answer = make_answer(sha256="b" * 64)

    model.show(Look.OVERLAY)

    assert model.state.case.heatmap is None
    assert model.state.look is Look.PLAIN
    assert "Analyse the image again" in model.state.explanation_problem.message
    model.analyse()
    model.show(Look.OVERLAY)
    assert model.state.case.heatmap is not None


def test_an_explanation_under_way_is_asked_for_again_after_a_new_analysis(
    analyser: FakeAnalyser, photo: Path
) -> None:
    executor = HeldExecutor()
    model = ViewModel(make_connection(analyser, executor), executor)
    model.open(photo)
    while executor.jobs:
        executor.run()
    model.show(Look.OVERLAY)
    (first,) = executor.jobs
    model.analyse()
    executor.jobs.pop(max(executor.jobs))()

    assert first not in executor.jobs
    assert model.state.is_explaining
    executor.run()
    assert analyser.explained == [photo.read_bytes()]
    assert model.state.case.heatmap is not None


def test_a_failed_explanation_leaves_the_result(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    model.open(photo)
    analyser.error = BusyError("Queue full.")

    model.show(Look.OVERLAY)

    assert model.state.phase is Phase.DONE
    assert model.state.look is Look.PLAIN
    assert "Queue full." in model.state.explanation_problem.message


def test_a_late_explanation_of_another_image_is_dropped(
    held: ViewModel, executor: HeldExecutor, photo: Path, other_photo: Path
) -> None:
    held.open(photo)
    executor.run()
    executor.run()
    held.show(Look.OVERLAY)
    assert held.state.is_explaining

    held.open(other_photo)

    assert not held.state.is_explaining
    assert len(executor.jobs) == 1, "only the reading of the other image"


def test_an_explanation_under_way_can_be_cancelled(
    held: ViewModel, executor: HeldExecutor, photo: Path
) -> None:
    held.open(photo)
    executor.run()
    executor.run()
    held.show(Look.OVERLAY)

    held.cancel()

    assert (held.state.phase, held.state.look) == (Phase.DONE, Look.PLAIN)
    assert not held.state.is_explaining
    assert executor.jobs == {}
    held.show(Look.OVERLAY)
    executor.run()
    assert held.state.case.heatmap is not None, "it can be asked for again"


def test_no_explanation_without_a_result(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = BusyError()
    model.open(photo)
    model.show(Look.OVERLAY)

    assert analyser.explained == []
    assert model.state.look is Look.PLAIN
