"""The chosen image, what it is, and what to do with it."""

import tkinter

import ttkbootstrap as ttk

from gui.shortcuts import Shortcut
from gui.state import State
from gui.viewmodel import ViewModel
from gui.views.commands import Commands
from gui.views.flow_frame import FlowFrame
from gui.views.invitation import Invitation
from gui.views.looking_pane import LookingPane
from gui.views.warning_banner import WarningBanner
from gui.views.wrapping_label import WrappingLabel


class ImagePane(ttk.Frame):
    """Image with metadata, or the invitation to choose one, and the buttons below."""

    def __init__(self, master: tkinter.Misc, viewmodel: ViewModel, commands: Commands) -> None:
        super().__init__(master)
        # The page alone decides how wide it is: a text that asks for room as it is wrapped, and is
        # wrapped as it gets room, would never come to rest.
        self.grid_propagate(False)
        self._viewmodel = viewmodel
        self._problems: list[WarningBanner] = []
        self._shown: object = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.invitation = Invitation(self, commands.browse)
        self.invitation.grid(row=0, column=0, sticky="nsew")
        self.looking = LookingPane(self, viewmodel)
        self._name = WrappingLabel(self, style="Bold.TLabel")
        self._name.grid(row=1, column=0, sticky="ew", pady=(10, 0))
        self._metadata = WrappingLabel(self, style="Muted.TLabel")
        self._metadata.grid(row=2, column=0, sticky="ew", pady=(2, 0))
        self._banners = ttk.Frame(self)
        self._banners.grid(row=3, column=0, sticky="ew")
        self._banners.columnconfigure(0, weight=1)
        self._add_buttons(commands)
        for button, shortcut in (
            (self.browse_button, Shortcut.OPEN),
            (self.analyse_button, Shortcut.ANALYSE),
        ):
            ttk.ToolTip(button, text=f"{shortcut.purpose} ({shortcut.keys})")
        viewmodel.subscribe(self._render)

    def _add_buttons(self, commands: Commands) -> None:
        buttons = FlowFrame(self)
        buttons.grid(row=4, column=0, sticky="ew", pady=(12, 0))
        self.browse_button = ttk.Button(
            buttons,
            text="Browse…",
            icon="folder2-open",
            command=commands.browse,
            bootstyle="primary",
        )
        self.analyse_button = ttk.Button(
            buttons,
            text="Analyse again",
            icon="arrow-repeat",
            command=self._viewmodel.analyse,
            bootstyle="secondary",
        )

    def _render(self, state: State) -> None:
        image = state.image
        if image is None:
            self.looking.grid_remove()
            self.invitation.grid()
        else:
            self.invitation.grid_remove()
            self.looking.grid(row=0, column=0, sticky="nsew")
        self._name.configure(text=image.name if image else "No image chosen")
        self._metadata.configure(text=image.metadata if image else "")
        self.analyse_button.configure(state="normal" if state.can_analyse else "disabled")
        problems = (state.file_problem, state.explanation_problem)
        if problems != self._shown:
            self._shown = problems
            self._show_problems(state)

    def _show_problems(self, state: State) -> None:
        for banner in self._problems:
            banner.destroy()
        self._problems = []
        for problem in (state.file_problem, state.explanation_problem):
            if problem is not None:
                banner = WarningBanner(self._banners, problem.title, [problem.message])
                banner.grid(row=len(self._problems), column=0, sticky="ew", pady=(10, 0))
                self._problems.append(banner)
        # An empty frame would keep the height of what was in it.
        self._banners.configure(height=1)
