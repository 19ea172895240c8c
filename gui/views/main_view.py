"""The window's layout and its keys."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.services import Services
from gui.shortcuts import Shortcut
from gui.views.batch_page import BatchPage
from gui.views.commands import Commands
from gui.views.compare_page import ComparePage
from gui.views.file_drop import accept_files
from gui.views.header import Header
from gui.views.icons import put_icon
from gui.views.image_page import ImagePage
from gui.views.image_view import ImageView
from gui.views.menu_bar import MenuBar
from gui.views.notice import Notice
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import DISCLAIMER

_PADDING: Final = 16
_ICON_SIZE: Final = 14


class MainView(ttk.Frame):
    """Header, the three pages, notices, and the disclaimer, which is always in view.

    Attributes:
        image_page: One image with its result.
        compare_page: Two images with their results.
        batch_page: Many images.
        notice: How the last command ended.
    """

    def __init__(
        self, window: ttk.App, services: Services, quit_program: Callable[[], None]
    ) -> None:
        super().__init__(window, padding=_PADDING)
        self._services = services
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.notice = Notice(self)
        self.commands = Commands(window, services, self.notice)
        self.header = Header(self, services.connection, self.commands)
        self.header.grid(row=0, column=0, sticky="ew", pady=(0, 12))
        self.book = ttk.Notebook(self)
        self.book.grid(row=1, column=0, sticky="nsew")
        self.image_page = ImagePage(self.book, services, self.commands)
        self.compare_page = ComparePage(self.book, services, self.commands)
        self.batch_page = BatchPage(self.book, services, self.commands)
        for page, text in (
            (self.image_page, "Image"),
            (self.compare_page, "Compare"),
            (self.batch_page, "Batch"),
        ):
            self.book.add(page, text=text)
        self.commands.show_image = lambda: self.book.select(self.image_page)
        self.commands.show_batch = lambda: self.book.select(self.batch_page)
        self.notice.grid(row=2, column=0, sticky="ew", pady=(10, 0))
        self.notice.grid_remove()
        self._add_disclaimer()
        actions = self._actions(quit_program)
        self._bind_keys(window, actions)
        MenuBar(window, services, self.commands, actions)
        self.image_page.image_pane.browse_button.focus_set()
        invitation = self.image_page.image_pane.invitation
        invitation.can_drop = accept_files(
            self, self.commands.open, invitation.highlight, self.commands.complain
        )

    def _add_disclaimer(self) -> None:
        footer = ttk.Frame(self)
        footer.grid(row=3, column=0, sticky="ew", pady=(12, 0))
        footer.columnconfigure(1, weight=1)
        icon = ttk.Label(footer)
        put_icon(icon, "info-circle", _ICON_SIZE)
        icon.grid(row=0, column=0, padx=(0, 8))
        self.disclaimer = WrappingLabel(footer, text=DISCLAIMER)
        self.disclaimer.grid(row=0, column=1, sticky="ew")

    def _actions(self, quit_program: Callable[[], None]) -> dict[Shortcut, Callable[[], None]]:
        images, commands = self._services.images, self.commands
        looking = self.image_page.image_pane.looking
        return {
            Shortcut.OPEN: commands.browse,
            Shortcut.OPEN_FOLDER: commands.browse_folder,
            Shortcut.ANALYSE: lambda: self._on_image(images.analyse),
            Shortcut.CANCEL: self._cancel,
            Shortcut.EXPLAIN: lambda: self._on_image(looking.toggle_explanation),
            Shortcut.SIDE_BY_SIDE: lambda: self._on_image(looking.toggle_side_by_side),
            Shortcut.COPY: self._copy,
            Shortcut.SELECT_ALL: self._select_all,
            Shortcut.SAVE: self._save,
            Shortcut.PREVIOUS: lambda: self._on_image(lambda: images.select_next(-1)),
            Shortcut.NEXT: lambda: self._on_image(lambda: images.select_next(1)),
            Shortcut.ZOOM_IN: lambda: self._magnify(lambda view: view.zoom(1)),
            Shortcut.ZOOM_OUT: lambda: self._magnify(lambda view: view.zoom(-1)),
            Shortcut.FIT: lambda: self._magnify(ImageView.fit),
            Shortcut.ACTUAL_SIZE: lambda: self._magnify(ImageView.actual_size),
            Shortcut.PAGE_UP: lambda: self._scroll(-1),
            Shortcut.PAGE_DOWN: lambda: self._scroll(1),
            Shortcut.IMAGE_PAGE: lambda: self.book.select(self.image_page),
            Shortcut.COMPARE_PAGE: lambda: self.book.select(self.compare_page),
            Shortcut.BATCH_PAGE: lambda: self.book.select(self.batch_page),
            Shortcut.LARGER: lambda: commands.scale_font(1),
            Shortcut.SMALLER: lambda: commands.scale_font(-1),
            Shortcut.USUAL_SIZE: lambda: commands.scale_font(0),
            Shortcut.MODE: commands.toggle_mode,
            Shortcut.SETTINGS: commands.open_settings,
            Shortcut.HELP: commands.show_shortcuts,
            Shortcut.QUIT: quit_program,
        }

    def _is_in_view(self, page: ttk.Frame) -> bool:
        return bool(self.book.select() == str(page))

    def _on_image(self, action: Callable[[], None]) -> None:
        """Do something to the image, unless another page hides it."""
        if self._is_in_view(self.image_page):
            action()

    def _magnify(self, change: Callable[[ImageView], None]) -> None:
        if self._is_in_view(self.compare_page):
            for view in self.compare_page.views:
                change(view)
        elif not self._is_in_view(self.batch_page):
            change(self.image_page.image_pane.looking.plain)

    def _scroll(self, pages: int) -> None:
        if self._is_in_view(self.batch_page):
            self.batch_page.scroll(pages)
        elif self._is_in_view(self.compare_page):
            self.compare_page.scroll(pages)
        else:
            self.image_page.result_pane.scroll(pages)

    def _cancel(self) -> None:
        if self._is_in_view(self.batch_page):
            self._services.batch.stop()
        else:
            self._on_image(self._services.images.cancel)

    def _copy(self) -> None:
        if self._is_in_view(self.batch_page):
            self.batch_page.copy()
        else:
            self._on_image(self.commands.copy)

    def _select_all(self) -> None:
        if self._is_in_view(self.batch_page):
            self.batch_page.results.select_all()

    def _save(self) -> None:
        if self._is_in_view(self.batch_page):
            self.commands.save_table()
        else:
            self._on_image(self.commands.save_report)

    def _bind_keys(self, window: tkinter.Misc, actions: dict[Shortcut, Callable[[], None]]) -> None:
        system = ttk.windowing_system(window)
        if system == "aqua":
            # The application menu has a Quit of its own, which would end the program unasked.
            window.tk.createcommand("tk::mac::Quit", actions[Shortcut.QUIT])
        for shortcut, action in actions.items():
            _bind(window, shortcut.sequences_on(system), action)


def _bind(window: tkinter.Misc, sequences: list[str], action: Callable[[], None]) -> None:
    for sequence in sequences:
        window.bind(sequence, lambda _: action())
