"""The right half of the window: shows the page that belongs to the present state."""

import tkinter
from collections.abc import Callable, Hashable

import ttkbootstrap as ttk

from gui.state import Phase, Problem, State
from gui.viewmodel import ViewModel
from gui.views.message_page import MessagePage
from gui.views.page import Page
from gui.views.progress_page import ProgressPage
from gui.views.result_page import ResultPage


class ResultPane(ttk.Frame):
    """Holds one page at a time and exchanges it when the state asks for another."""

    def __init__(self, master: tkinter.Misc, viewmodel: ViewModel) -> None:
        super().__init__(master)
        self._viewmodel = viewmodel
        self._shown: Hashable = None
        self.page: Page | None = None
        # Bars are drawn in the colours of the moment.
        self.bind("<<ThemeChanged>>", lambda _: self._show_page(viewmodel.state))
        viewmodel.subscribe(self._render)

    def scroll(self, pages: int) -> None:
        """Scroll the page by so many screens, upwards if negative."""
        if self.page is not None:
            self.page.scroll(pages)

    def _render(self, state: State) -> None:
        is_idle = state.phase is Phase.EMPTY
        wanted = (state.phase, id(state.answer), state.failure, is_idle and state.server_problem)
        if wanted != self._shown:
            self._shown = wanted
            self._show_page(state)

    def _show_page(self, state: State) -> None:
        had_focus = False
        if self.page is not None:
            had_focus = str(self.focus_get()).startswith(f"{self.page}.")
            self.page.destroy()
        page = self._page_for(state)
        page.pack(fill="both", expand=True)
        self.page = page
        if had_focus and page.button is not None:
            page.button.focus_set()

    def _page_for(self, state: State) -> Page:
        commands = self._viewmodel
        if state.phase is Phase.DONE and state.answer is not None:
            return ResultPage(self, state.answer)
        if state.phase is Phase.FAILED and state.failure is not None:
            return self._failure_page(state.failure, "Retry (F5)", commands.analyse)
        if state.phase is Phase.READING:
            return ProgressPage(self, "Reading the image…", state.started, commands.cancel)
        if state.phase is Phase.ANALYSING:
            return ProgressPage(self, "Analysing the image…", state.started, commands.cancel)
        if state.phase is Phase.READY:
            return MessagePage(
                self,
                "pause-circle",
                "Analysis cancelled",
                "The image is still here. Press Analyse to have it analysed.",
                ("Analyse (F5)", commands.analyse),
            )
        if state.server_problem is not None:
            return self._failure_page(state.server_problem, "Retry", commands.check_health)
        return MessagePage(
            self,
            "clipboard2-pulse",
            "The result appears here",
            "Choose a dermoscopic image. It is analysed at once, and you see the risk level, "
            "the probabilities of seven diagnoses, and reasons to doubt the result.",
        )

    def _failure_page(
        self, problem: Problem, caption: str, retry: Callable[[], None]
    ) -> MessagePage:
        icon = "plug" if problem.server_is_away else "exclamation-octagon-fill"
        return MessagePage(
            self, icon, problem.title, problem.message, (caption, retry), is_failure=True
        )
