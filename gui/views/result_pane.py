"""Shows the page that belongs to the present state of the analysis."""

import tkinter
from collections.abc import Callable, Hashable
from dataclasses import replace

import ttkbootstrap as ttk

from gui.connection import ConnectionState
from gui.problem import Problem
from gui.services import Services
from gui.shortcuts import Shortcut
from gui.state import Phase, State
from gui.views.action_button import ActionButton
from gui.views.commands import Commands
from gui.views.flow_frame import FlowFrame
from gui.views.focus import focused
from gui.views.message_page import MessagePage
from gui.views.page import Page
from gui.views.progress_page import ProgressPage
from gui.views.result_page import ResultPage


class ResultPane(ttk.Frame):
    """Holds one page at a time and exchanges it when the state asks for another."""

    def __init__(self, master: tkinter.Misc, services: Services, commands: Commands) -> None:
        super().__init__(master)
        # The page alone decides how wide it is: a text that asks for room as it is wrapped, and is
        # wrapped as it gets room, would never come to rest.
        self.pack_propagate(False)
        self._viewmodel = services.images
        self._connection = services.connection
        self._shown: Hashable = None
        self.page: Page | None = None
        self._actions = FlowFrame(self)
        self._add_actions(commands)
        # Bars are drawn in the colours of the moment.
        self.bind("<<ThemeChanged>>", lambda _: self._show_page(self._viewmodel.state))
        self._viewmodel.subscribe(self._render)
        self._connection.subscribe(self._server_changed)

    def scroll(self, pages: int) -> None:
        """Scroll the page by so many screens, upwards if negative."""
        if self.page is not None:
            self.page.scroll(pages)

    def _add_actions(self, commands: Commands) -> None:
        for text, icon, command, shortcut in (
            ("Copy", "clipboard", commands.copy, Shortcut.COPY),
            ("Save report…", "file-earmark-pdf", commands.save_report, Shortcut.SAVE),
        ):
            ActionButton(self._actions, text, icon, command, shortcut)

    def _server_changed(self, _: ConnectionState) -> None:
        self._render(self._viewmodel.state)

    def _render(self, state: State) -> None:
        server = self._connection.state
        needs_server = state.phase is Phase.EMPTY or (
            state.answer is None and state.failure is not None and state.failure.server_is_away
        )
        offer = needs_server and (server.problem, server.can_start, server.is_starting)
        wanted = (state.phase, id(state.answer), state.failure, offer)
        if wanted != self._shown:
            self._shown = wanted
            self._show_page(state)

    def _show_page(self, state: State) -> None:
        had_focus = False
        if self.page is not None:
            had_focus = str(focused(self)).startswith(f"{self.page}.")
            self.page.destroy()
        page = self._page_for(state)
        self._actions.pack_forget()
        if isinstance(page, ResultPage):
            self._actions.pack(side="bottom", fill="x", pady=(8, 0))
        page.pack(fill="both", expand=True)
        self.page = page
        if had_focus and page.button is not None:
            page.button.focus_set()

    def _page_for(self, state: State) -> Page:
        commands = self._viewmodel
        if state.phase is Phase.DONE and state.answer is not None:
            return ResultPage(self, state.answer, state.failure)
        if state.phase is Phase.FAILED and state.failure is not None:
            return self._failure_page(state.failure, "Retry (F5)", commands.analyse)
        if state.phase is Phase.READING:
            return ProgressPage(self, "Reading the image…", state.started, commands.cancel)
        if state.phase is Phase.ANALYSING:
            return ProgressPage(self, "Analysing the image…", state.started, commands.cancel)
        if state.phase in (Phase.READY, Phase.CANCELLED):
            return MessagePage(
                self,
                "pause-circle",
                "Not analysed yet" if state.phase is Phase.READY else "Analysis cancelled",
                "Press Analyse to have this image analysed.",
                [("Analyse (F5)", commands.analyse)],
            )
        server = self._connection.state
        if server.is_starting:
            return MessagePage(
                self,
                "hourglass-split",
                "The local server is starting",
                "This takes about half a minute. You can choose an image already.",
            )
        if server.problem is not None:
            return self._failure_page(server.problem, "Retry", self._connection.check)
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
        buttons = [(caption, retry)]
        server = self._connection.state
        message = problem.message
        if problem.server_is_away and server.is_starting:
            message = "The local server is starting; the analysis goes on as soon as it is ready."
        elif server.can_start:
            if problem.server_is_away and server.problem is not None:
                # Of a start that failed, it says why.
                problem = replace(server.problem, server_is_away=True)
                message = problem.message
            buttons.insert(0, ("Start local server", self._connection.start_local))
        icon = "plug" if problem.server_is_away else "exclamation-octagon-fill"
        return MessagePage(self, icon, problem.title, message, buttons, is_failure=True)
