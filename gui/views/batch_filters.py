"""Which rows of the batch are shown, and in which order."""

import tkinter
from collections.abc import Callable

import ttkbootstrap as ttk

from gui import theme
from gui.batch_table import Column, Show
from gui.views.flow_frame import FlowFrame


class BatchFilters(FlowFrame):
    """Two boxes and a tick; the table's headings set the order as well."""

    def __init__(self, master: tkinter.Misc, on_change: Callable[[], None]) -> None:
        super().__init__(master, gap=10)
        self._on_change = on_change
        self.show_box = self._add("Show", [one.value for one in Show])
        self.sort_box = self._add("Sort by", [one.value for one in Column])
        self._descending = ttk.BooleanVar(self, False)
        ttk.Checkbutton(self, text="Descending", variable=self._descending, command=on_change)

    @property
    def shown(self) -> Show:
        """Which rows are shown."""
        return list(Show)[self.show_box.current()]

    @property
    def column(self) -> Column:
        """What the rows are sorted by."""
        return list(Column)[self.sort_box.current()]

    @property
    def is_descending(self) -> bool:
        """Whether the order is turned round."""
        return bool(self._descending.get())

    def sort_by(self, column: Column) -> None:
        """Sort by a column, or turn the order round if it is sorted by it already."""
        self._descending.set(column is self.column and not self.is_descending)
        self.sort_box.current(list(Column).index(column))
        self._on_change()

    def _add(self, text: str, values: list[str]) -> ttk.Combobox:
        ttk.Label(self, text=text)
        box = ttk.Combobox(
            self, values=values, state="readonly", font="BodyFont", width=max(map(len, values))
        )
        box.current(0)

        def chosen() -> None:
            box.selection_clear()
            self._on_change()

        box.bind("<<ComboboxSelected>>", lambda _: chosen())
        # Only a change of its options makes Tk place the text for the new size.
        box.bind(theme.TEXTS_SCALED, lambda _: box.configure(font="BodyFont"))
        return box
