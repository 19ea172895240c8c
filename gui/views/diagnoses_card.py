"""The seven diagnoses with their probabilities."""

import tkinter

import ttkbootstrap as ttk

from gui import theme
from gui.presentation import group_of, percent
from gui.views.icon_label import IconLabel
from gui.views.probability_bar import ProbabilityBar
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import DiagnosisProbability, PredictResponse


class DiagnosesCard(ttk.Frame):
    """Card with a row per diagnosis: name, group, bar, percent and description."""

    def __init__(self, master: tkinter.Misc, answer: PredictResponse) -> None:
        super().__init__(master, style="Card.TFrame", padding=16)
        self.columnconfigure(1, weight=1)
        self._reliable = answer.prediction.input.in_distribution
        ttk.Label(self, text="Diagnoses", style="CardHeading.TLabel").grid(
            row=0, column=0, columnspan=3, sticky="w"
        )
        for index, diagnosis in enumerate(answer.prediction.diagnoses):
            self._add(diagnosis, row=1 + 3 * index)

    def _add(self, diagnosis: DiagnosisProbability, row: int) -> None:
        colours = theme.palette()
        colour = colours.malignant if diagnosis.malignant else colours.benign
        WrappingLabel(self, diagnosis.name, "CardBold.TLabel").grid(
            row=row, column=0, columnspan=2, sticky="ew", pady=(12, 0), padx=(0, 8)
        )
        IconLabel(
            self,
            "exclamation-diamond-fill" if diagnosis.malignant else "circle",
            group_of(diagnosis),
            "CardMalignant.TLabel" if diagnosis.malignant else "CardMuted.TLabel",
            size=12,
        ).grid(row=row, column=2, sticky="e", pady=(12, 0))
        ProbabilityBar(
            self,
            diagnosis.probability,
            colour if self._reliable else colours.muted,
            colours.track,
        ).grid(row=row + 1, column=0, columnspan=2, sticky="ew", pady=4)
        ttk.Label(
            self,
            text=percent(diagnosis.probability),
            width=10,
            anchor="e",
            style="CardBold.TLabel",
        ).grid(row=row + 1, column=2, sticky="e")
        WrappingLabel(self, diagnosis.description, "CardMuted.TLabel").grid(
            row=row + 2, column=0, columnspan=3, sticky="ew"
        )
