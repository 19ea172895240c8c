"""Files that were made to do harm, in the handler."""

import pytest
from hostile_files import GOOD, HOSTILE, endless_bmp
from tiny_artefact import write_artefact
from tiny_images import RED, image_file
from torchserve_worker import Worker, predicted, refused

from handlers import skin_lesion_handler
from handlers.schema import ERROR_STATUS, ErrorCode


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    folder = tmp_path_factory.mktemp("artefact")
    write_artefact(folder)
    return Worker(folder)


@pytest.mark.filterwarnings("ignore::UserWarning")  # as the worker does
@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_answered_with_its_result_or_its_reason(worker: Worker, name: str) -> None:
    expected, make = HOSTILE[name]
    (answer,) = worker.handle([("body", "image/jpeg", bytearray(make()))])
    if expected == GOOD:
        predicted(answer)
        assert answer[1]["prediction"]["input"]["format"] in {"JPEG", "PNG", "BMP", "GIF"}
    else:
        assert refused(answer) == (ERROR_STATUS[ErrorCode(expected)], expected)


def test_what_takes_too_long_is_given_up_and_its_neighbours_are_answered(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skin_lesion_handler, "READING_SECONDS", 0.5)
    red = ("body", "", bytearray(image_file(RED)))
    first, endless, last = worker.handle([red, ("body", "", bytearray(endless_bmp())), red])
    assert refused(endless) == (413, "image_too_large")
    assert predicted(first) == predicted(last) == "mel"


def test_the_search_for_scans_is_given_up_as_well(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skin_lesion_handler, "READING_SECONDS", 0.2)
    markers = bytearray(b"\xff\xd8" + b"\xff\xd0" * 8_000_000)
    (answer,) = worker.handle([("body", "image/jpeg", markers)])
    # Pillow alone would find at once that it is no image.
    assert refused(answer) == (413, "image_too_large")


def test_a_picture_behind_another_is_not_the_one_that_is_seen(worker: Worker) -> None:
    """The first frame counts: it is red, the others are green and blue."""
    for name in ("animated_gif", "animated_png", "multi_picture_jpeg"):
        (answer,) = worker.handle([("body", "", bytearray(HOSTILE[name][1]()))])
        assert predicted(answer) == "mel"


def test_nothing_of_a_text_that_is_no_image_comes_back(worker: Worker) -> None:
    (answer,) = worker.handle([("body", "", bytearray(b"name: Jane Doe, born 1961"))])
    assert "Jane" not in str(answer)
