"""What is said of two images that are compared."""

from datetime import datetime
from pathlib import Path

import pytest
from answers import make_answer
from PIL import Image

from gui.comparison import difference
from gui.image_file import ImageFile
from gui.state import Case
from handlers.schema import PredictResponse

_EARLY = datetime(2026, 1, 2, 10, 0)
_LATE = datetime(2026, 6, 3, 9, 30)
_BENIGN = make_answer(0.03)
_MALIGNANT = make_answer(0.91, "High")


def case(answer: PredictResponse, taken_at: datetime | None = None) -> Case:
    pixel = Image.new("RGB", (1, 1))
    return Case(ImageFile(Path("a.jpg"), b"", "JPEG", 1, 1, pixel, pixel, taken_at), answer)


def test_images_with_dates_are_compared_in_the_order_in_which_they_were_taken() -> None:
    text = difference(case(_MALIGNANT, _LATE), case(_BENIGN, _EARLY))

    assert "3.0% on 2026-01-02 10:00 (right), then 91.0% on 2026-06-03 09:30 (left)" in text
    assert "+88.0 points" in text
    text = difference(case(_BENIGN, _EARLY), case(_MALIGNANT, _LATE))
    assert "3.0% on 2026-01-02 10:00 (left), then 91.0%" in text


@pytest.mark.parametrize("dates", [(None, None), (_EARLY, None), (None, _LATE), (_LATE, _LATE)])
def test_without_two_dates_no_order_in_time_is_suggested(
    dates: tuple[datetime | None, datetime | None],
) -> None:
    text = difference(case(_BENIGN, dates[0]), case(_MALIGNANT, dates[1]))

    assert "3.0% on the left, 91.0% on the right (+88.0 points from left to right)" in text
    assert "do not tell which was taken first" in text
    assert "then" not in text


def test_a_result_that_is_not_reliable_is_not_compared() -> None:
    text = difference(case(_BENIGN, _EARLY), case(make_answer(0.9, "High", False), _LATE))

    assert "not reliable" in text
    assert "points" not in text
