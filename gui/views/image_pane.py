"""The left half of the window: the chosen image, what it is, and what to do with it."""

import tkinter
from pathlib import Path
from typing import Final

import ttkbootstrap as ttk

from gui.image_file import SUFFIXES
from gui.state import State
from gui.viewmodel import ViewModel
from gui.views.preview import Preview
from gui.views.warning_banner import WarningBanner
from gui.views.wrapping_label import WrappingLabel

_PATTERNS: Final = tuple(f"*{suffix}" for lower in SUFFIXES for suffix in (lower, lower.upper()))


class ImagePane(ttk.Frame):
    """Preview with metadata, and the buttons Browse and Analyse."""

    def __init__(self, master: tkinter.Misc, viewmodel: ViewModel) -> None:
        super().__init__(master)
        self._viewmodel = viewmodel
        self._problem: WarningBanner | None = None
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.preview = Preview(self, self.browse)
        self.preview.grid(row=0, column=0, sticky="nsew")
        self._name = WrappingLabel(self, style="Bold.TLabel")
        self._name.grid(row=1, column=0, sticky="ew", pady=(10, 0))
        self._metadata = WrappingLabel(self, style="Muted.TLabel")
        self._metadata.grid(row=2, column=0, sticky="ew", pady=(2, 0))
        self._add_buttons()
        viewmodel.subscribe(self._render)

    def browse(self) -> None:
        """Let the user choose a file, starting in the folder of the last one."""
        image = self._viewmodel.state.image
        chosen = ttk.filedialog.askopenfilename(
            parent=self,
            title="Choose a dermoscopic image",
            initialdir=image.path.parent if image else Path.home(),
            filetypes=[("Images", _PATTERNS), ("All files", "*")],
        )
        if chosen:
            self._viewmodel.open(Path(chosen))

    def _add_buttons(self) -> None:
        buttons = ttk.Frame(self)
        buttons.grid(row=4, column=0, sticky="ew", pady=(12, 0))
        buttons.columnconfigure((0, 1), weight=1, uniform="button")
        self.browse_button = ttk.Button(
            buttons,
            text="Browse… (Ctrl+O)",
            icon="folder2-open",
            command=self.browse,
            bootstyle="primary",
        )
        self.browse_button.grid(row=0, column=0, sticky="ew", padx=(0, 6))
        self.analyse_button = ttk.Button(
            buttons,
            text="Analyse (F5)",
            icon="search",
            command=self._viewmodel.analyse,
            bootstyle="secondary",
        )
        self.analyse_button.grid(row=0, column=1, sticky="ew", padx=(6, 0))

    def _render(self, state: State) -> None:
        image = state.image
        self.preview.show(image.preview if image else None)
        self._name.configure(text=image.name if image else "No image chosen")
        self._metadata.configure(text=image.metadata if image else "")
        self.analyse_button.configure(state="normal" if state.can_analyse else "disabled")
        self._render_problem(state)

    def _render_problem(self, state: State) -> None:
        if self._problem is not None:
            self._problem.destroy()
            self._problem = None
        if state.file_problem is not None:
            reasons = [state.file_problem.message]
            self._problem = WarningBanner(self, state.file_problem.title, reasons)
            self._problem.grid(row=3, column=0, sticky="ew", pady=(10, 0))
