"""A result as plain text, for the clipboard."""

from gui.presentation import (
    class_probabilities,
    doubt,
    group_of,
    model_line,
    percent,
    reservations,
)
from gui.state import Case
from handlers.schema import DISCLAIMER, PredictResponse


def result_text(case: Case) -> str:
    """Write a result as text; only what is known if there is none yet."""
    lines = [case.image.name, case.image.metadata]
    if case.answer is not None:
        lines += ["", *_answer_lines(case.answer)]
    if case.analysed_at is not None:
        lines.append(f"Analysed {case.analysed_at:%Y-%m-%d %H:%M:%S %z}")
    return "\n".join([*lines, "", DISCLAIMER])


def _answer_lines(answer: PredictResponse) -> list[str]:
    prediction, risk = answer.prediction, answer.prediction.risk
    lines = [f"Please note: {reason}" for reason in reservations(answer)]
    lines.append(f"{prediction.predicted_class}{doubt(answer)}, {percent(prediction.confidence)}")
    lines.append(f"{risk.level} risk{doubt(answer)}. {risk.meaning}")
    lines.append(risk.recommendation)
    lines.append("")
    lines += [f"{percent(value):>8}  {name}" for name, value in class_probabilities(answer)]
    lines.append("")
    lines += [
        f"{percent(one.probability):>8}  {one.name} ({group_of(one).lower()})"
        for one in prediction.diagnoses
    ]
    return [*lines, "", model_line(answer)]
