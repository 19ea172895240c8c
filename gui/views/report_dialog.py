"""Asks what a report should contain."""

import tkinter
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.errors import LabelError
from gui.problem import Problem, problem_from
from gui.views.dialog import Dialog
from gui.views.wrapping_label import WrappingLabel

_NOTE = (
    "The report has each image, its explanation if you have opened it, and the whole result, but "
    "no file names. A label is printed as you write it; leave it empty to name nobody."
)


class ReportDialog(Dialog):
    """A label, and where there is a choice, whether all results of the session are wanted.

    Attributes:
        label: What the user has written.
        everything: Whether all results of the session are wanted.
    """

    def __init__(
        self,
        master: tkinter.Misc,
        title: str,
        on_save: Callable[[str, bool], None],
        results: int = 1,
    ) -> None:
        """Open the dialogue.

        Args:
            master: Any widget of the main window.
            title: What is saved.
            on_save: Called with the label and with whether all results are wanted.
            results: How many results there are to choose from; with one, nothing is asked.
        """
        super().__init__(master, "Save report")
        self.label = ttk.StringVar(self, "")
        self.everything = ttk.BooleanVar(self, False)
        ttk.Label(self.body, text=title, style="Heading.TLabel").pack(anchor="w")
        WrappingLabel(self.body, _NOTE).pack(fill="x", pady=(8, 12))
        ttk.Label(self.body, text="Label (optional)").pack(anchor="w")
        entry = ttk.Entry(self.body, textvariable=self.label, width=46, font="BodyFont")
        entry.pack(fill="x", pady=(4, 12))
        complaint = WrappingLabel(self.body, style="Offline.TLabel")
        if results > 1:
            self._offer_everything(results)
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(16, 0))

        def save() -> None:
            label, everything = self.label.get().strip(), self.everything.get()
            problem = _problem_of(label)
            if problem is not None:
                complaint.configure(text=f"{problem.title}. {problem.message}")
                complaint.pack(fill="x", pady=(0, 8), after=entry)
                self.fit()
                return
            self.destroy()
            on_save(label, everything)

        save_button = ttk.Button(row, text="Save…", command=save, bootstyle="primary")
        cancel_button = ttk.Button(row, text="Cancel", command=self.destroy, bootstyle="secondary")
        cancel_button.pack(side="right", padx=(8, 0))
        save_button.pack(side="right")
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


def _problem_of(label: str) -> Problem | None:
    if not label:
        return None
    # reportlab takes a while to load, and few sessions end with a report.
    from gui.report import check_label

    try:
        check_label(label)
    except LabelError as error:
        return problem_from(error)
    return None
