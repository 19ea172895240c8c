"""Asks what a report should contain."""

import tkinter
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.views.dialog import Dialog
from gui.views.wrapping_label import WrappingLabel

_NOTE = (
    "The report has the image, its explanation if you have opened it, and the whole result, but "
    "not the file's name. A label is printed as you write it; leave it empty to name nobody."
)


class ReportDialog(Dialog):
    """A label, and whether all results of the session go into the report.

    Attributes:
        label: What the user has written.
        everything: Whether all results of the session are wanted.
    """

    def __init__(
        self, master: tkinter.Misc, results: int, on_save: Callable[[str, bool], None]
    ) -> None:
        """Open the dialogue.

        Args:
            master: Any widget of the main window.
            results: How many results there are in the session.
            on_save: Called with the label and with whether all results are wanted.
        """
        super().__init__(master, "Save report")
        self.label = ttk.StringVar(self, "")
        self.everything = ttk.BooleanVar(self, False)
        ttk.Label(self.body, text="Save a report as PDF", style="Heading.TLabel").pack(anchor="w")
        WrappingLabel(self.body, _NOTE).pack(fill="x", pady=(8, 12))
        ttk.Label(self.body, text="Label (optional)").pack(anchor="w")
        entry = ttk.Entry(self.body, textvariable=self.label, width=46, font="BodyFont")
        entry.pack(fill="x", pady=(4, 12))
        if results > 1:
            self._offer_everything(results)
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(16, 0))

        def save() -> None:
            label, everything = self.label.get().strip(), self.everything.get()
            self.destroy()
            on_save(label, everything)

        ttk.Button(row, text="Save…", command=save, bootstyle="primary").pack(side="right")
        ttk.Button(row, text="Cancel", command=self.destroy, bootstyle="secondary").pack(
            side="right", padx=8
        )
        entry.bind("<Key-Return>", lambda _: save())
        self.open_at(entry)

    def _offer_everything(self, results: int) -> None:
        for text, value in (
            ("Only the present image", False),
            (f"All {results} results of this session", True),
        ):
            ttk.Radiobutton(self.body, text=text, value=value, variable=self.everything).pack(
                anchor="w", pady=2
            )
