"""What the menus, buttons and keys do beyond the view-models: dialogues, files, clipboard."""

import tkinter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from gui.batch import Row
from gui.batch_table import to_csv
from gui.errors import SaveError
from gui.executor import NO_JOB
from gui.files import is_folder, write_file
from gui.problem import Problem, problem_from
from gui.report_entry import ReportEntry, entries_of_cases, entries_of_rows
from gui.result_text import result_text
from gui.services import Services
from gui.state import Case
from gui.views.confirm_dialog import ConfirmDialog
from gui.views.file_dialogs import ask_for_folder, ask_for_images, ask_where_to_save
from gui.views.notice import Notice
from gui.views.report_dialog import ReportDialog
from gui.views.settings_dialog import SettingsDialog
from gui.views.shortcuts_dialog import ShortcutsDialog

_REPORT_NAME: Final = "skin-lesion-report.pdf"
_TABLE_NAME: Final = "skin-lesion-batch.csv"
_REPLACE: Final = (
    "The present batch is still running, or its table has not been saved. A new batch replaces it."
)
_LEAVE_BATCH: Final = (
    "The batch is still running, or its table has not been saved. Its results are lost when the "
    "window closes."
)
_LEAVE_FILE: Final = "A file is still being saved and would be lost."
_FORGET: Final = (
    "This drops every image and result of this session, the batch, and the list of recent images. "
    "What you have not saved is lost; the files themselves stay where they are."
)


class Commands:
    """Carries out what the user asks for.

    Attributes:
        show_batch: Brings the batch page to the front.
        show_image: Brings the image page to the front.
    """

    def __init__(self, window: tkinter.Misc, services: Services, notice: Notice) -> None:
        self._window = window
        self._services = services
        self._notice = notice
        self._saved_rows: Sequence[Row] = ()
        self._files_under_way = 0
        self._looking = NO_JOB
        self.show_batch: Callable[[], None] = lambda: None
        self.show_image: Callable[[], None] = lambda: None

    def browse(self) -> None:
        """Let the user choose images: one is analysed, several become a batch."""
        paths = ask_for_images(self._window, self._last_folder())
        if paths:
            self.open(paths)

    def browse_folder(self) -> None:
        """Let the user choose a folder for the batch."""
        folder = ask_for_folder(self._window, self._last_folder())
        if folder is not None:
            self._open_batch([folder])

    def open(self, paths: Sequence[Path]) -> None:
        """Analyse one image, or a folder or several files as a batch.

        Asks first if that would replace a batch that runs or has never been saved.
        """
        self._services.executor.cancel(self._looking)
        if len(paths) == 1:
            self._open_one(paths[0])
        else:
            self._open_batch(paths)

    def _open_one(self, path: Path) -> None:
        def found_out(is_folder: bool) -> None:
            if is_folder:
                self._open_batch([path])
            else:
                self._open_image(path)

        # On a thread, since a network drive that is gone may be waited for.
        self._looking = self._services.executor.submit(
            lambda: is_folder(path), found_out, lambda error: self.complain(problem_from(error))
        )

    def _open_image(self, path: Path) -> None:
        self.show_image()
        self._services.images.open(path)

    def _open_batch(self, paths: Sequence[Path]) -> None:
        self.show_batch()
        self._start_batch(paths)

    def open_row(self, row: Row) -> None:
        """Show an image of the batch by itself, with the answer that the batch has."""
        self.show_image()
        self._services.images.open(row.path, row)

    def _start_batch(self, paths: Sequence[Path]) -> None:
        def start() -> None:
            self._services.batch.start(paths)

        if self._has_unsaved_batch():
            ConfirmDialog(self._window, "Replace the batch?", _REPLACE, "Replace", start)
        else:
            start()

    def _has_unsaved_batch(self) -> bool:
        state = self._services.batch.state
        is_unsaved = state.rows is not self._saved_rows and state.finished > state.failed
        return state.is_busy or is_unsaved

    def leave(self, close: Callable[[], None]) -> None:
        """Close the window; asks first if that would lose a batch or a file.

        Args:
            close: Closes it.
        """
        window = self._window.winfo_toplevel()
        losses = self._losses()
        if not losses:
            close()
        elif not any(isinstance(child, ConfirmDialog) for child in window.winfo_children()):
            # Over an iconified window the question would not be seen, nor what it is about.
            window.deiconify()
            if self._has_unsaved_batch():
                self.show_batch()
            ConfirmDialog(window, "Close the window?", " ".join(losses), "Close", close)

    def _losses(self) -> list[str]:
        """Say what would be lost if the window closed now."""
        threats = (
            (self._has_unsaved_batch(), _LEAVE_BATCH),
            (self._files_under_way > 0, _LEAVE_FILE),
        )
        return [text for is_real, text in threats if is_real]

    def forget(self) -> None:
        """Forget the session's images, the batch and the recent files, if the user agrees."""
        ConfirmDialog(self._window, "Forget all images?", _FORGET, "Forget all", self._forget)

    def _forget(self) -> None:
        self._services.executor.cancel(self._looking)
        self._saved_rows = ()
        self._services.images.clear()
        self._services.batch.clear()
        self._notice.tell("All images and their results are forgotten.")
        self._try(self._services.preferences.forget_recent)

    def copy(self) -> None:
        """Copy the chosen image's result to the clipboard."""
        state = self._services.images.state
        if state.case is not None and state.shows_result:
            self.copy_text(result_text(state.case))

    def copy_text(self, text: str) -> None:
        """Copy a text to the clipboard."""
        self._window.clipboard_clear()
        self._window.clipboard_append(text)
        self._notice.tell("Copied as text.")

    def save_report(self) -> None:
        """Ask for the content and the place of a report, and write it."""
        state = self._services.images.state
        present = state.case
        if present is None or not state.shows_result:
            return
        results = [case for case in state.cases if case.answer is not None]

        def save(label: str, everything: bool) -> None:
            self._save_cases(results if everything else [present], label)

        ReportDialog(self._window, "Save a report as PDF", save, len(results))

    def save_rows_report(self, indices: Sequence[int]) -> None:
        """Ask for the label and the place of a report of some rows of the batch, and write it."""
        rows = [self._services.batch.state.rows[index] for index in indices]
        cases = self._services.images.state.cases

        def save(label: str, _: bool) -> None:
            self._save_report(entries_of_rows(rows, cases), len(rows), label)

        images = "image" if len(rows) == 1 else "images"
        ReportDialog(self._window, f"Save a report of {len(rows)} {images} as PDF", save)

    def save_table(self) -> None:
        """Write the batch as CSV."""
        state = self._services.batch.state
        rows = state.rows

        def saved() -> None:
            self._saved_rows = rows

        if rows:
            self._save(_TABLE_NAME, lambda _: to_csv(rows, state.chosen), saved)

    def open_settings(self) -> None:
        """Show the settings."""
        SettingsDialog(self._window, self._services, self._notice)

    def show_shortcuts(self) -> None:
        """Show the list of keys."""
        ShortcutsDialog(self._window)

    def toggle_mode(self) -> None:
        """Go from light to dark or back, and remember it."""
        mode = "light" if self._services.preferences.state.mode == "dark" else "dark"
        self._try(lambda: self._services.preferences.change(mode=mode))

    def scale_font(self, step: int) -> None:
        """Make all texts larger (1), smaller (-1), or as large as usual (0)."""
        self._try(lambda: self._services.preferences.scale_font(step))

    def complain(self, problem: Problem) -> None:
        """Show what has failed."""
        self._notice.complain(problem)

    def _save_cases(self, cases: Sequence[Case], label: str) -> None:
        self._save_report(entries_of_cases(cases), len(cases), label)

    def _save_report(self, entries: Iterable[ReportEntry], count: int, label: str) -> None:
        def make(tell: Callable[[str], None]) -> bytes:
            # reportlab takes a while to load, and few sessions end with a report.
            from gui.report import write_report

            return write_report(entries, label, lambda done: tell(f"{done} of {count} images"))

        self._save(_REPORT_NAME, make)

    def _save(
        self,
        name: str,
        make: Callable[[Callable[[str], None]], bytes],
        on_saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask where a file should be, and write it.

        Args:
            name: What it could be called.
            make: Makes its content on a thread, and may say how far it is.
            on_saved: Called when it is written.
        """
        path = ask_where_to_save(self._window, name)
        if path is None:
            return

        def saved(_: None) -> None:
            self._files_under_way -= 1
            self._notice.tell(f"Saved: {path}")
            on_saved()

        def failed(error: Exception) -> None:
            self._files_under_way -= 1
            self._notice.complain(problem_from(error))

        saving, executor = f"Saving: {path}", self._services.executor

        def tell(progress: str) -> None:
            executor.post(lambda: self._notice.proceed(saving, progress))

        self._files_under_way += 1
        self._notice.announce(saving)
        executor.submit(lambda: write_file(path, make(tell)), saved, failed)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except SaveError as error:
            self._notice.complain(problem_from(error))

    def _last_folder(self) -> Path | None:
        image = self._services.images.state.image
        return image.path.parent if image else None
