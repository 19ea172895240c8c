"""One of the two images that are compared."""

import tkinter
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.presentation import reservations
from gui.state import Case
from gui.views.image_view import ImageView
from gui.views.verdict_labels import BriefVerdict
from gui.views.warning_banner import WarningBanner

#: Of the image, in logical pixels; large texts must not crowd it out.
_MIN_HEIGHT = 120


class CompareSide(ttk.Frame):
    """A choice among the session's images, the image, and its verdict.

    Attributes:
        case: The chosen image.
        choice: The box to choose it with.
        view: Shows it.
    """

    def __init__(self, master: tkinter.Misc, on_choice: Callable[[], None]) -> None:
        super().__init__(master)
        # The page alone decides how wide it is: a text that asks for room as it is wrapped, and is
        # wrapped as it gets room, would never come to rest.
        self.grid_propagate(False)
        self.case: Case | None = None
        self._cases: Sequence[Case] = ()
        self._on_choice = on_choice
        self._result: ttk.Frame | None = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1, minsize=ttk.scale_size(self, _MIN_HEIGHT))
        self.choice = ttk.Combobox(self, state="readonly", font="BodyFont", width=1)
        self.choice.grid(row=0, column=0, sticky="ew", pady=(0, 8))
        self.choice.bind("<<ComboboxSelected>>", lambda _: self._choose(self.choice.current()))
        self.view = ImageView(self)
        self.view.grid(row=1, column=0, sticky="nsew")
        self.bind("<<ThemeChanged>>", lambda _: self._show_result())

    def offer(self, cases: Sequence[Case], names: list[str], proposal: int | None) -> None:
        """Offer images to choose from; without a proposal, the chosen one stays."""
        index = proposal if proposal is not None else max(0, self.choice.current())
        self._cases = cases
        self.choice.configure(values=names)
        self.choice.current(index)
        self._show(cases[index])

    def _choose(self, index: int) -> None:
        self._show(self._cases[index])
        self.choice.selection_clear()
        self._on_choice()

    def _show(self, case: Case) -> None:
        if case is not self.case:
            self.case = case
            self.view.show(case)
            self._show_result()

    def _show_result(self) -> None:
        if self._result is not None:
            self._result.destroy()
            self._result = None
        if self.case is None or self.case.answer is None:
            return
        self._result = ttk.Frame(self)
        self._result.grid(row=2, column=0, sticky="ew", pady=(8, 0))
        reasons = reservations(self.case.answer)
        if reasons:
            WarningBanner(self._result, "Please note", reasons).pack(fill="x", pady=(0, 8))
        BriefVerdict(self._result, self.case.answer).pack(fill="x")
