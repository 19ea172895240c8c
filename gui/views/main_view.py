"""The window's layout and its keys."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.viewmodel import ViewModel
from gui.views.file_drop import accept_files
from gui.views.header import Header
from gui.views.image_pane import ImagePane
from gui.views.result_pane import ResultPane
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import DISCLAIMER

_PADDING: Final = 16


class MainView(ttk.Frame):
    """Header, image, result and the disclaimer, which is always in view."""

    def __init__(self, window: ttk.App, viewmodel: ViewModel) -> None:
        super().__init__(window, padding=_PADDING)
        self.columnconfigure(0, weight=2, uniform="pane")
        self.columnconfigure(1, weight=3, uniform="pane")
        self.rowconfigure(2, weight=1)
        self.header = Header(self, viewmodel, window.toggle_theme)
        self.header.grid(row=0, column=0, columnspan=2, sticky="ew")
        ttk.Separator(self).grid(row=1, column=0, columnspan=2, sticky="ew", pady=12)
        self.image_pane = ImagePane(self, viewmodel)
        self.image_pane.grid(row=2, column=0, sticky="nsew", padx=(0, _PADDING))
        self.result_pane = ResultPane(self, viewmodel)
        self.result_pane.grid(row=2, column=1, sticky="nsew")
        self._add_disclaimer()
        self._bind_keys(window, viewmodel)
        self.image_pane.browse_button.focus_set()
        preview = self.image_pane.preview
        preview.can_drop = accept_files(self, viewmodel.open, preview.highlight)

    def _add_disclaimer(self) -> None:
        footer = ttk.Frame(self)
        footer.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(12, 0))
        footer.columnconfigure(1, weight=1)
        ttk.Label(footer, icon="info-circle").grid(row=0, column=0, padx=(0, 8))
        self.disclaimer = WrappingLabel(footer, text=DISCLAIMER)
        self.disclaimer.grid(row=0, column=1, sticky="ew")

    def _bind_keys(self, window: tkinter.Misc, viewmodel: ViewModel) -> None:
        control = "Command" if ttk.windowing_system(window) == "aqua" else "Control"
        window.bind(f"<{control}-o>", lambda _: self.image_pane.browse())
        window.bind("<F5>", lambda _: viewmodel.analyse())
        window.bind("<Escape>", lambda _: viewmodel.cancel())
        window.bind("<Prior>", lambda _: self.result_pane.scroll(-1))
        window.bind("<Next>", lambda _: self.result_pane.scroll(1))
