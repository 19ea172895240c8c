"""What two results of a session have to say to each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from gui.batch_table import malignancy
from gui.presentation import percent
from gui.state import Case

_CAUTION: Final = "Light and distance alone can change it."


class _Side(NamedTuple):
    name: str
    malignant: float
    taken_at: datetime | None


def choices(cases: Sequence[Case]) -> list[str]:
    """Return what to call each image of a session; no two alike."""
    return [
        f"{number}  ·  {case.image.name}  ·  {case.result}"
        for number, case in enumerate(cases, start=1)
    ]


def difference(left: Case, right: Case) -> str:
    """Say how the probability of malignancy differs.

    In the order in which the images were taken if both tell it, else without suggesting an order in
    time: they may have been opened in any.
    """
    if left.answer is None or right.answer is None:
        return "Analyse both images to compare their results."
    if not _is_reliable(left) or not _is_reliable(right):
        return "At least one of these results is not reliable, so they can not be compared."
    change = _change(
        _Side("left", malignancy(left.answer), left.image.taken_at),
        _Side("right", malignancy(right.answer), right.image.taken_at),
    )
    text = f"{change} {_CAUTION}"
    if left.answer.prediction.model != right.answer.prediction.model:
        text += " The two results come from different models."
    return text


def _change(left: _Side, right: _Side) -> str:
    if left.taken_at is None or right.taken_at is None or left.taken_at == right.taken_at:
        return (
            f"Malignant: {percent(left.malignant)} on the left, {percent(right.malignant)} on the "
            f"right ({_points(left, right)} from left to right). "
            "The files do not tell which was taken first."
        )
    first, second = (left, right) if left.taken_at < right.taken_at else (right, left)
    return f"Malignant: {_dated(first)}, then {_dated(second)} ({_points(first, second)})."


def _points(first: _Side, second: _Side) -> str:
    return f"{100 * (second.malignant - first.malignant):+.1f} points"


def _dated(side: _Side) -> str:
    return f"{percent(side.malignant)} on {side.taken_at:%Y-%m-%d %H:%M} ({side.name})"


def _is_reliable(case: Case) -> bool:
    return case.answer is not None and case.answer.prediction.input.in_distribution
