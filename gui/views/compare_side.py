"""One of the two images that are compared."""

import tkinter
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.executor import Executor
from gui.presentation import reservations
from gui.state import Case
from gui.views.choice_box import ChoiceBox
from gui.views.image_view import ImageView
from gui.views.scroller import Scroller
from gui.views.verdict_labels import BriefVerdict
from gui.views.warning_banner import WarningBanner

#: Of the image, in logical pixels; large texts must not crowd it out.
_MIN_HEIGHT = 120
_GAP = 6


class CompareSide(ttk.Frame):
    """A choice among the session's images, the image, its verdict, and reservations about it.

    Attributes:
        case: The chosen image.
        choice: The box to choose it with.
        view: Shows it.
        verdict: The verdict.
        notes: The reservations; they scroll, so that no length of theirs hides the verdict.
    """

    def __init__(
        self, master: tkinter.Misc, executor: Executor, on_choice: Callable[[], None]
    ) -> None:
        super().__init__(master)
        # The page alone decides how wide it is: a text that asks for room as it is wrapped, and is
        # wrapped as it gets room, would never come to rest.
        self.grid_propagate(False)
        self.case: Case | None = None
        self._cases: Sequence[Case] = ()
        self._on_choice = on_choice
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.choice = ChoiceBox(self, self._choose)
        self.choice.grid(row=0, column=0, sticky="ew", pady=(0, _GAP))
        self.view = ImageView(self, executor)
        self.view.grid(row=1, column=0, sticky="nsew")
        self.verdict = ttk.Frame(self)
        self.verdict.grid(row=2, column=0, sticky="new", pady=(_GAP, 0))
        self.notes = Scroller(self)
        self.notes.grid(row=3, column=0, sticky="nsew", pady=(_GAP, 0))
        self.bind("<<ThemeChanged>>", lambda _: self._show_result())

    @property
    def verdict_height(self) -> int:
        """The height in pixels that the verdict asks for."""
        return self.verdict.winfo_reqheight()

    @property
    def notes_height(self) -> int:
        """The height in pixels that the reservations ask for."""
        return self.notes.winfo_reqheight() if self.notes.winfo_children() else 0

    @property
    def title_height(self) -> int:
        """The height in pixels that shows that there are reservations."""
        banners = self.notes.winfo_children()
        return max(
            (one.title_height for one in banners if isinstance(one, WarningBanner)), default=0
        )

    def align(self, verdict: int, notes: int, title: int) -> None:
        """Give verdict and reservations heights in pixels, the latter at least that of a title.

        The reservations scroll where the image would get too small. With the same heights on both
        sides, both images have the same size.
        """
        smallest = ttk.scale_size(self, _MIN_HEIGHT)
        fixed = self.choice.winfo_reqheight() + smallest + verdict + 3 * _GAP
        self.rowconfigure(2, minsize=verdict + _GAP)
        room = max(title, self.winfo_height() - fixed)
        self.rowconfigure(3, minsize=min(notes, room) + _GAP if notes else 0)

    def offer(self, cases: Sequence[Case], names: list[str], proposal: int | None) -> None:
        """Offer images to choose from; without a proposal, the chosen one stays."""
        index = proposal if proposal is not None else max(0, self.choice.current())
        self._cases = cases
        self.choice.configure(values=names)
        self.choice.current(index)
        self._show(cases[index])

    def clear(self) -> None:
        """Show no image and offer none."""
        self._cases = ()
        self.choice.configure(values=())
        self.choice.set("")
        self._show(None)

    def _choose(self) -> None:
        self._show(self._cases[self.choice.current()])
        self._on_choice()

    def _show(self, case: Case | None) -> None:
        if case is not self.case:
            self.case = case
            self.view.show(case.image if case else None)
            self._show_result()

    def _show_result(self) -> None:
        for frame in (self.verdict, self.notes):
            for part in frame.winfo_children():
                part.destroy()
            # An empty frame would keep the height of what was in it.
            frame.configure(height=1)
        answer = self.case.answer if self.case else None
        if answer is None:
            return
        BriefVerdict(self.verdict, answer).pack(fill="x")
        reasons = reservations(answer)
        if reasons:
            WarningBanner(self.notes, "Please note", reasons).pack(fill="x")
