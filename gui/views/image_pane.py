"""The chosen image, what it is, and what to do with it."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.services import Services
from gui.shortcuts import Shortcut
from gui.state import State
from gui.views.action_button import ActionButton
from gui.views.commands import Commands
from gui.views.flow_frame import FlowFrame
from gui.views.invitation import Invitation
from gui.views.looking_pane import LookingPane
from gui.views.warning_banner import WarningBanner
from gui.views.wrapping_label import WrappingLabel

#: Between the parts of the pane, in pixels.
_GAPS: Final = 24


class ImagePane(ttk.Frame):
    """Image with metadata, or the invitation to choose one, and the buttons below."""

    def __init__(self, master: tkinter.Misc, services: Services, commands: Commands) -> None:
        super().__init__(master)
        # The page alone decides how wide it is: a text that asks for room as it is wrapped, and is
        # wrapped as it gets room, would never come to rest.
        self.grid_propagate(False)
        self._viewmodel = services.images
        self._problems: list[WarningBanner] = []
        self._shown: object = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.invitation = Invitation(self, commands.browse)
        self.invitation.grid(row=0, column=0, sticky="nsew")
        self.looking = LookingPane(self, services)
        self._name = WrappingLabel(self, style="Bold.TLabel")
        self._name.grid(row=1, column=0, sticky="ew", pady=(10, 0))
        self._metadata = WrappingLabel(self, style="Muted.TLabel")
        self._metadata.grid(row=2, column=0, sticky="ew", pady=(2, 0))
        self._banners = ttk.Frame(self)
        self._banners.grid(row=3, column=0, sticky="ew")
        self._banners.columnconfigure(0, weight=1)
        self._add_buttons(commands)
        for widget in (self, self.looking.tools, self._metadata, self._banners, self._buttons):
            widget.bind("<Configure>", lambda _: self._fit_metadata(), "+")
        self._viewmodel.subscribe(self._render)

    def _add_buttons(self, commands: Commands) -> None:
        self._buttons = FlowFrame(self)
        self._buttons.grid(row=4, column=0, sticky="ew", pady=(12, 0))
        self.browse_button = ActionButton(
            self._buttons,
            "Browse…",
            "folder2-open",
            commands.browse,
            Shortcut.OPEN,
            is_primary=True,
        )
        self.analyse_button = ActionButton(
            self._buttons, "Analyse", "arrow-repeat", self._viewmodel.analyse, Shortcut.ANALYSE
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
        self.analyse_button.configure(
            text="Analyse again" if state.answer else "Analyse",
            state="normal" if state.can_analyse else "disabled",
        )
        self._buttons.refresh()
        problems = (state.file_problem, state.explanation_problem)
        if problems != self._shown:
            self._shown = problems
            self._show_problems(state)

    def _fit_metadata(self) -> None:
        """Leave the metadata out where large texts leave no room for them."""
        parts = (self._name, self._metadata, self._banners, self._buttons)
        needed = sum(part.winfo_reqheight() for part in parts) + _GAPS
        if self.looking.needed_height + needed <= self.winfo_height():
            self._metadata.grid()
        else:
            self._metadata.grid_remove()

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
