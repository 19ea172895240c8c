"""The verdict on an image: class, confidence, risk level, and what to do."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui import theme
from gui.presentation import class_probabilities, confidence_grade, percent
from gui.views.icon_label import IconLabel
from gui.views.probability_bar import ProbabilityBar
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import ClassName, PredictResponse, RiskLevel

# No tick for "Benign": the risk level, not the more probable class, says what to do.
_CLASS_ICONS: Final[dict[ClassName, str]] = {"Benign": "shield", "Malignant": "shield-exclamation"}
_RISK_ICONS: Final[dict[RiskLevel, str]] = {
    "Low": "check-circle-fill",
    "Moderate": "exclamation-triangle-fill",
    "High": "exclamation-octagon-fill",
}
_DOUBT_ICON: Final = "question-circle"


class VerdictCard(ttk.Frame):
    """Card with the verdict; subdued when the image is not of the kind the model knows."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        super().__init__(master, style="Card.TFrame", padding=16)
        self.columnconfigure(0, weight=1)
        self._answer = answer
        self._reliable = answer.prediction.input.in_distribution
        self._add_captions()
        self._add_class()
        self._add_risk_badge()
        self._add_confidence()
        self._add_class_probabilities()
        self._add_advice()

    def _add_captions(self) -> None:
        # The two may seem to contradict each other: the risk level starts far below 50 %.
        ttk.Label(self, text="More probable class", style="CardMuted.TLabel").grid(
            row=0, column=0, sticky="w"
        )
        ttk.Label(self, text="Risk level", style="CardMuted.TLabel").grid(
            row=0, column=1, sticky="e"
        )

    def _add_class(self) -> None:
        predicted = self._answer.prediction.predicted_class
        if self._reliable:
            label = IconLabel(self, _CLASS_ICONS[predicted], predicted, "Verdict.TLabel", size=30)
        else:
            text = f"{predicted} (not reliable)"
            label = IconLabel(self, _DOUBT_ICON, text, "VerdictSubdued.TLabel", size=20)
        label.grid(row=1, column=0, sticky="w", pady=(4, 0))

    def _add_risk_badge(self) -> None:
        level = self._answer.prediction.risk.level
        icon = _RISK_ICONS[level] if self._reliable else _DOUBT_ICON
        style = f"Risk{level}.TLabel" if self._reliable else "SubduedRisk.TLabel"
        IconLabel(self, icon, f"{level} risk", style, size=20, padding=(14, 8)).grid(
            row=1, column=1, sticky="e", pady=(4, 0)
        )

    def _add_confidence(self) -> None:
        confidence = self._answer.prediction.confidence
        grade = confidence_grade(confidence)
        style = f"Confidence{grade.name}.TLabel" if self._reliable else "SubduedConfidence.TLabel"
        line = ttk.Frame(self, style="Card.TFrame")
        line.grid(row=2, column=0, columnspan=2, sticky="w", pady=(8, 12))
        ttk.Label(line, text=percent(confidence), padding=(10, 3), style=style).grid(
            row=0, column=0
        )
        ttk.Label(line, text=grade.value, style="Card.TLabel").grid(row=0, column=1, padx=(8, 0))

    def _add_class_probabilities(self) -> None:
        colours = theme.palette()
        table = ttk.Frame(self, style="Card.TFrame")
        table.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(0, 12))
        table.columnconfigure(1, weight=1)
        for row, (name, probability) in enumerate(class_probabilities(self._answer)):
            colour = colours.malignant if name == "Malignant" else colours.benign
            ttk.Label(table, text=name, style="Card.TLabel").grid(row=row, column=0, sticky="w")
            ProbabilityBar(
                table, probability, colour if self._reliable else colours.muted, colours.track
            ).grid(row=row, column=1, sticky="ew", padx=12)
            ttk.Label(
                table, text=percent(probability), width=8, anchor="e", style="CardBold.TLabel"
            ).grid(row=row, column=2)

    def _add_advice(self) -> None:
        risk = self._answer.prediction.risk
        WrappingLabel(self, risk.meaning, "Card.TLabel").grid(
            row=4, column=0, columnspan=2, sticky="ew"
        )
        WrappingLabel(
            self,
            text=risk.recommendation,
            style="CardBold.TLabel" if self._reliable else "Card.TLabel",
        ).grid(row=5, column=0, columnspan=2, sticky="ew", pady=(8, 0))
