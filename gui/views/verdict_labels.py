"""The parts of a verdict that stand on their own: class, risk badge and confidence."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.presentation import doubt, percent, shown_grade
from gui.views.flow_frame import FlowFrame
from gui.views.icon_label import IconLabel
from gui.views.risk_icons import DOUBT_ICON, RISK_ICONS
from handlers.schema import ClassName, PredictResponse

# No tick for "Benign": the risk level, not the more probable class, says what to do.
_CLASS_ICONS: Final[dict[ClassName, str]] = {"Benign": "shield", "Malignant": "shield-exclamation"}


class ClassLabel(IconLabel):
    """The more probable class; subdued, with a caveat, when the model knows no such images."""

    def __init__(
        self, master: tkinter.Misc, answer: PredictResponse, style: str, size: int
    ) -> None:
        """Create the label.

        Args:
            master: Parent widget.
            answer: What the server said.
            style: A ttk style of labels, for an image that the model knows.
            size: Of the icon of such an image, in logical pixels.
        """
        name = answer.prediction.predicted_class
        if answer.prediction.input.in_distribution:
            super().__init__(master, _CLASS_ICONS[name], name, style, size)
        else:
            # Beside the class, it would be cut off from large texts on.
            text = f"{name}\n{doubt(answer).strip()}"
            super().__init__(master, DOUBT_ICON, text, "VerdictSubdued.TLabel", size=20)


class RiskBadge(IconLabel):
    """The risk level in its colour; subdued when the model does not know such images."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        level = answer.prediction.risk.level
        reliable = answer.prediction.input.in_distribution
        super().__init__(
            master,
            RISK_ICONS[level] if reliable else DOUBT_ICON,
            f"{level} risk",
            f"Risk{level}.TLabel" if reliable else "SubduedRisk.TLabel",
            size=20,
            padding=(14, 8),
        )


class ConfidenceChip(ttk.Label):
    """The confidence in percent, in the colour of its grade; subdued where it is not graded."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        grade = shown_grade(answer)
        super().__init__(
            master,
            text=percent(answer.prediction.confidence),
            padding=(10, 3),
            style=f"Confidence{grade.name}.TLabel" if grade else "SubduedConfidence.TLabel",
        )


class BriefVerdict(ttk.Frame):
    """Class, confidence and risk on a line, or on two."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        super().__init__(master, style="Card.TFrame", padding=10)
        line = FlowFrame(self, gap=16, style="Card.TFrame")
        line.pack(fill="x")
        ClassLabel(line, answer, "CardTitle.TLabel", size=20)
        ConfidenceChip(line, answer)
        RiskBadge(line, answer)
