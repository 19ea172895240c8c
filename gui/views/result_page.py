"""Everything that the server said about an image, reservations first."""

import tkinter
from collections.abc import Sequence
from typing import Final

from gui.presentation import model_line, reservations
from gui.problem import Problem
from gui.views.diagnoses_card import DiagnosesCard
from gui.views.page import Page
from gui.views.scroller import Scroller
from gui.views.verdict_card import VerdictCard
from gui.views.warning_banner import WarningBanner
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import PredictResponse

_STAYS: Final = "The result below is the earlier one."
_BELOW_EACH_OTHER: Final = {"fill": "x", "padx": (0, 12), "pady": (0, 12)}


class ResultPage(Page):
    """Reservations, verdict, diagnoses and model; scrolls when it is higher than the window."""

    def __init__(
        self, master: tkinter.Misc, answer: PredictResponse, failure: Problem | None
    ) -> None:
        """Create the page.

        Args:
            master: Parent widget.
            answer: The result.
            failure: Why a later analysis brought none.
        """
        super().__init__(master)
        self.content = Scroller(self)
        self.content.pack(fill="both", expand=True)
        if failure is not None:
            self._add_banner(failure.title, [failure.message, _STAYS])
        self._add_reservations(answer)
        VerdictCard(self.content, answer).pack(**_BELOW_EACH_OTHER)
        DiagnosesCard(self.content, answer).pack(**_BELOW_EACH_OTHER)
        WrappingLabel(self.content, model_line(answer), "Muted.TLabel").pack(fill="x")

    def scroll(self, pages: int) -> None:
        """Scroll by so many screens, upwards if negative."""
        self.content.yview_scroll(pages, "pages")

    def _add_reservations(self, answer: PredictResponse) -> None:
        reasons = reservations(answer)
        if reasons:
            is_familiar = answer.prediction.input.in_distribution
            title = "Please note" if is_familiar else "Unfamiliar kind of image"
            self._add_banner(title, reasons)

    def _add_banner(self, title: str, reasons: Sequence[str]) -> None:
        WarningBanner(self.content, title, reasons).pack(**_BELOW_EACH_OTHER)
