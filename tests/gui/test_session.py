"""The images of a session and what is known of them, without a window."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from answers import make_answer
from fakes import FakeAnalyser
from steps import phases

from gui.batch import Row
from gui.errors import BusyError
from gui.state import Look, Phase, State
from gui.viewmodel import ViewModel

NOW = datetime.now().astimezone()


def batch_row(path: Path, analysed_at: datetime) -> Row:
    """Make the row of an image that the batch has analysed."""
    checksum = sha256(path.read_bytes()).hexdigest()
    return Row(path, make_answer(0.91, "High"), analysed_at=analysed_at, sha256=checksum)


def test_the_session_keeps_what_was_analysed(
    model: ViewModel, analyser: FakeAnalyser, photo: Path, other_photo: Path
) -> None:
    model.open(photo)
    analyser.answer = make_answer(0.9, "High")
    model.open(other_photo)
    assert [case.result for case in model.state.cases] == ["Low risk", "High risk"]

    model.select_next(-1)

    assert model.state.image.path == photo
    assert model.state.phase is Phase.DONE
    assert model.state.answer.prediction.risk.level == "Low"
    assert len(analyser.images) == 2, "nothing is analysed again"
    model.select_next(-1)
    assert model.state.current == 0, "there is none before the first"


def test_a_doubtful_result_is_not_listed_as_a_risk(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.answer = make_answer(0.9, "High", in_distribution=False)

    model.open(photo)

    assert model.state.case.result == "Not reliable"


def test_the_same_file_is_no_second_image(model: ViewModel, photo: Path) -> None:
    model.open(photo)
    model.open(photo)

    assert len(model.state.cases) == 1


def test_a_file_that_has_changed_is_another_image(
    model: ViewModel, photo: Path, other_photo: Path
) -> None:
    model.open(photo)
    photo.write_bytes(other_photo.read_bytes())
    model.open(photo)

    assert len(model.state.cases) == 2


def test_the_answer_of_the_batch_is_not_asked_for_again(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    row = batch_row(photo, NOW)
    seen = phases(model)

    model.open(photo, row)

    assert seen == [Phase.EMPTY, Phase.READING, Phase.DONE]
    assert (model.state.answer, model.state.case.analysed_at) == (row.answer, NOW)
    assert analyser.images == []
    model.show(Look.OVERLAY)
    model.open(photo, row)
    assert model.state.case.heatmap is not None, "the same answer keeps its explanation"
    model.analyse()
    assert model.state.answer is analyser.answer


def test_the_newer_of_two_answers_is_shown(model: ViewModel, photo: Path) -> None:
    model.open(photo)
    model.show(Look.OVERLAY)
    answer = model.state.answer

    model.open(photo, batch_row(photo, NOW - timedelta(days=1)))
    assert model.state.answer is answer

    newer = batch_row(photo, NOW + timedelta(days=1))
    model.open(photo, newer)
    assert model.state.answer is newer.answer
    assert model.state.case.heatmap is None, "it may come from another model"
    assert len(model.state.cases) == 1


def test_a_newer_answer_of_the_batch_ends_a_failure(
    model: ViewModel, analyser: FakeAnalyser, photo: Path
) -> None:
    analyser.error = BusyError()
    model.open(photo)

    model.open(photo, batch_row(photo, NOW))

    assert (model.state.phase, model.state.failure) == (Phase.DONE, None)


def test_a_row_of_other_content_or_without_an_answer_is_analysed(
    model: ViewModel, analyser: FakeAnalyser, photo: Path, other_photo: Path
) -> None:
    row = batch_row(photo, NOW)
    photo.write_bytes(other_photo.read_bytes())

    model.open(photo, row)
    model.open(other_photo, Row(other_photo))

    assert len(analyser.images) == 2
    assert model.state.cases[0].answer is analyser.answer


def test_clearing_forgets_everything(model: ViewModel, photo: Path) -> None:
    model.open(photo)

    model.clear()

    assert model.state == State()
