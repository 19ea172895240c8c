"""The verdict on an image: class, confidence, risk level, and what to do."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui import theme
from gui.presentation import class_probabilities, percent, shown_grade
from gui.views.flow_frame import FlowFrame
from gui.views.probability_bar import ProbabilityBar
from gui.views.verdict_labels import ClassLabel, ConfidenceChip, RiskBadge
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import PredictResponse

_BELOW_CAPTION: Final = {"row": 1, "column": 0, "sticky": "w", "pady": (4, 0)}


class VerdictCard(ttk.Frame):
    """Card with the verdict; subdued when the image is not of the kind the model knows."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        super().__init__(master, style="Card.TFrame", padding=16)
        self.columnconfigure(0, weight=1)
        self._answer = answer
        self._reliable = answer.prediction.input.in_distribution
        # Side by side if there is room: large texts or a narrow window put one below the other.
        head = FlowFrame(self, gap=48, style="Card.TFrame")
        head.grid(row=0, column=0, sticky="ew")
        ClassLabel(_captioned(head, "More probable class"), answer, "Verdict.TLabel", size=30).grid(
            **_BELOW_CAPTION
        )
        RiskBadge(_captioned(head, "Risk level"), answer).grid(**_BELOW_CAPTION)
        self._add_recommendation()
        self._add_confidence()
        self._add_class_probabilities()
        WrappingLabel(self, answer.prediction.risk.meaning, "Card.TLabel").grid(
            row=4, column=0, sticky="ew"
        )

    def _add_recommendation(self) -> None:
        # Before all figures: what to do must be in view without scrolling, large texts or not.
        style = "CardBold.TLabel" if self._reliable else "Card.TLabel"
        WrappingLabel(self, self._answer.prediction.risk.recommendation, style).grid(
            row=1, column=0, sticky="ew", pady=12
        )

    def _add_confidence(self) -> None:
        predicted = self._answer.prediction.predicted_class
        grade = shown_grade(self._answer)
        text = grade.value if grade else f"probability of {predicted}"
        line = ttk.Frame(self, style="Card.TFrame")
        line.grid(row=2, column=0, sticky="w", pady=(0, 12))
        ConfidenceChip(line, self._answer).grid(row=0, column=0)
        ttk.Label(line, text=text, style="Card.TLabel").grid(row=0, column=1, padx=(8, 0))

    def _add_class_probabilities(self) -> None:
        colours = theme.palette()
        table = ttk.Frame(self, style="Card.TFrame")
        table.grid(row=3, column=0, sticky="ew", pady=(0, 12))
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


def _captioned(head: FlowFrame, caption: str) -> ttk.Frame:
    # The two may seem to contradict each other: the risk level starts far below 50%.
    part = ttk.Frame(head, style="Card.TFrame")
    ttk.Label(part, text=caption, style="CardMuted.TLabel").grid(row=0, column=0, sticky="w")
    return part
