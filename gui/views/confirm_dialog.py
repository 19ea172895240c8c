"""Asks before something is lost."""

import tkinter
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.views.dialog import Dialog
from gui.views.wrapping_label import WrappingLabel


class ConfirmDialog(Dialog):
    """A question with two answers; the focus is on the one that loses nothing.

    Attributes:
        confirm_button: Carries out what would lose something.
        cancel_button: Leaves everything as it is.
    """

    def __init__(
        self,
        master: tkinter.Misc,
        title: str,
        text: str,
        action: str,
        on_confirm: Callable[[], None],
    ) -> None:
        """Open the dialogue.

        Args:
            master: Any widget of the main window.
            title: What is asked.
            text: What would be lost.
            action: On the button that confirms.
            on_confirm: Called when that is pressed, after the dialogue has closed.
        """
        super().__init__(master, title)
        ttk.Label(self.body, text=title, style="Heading.TLabel").pack(anchor="w")
        WrappingLabel(self.body, text).pack(fill="x", pady=(8, 16))
        row = ttk.Frame(self.body)
        row.pack(fill="x")

        def confirm() -> None:
            self.destroy()
            on_confirm()

        self.confirm_button = ttk.Button(row, text=action, command=confirm, bootstyle="primary")
        self.cancel_button = ttk.Button(
            row, text="Cancel", command=self.destroy, bootstyle="secondary"
        )
        self.cancel_button.pack(side="right", padx=(8, 0))
        self.confirm_button.pack(side="right", padx=(48, 0))
        self.open_at(self.cancel_button)
