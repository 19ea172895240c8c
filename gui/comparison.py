"""What two results of a session have to say to each other."""

from collections.abc import Sequence

from gui.batch_table import malignancy
from gui.presentation import percent
from gui.state import Case

_CAUTION = "Light and distance alone can change it."


def choices(cases: Sequence[Case]) -> list[str]:
    """Return what to call each image of a session; no two alike."""
    return [
        f"{number}  ·  {case.image.name}  ·  {case.result}"
        for number, case in enumerate(cases, start=1)
    ]


def difference(left: Case, right: Case) -> str:
    """Say how the probability of malignancy differs."""
    if left.answer is None or right.answer is None:
        return "Analyse both images to compare their results."
    if not _is_reliable(left) or not _is_reliable(right):
        return "At least one of these results is not reliable, so they can not be compared."
    before, after = malignancy(left.answer), malignancy(right.answer)
    text = (
        f"Malignant: {percent(before)}, then {percent(after)} "
        f"({100 * (after - before):+.1f} points). {_CAUTION}"
    )
    if left.answer.prediction.model != right.answer.prediction.model:
        text += " The two results come from different models."
    return text


def _is_reliable(case: Case) -> bool:
    return case.answer is not None and case.answer.prediction.input.in_distribution
