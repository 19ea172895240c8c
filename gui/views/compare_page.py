"""Two images of the session side by side, such as a lesion and the same one months later."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.comparison import choices, difference
from gui.services import Services
from gui.state import Case, State
from gui.views.commands import Commands
from gui.views.compare_side import CompareSide
from gui.views.focus import focused
from gui.views.image_view import ImageView
from gui.views.message_page import MessagePage
from gui.views.wrapping_label import WrappingLabel

_GAP: Final = 16


class ComparePage(ttk.Frame):
    """Two sides, and below them how the results differ."""

    def __init__(self, master: tkinter.Misc, services: Services, commands: Commands) -> None:
        super().__init__(master, padding=12)
        self.columnconfigure((0, 1), weight=1, uniform="side")
        self.rowconfigure(0, weight=1)
        self._cases: tuple[Case, ...] = ()
        left, right = (CompareSide(self, services.executor, self._chosen) for _ in range(2))
        self.sides = (left, right)
        self._difference = WrappingLabel(self, style="Bold.TLabel")
        self._empty = MessagePage(
            self,
            "layout-split",
            "Compare two images",
            "Open at least two images, for example the same lesion months apart. They and their "
            "results then stand side by side here.",
            [("Browse…", commands.browse)],
        )
        for widget in (self, left.verdict, right.verdict, left.notes, right.notes):
            widget.bind("<Configure>", lambda _: self.after_idle(self._align), "+")
        services.images.subscribe(self._render)

    @property
    def views(self) -> list[ImageView]:
        """The image that has the focus, or else both."""
        both = [side.view for side in self.sides]
        return [view for view in both if view is focused(self)] or both

    def scroll(self, pages: int) -> None:
        """Scroll the reservations by so many screens, upwards if negative."""
        for side in self.sides:
            side.notes.yview_scroll(pages, "pages")

    def _chosen(self) -> None:
        left, right = (side.case for side in self.sides)
        if left is not None and right is not None:
            self._difference.configure(text=difference(left, right))

    def _render(self, state: State) -> None:
        if state.cases is self._cases and self._cases:
            return
        grew = len(state.cases) > len(self._cases)
        self._cases = state.cases
        if len(state.cases) < 2:
            self._show_invitation()
            return
        self._show_sides()
        names = choices(state.cases)
        last = len(state.cases) - 1
        for side, proposal in zip(self.sides, (last - 1, last), strict=True):
            side.offer(state.cases, names, proposal if grew else None)
        self._chosen()

    def _show_invitation(self) -> None:
        for side in self.sides:
            side.clear()
            side.grid_remove()
        self._difference.grid_remove()
        self._empty.grid(row=0, column=0, columnspan=2, sticky="nsew")

    def _show_sides(self) -> None:
        self._empty.grid_remove()
        for column, side in enumerate(self.sides):
            inner = (0, _GAP // 2) if column == 0 else (_GAP // 2, 0)
            side.grid(row=0, column=column, sticky="nsew", padx=inner)
        self._difference.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(10, 0))

    def _align(self) -> None:
        if not self.winfo_exists():
            return
        verdict = max(side.verdict_height for side in self.sides)
        notes = max(side.notes_height for side in self.sides)
        title = max(side.title_height for side in self.sides)
        for side in self.sides:
            side.align(verdict, notes, title)
