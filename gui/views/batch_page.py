"""Many images at once: choose them, watch, sort, filter, save."""

import tkinter
from functools import partial
from pathlib import Path
from typing import Final

import ttkbootstrap as ttk

from gui.batch import BatchPhase, BatchState
from gui.problem import Problem
from gui.services import Services
from gui.shortcuts import Shortcut
from gui.views.action_button import ActionButton
from gui.views.batch_filters import BatchFilters
from gui.views.batch_results import BatchResults
from gui.views.commands import Commands
from gui.views.flow_frame import FlowFrame
from gui.views.message_page import MessagePage
from gui.views.wrapping_label import WrappingLabel

#: How often the page is drawn while the batch runs, in milliseconds.
_REFRESH: Final = 150
_WORDS: Final = {
    BatchPhase.COLLECTING: "Looking for images…",
    BatchPhase.RUNNING: "Analysing",
    BatchPhase.WAITING: "Waiting for the server; it goes on by itself",
    BatchPhase.STOPPED: "Stopped",
    BatchPhase.DONE: "Finished",
}
_NOTHING_TO_REPORT: Final = Problem(
    "None of these rows has a result",
    "Select rows that have one, or no row for a report of all that are shown, then try again.",
)


class BatchPage(ttk.Frame):
    """Buttons, progress, filters and the table.

    Attributes:
        results: The table.
        filters: Which rows it shows, and in which order.
    """

    def __init__(self, master: tkinter.Misc, services: Services, commands: Commands) -> None:
        super().__init__(master, padding=12)
        self._batch = services.batch
        self._commands = commands
        self._timer = ""
        self.columnconfigure(0, weight=1)
        self.rowconfigure(4, weight=1)
        self._add_buttons()
        self.status = WrappingLabel(self, style="Bold.TLabel")
        self.status.bind("<Configure>", lambda _: self._schedule(), "+")
        self._source = ttk.ToolTip(self.status)
        self._bar = ttk.Progressbar(self, bootstyle="primary")
        self.filters = BatchFilters(self, self._refresh)
        self.results = BatchResults(self, self.filters, self._open)
        self._empty: MessagePage | None = None
        services.batch.subscribe(lambda _: self._schedule())
        self._refresh()

    def destroy(self) -> None:
        """Drop a drawing that has not been made yet."""
        if self._timer:
            self.after_cancel(self._timer)
        super().destroy()

    def copy(self) -> None:
        """Copy the selected rows, or all that are shown, to the clipboard."""
        if self._batch.state.rows:
            self._commands.copy_text(self.results.as_text())

    def scroll(self, pages: int) -> None:
        """Scroll the note of the selected row by so many screens, upwards if negative."""
        self.results.notes.yview_scroll(pages, "pages")

    def _add_buttons(self) -> None:
        self._buttons = FlowFrame(self)
        self._buttons.grid(row=0, column=0, sticky="ew")

        batch, commands = self._batch, self._commands
        add = partial(ActionButton, self._buttons)
        add(
            "Folder…", "folder2-open", commands.browse_folder, Shortcut.OPEN_FOLDER, is_primary=True
        )
        add("Files…", "images", commands.browse)
        self.stop_button = add("Stop", "stop-fill", batch.stop, Shortcut.CANCEL)
        self.resume_button = add("Continue", "play-fill", batch.resume)
        self.retry_button = add("Retry failed", "arrow-repeat", batch.retry_failed)
        self.csv_button = add(
            "Save table…", "file-earmark-spreadsheet", commands.save_table, Shortcut.SAVE
        )
        self.report_button = add("Report…", "file-earmark-pdf", self._report)

    def _open(self, index: int) -> None:
        self._commands.open_row(self._batch.state.rows[index])

    def _report(self) -> None:
        rows = self._batch.state.rows
        chosen = [index for index in self.results.chosen() if rows[index].answer is not None]
        if chosen:
            self._commands.save_rows_report(chosen)
        else:
            self._commands.complain(_NOTHING_TO_REPORT)

    def _schedule(self) -> None:
        # Two hundred answers must not mean two hundred drawings.
        if not self._timer:
            self._timer = self.after(_REFRESH, self._refresh)

    def _refresh(self) -> None:
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        state = self._batch.state
        self._render_buttons(state)
        self.results.show(state.rows)
        if state.rows:
            self._show_table(state)
        else:
            self._show_message(state)

    def _render_buttons(self, state: BatchState) -> None:
        show = self._buttons.show
        show(self.stop_button, state.is_busy)
        show(self.resume_button, state.phase is BatchPhase.STOPPED)
        show(self.retry_button, not state.is_busy and state.failed > 0)
        show(self.csv_button, state.finished > 0)
        show(self.report_button, state.finished > 0)

    def _show_table(self, state: BatchState) -> None:
        if self._empty is not None:
            self._empty.destroy()
            self._empty = None
        self.status.grid(row=1, column=0, sticky="ew", pady=(12, 4))
        self._bar.grid(row=2, column=0, sticky="ew")
        self.filters.grid(row=3, column=0, sticky="ew", pady=12)
        self.results.grid(row=4, column=0, sticky="nsew")
        self._show_status(state)
        self._bar.configure(maximum=len(state.rows), value=state.finished)

    def _show_status(self, state: BatchState) -> None:
        failed = f"  ·  {state.failed} failed" if state.failed else ""
        progress = f"{_WORDS[state.phase]}: {state.finished} of {len(state.rows)} images{failed}"
        text = f"{progress}  ·  {state.source}"
        # A second line would take its room from the table.
        if ttk.nametofont("BodyBoldFont").measure(text) > self.status.winfo_width():
            text = f"{progress}  ·  {Path(state.source).name}"
        self.status.configure(text=text)
        self._source.text = state.source

    def _show_message(self, state: BatchState) -> None:
        for widget in (self.status, self._bar, self.filters, self.results):
            widget.grid_remove()
        self.status.configure(text="")
        if self._empty is not None:
            self._empty.destroy()
        if state.problem is not None:
            title, text = state.problem.title, state.problem.message
        elif state.phase is BatchPhase.COLLECTING:
            title, text = _WORDS[state.phase], state.source
        else:
            title = "Analyse many images"
            text = (
                "Choose a folder or several files, or drop them onto the window. You get a table "
                "to sort and filter, and can save it as CSV."
            )
        self._empty = MessagePage(self, "collection", title, text)
        self._empty.grid(row=4, column=0, sticky="nsew", pady=(12, 0))
