"""Which rows of the batch are shown, and in which order."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui.batch_table import Column, Show
from gui.views.action_button import ActionButton
from gui.views.choice_box import ChoiceBox
from gui.views.flow_frame import FlowFrame
from gui.views.icons import put_icon

_ICON_SIZE: Final = 14


class BatchFilters(FlowFrame):
    """Two boxes and a button; the table's headings set the order as well.

    Attributes:
        show_box: Which rows are shown.
        sort_box: What they are sorted by.
        order_button: Turns the order round.
        is_descending: Whether it is turned round.
    """

    def __init__(self, master: tkinter.Misc, on_change: Callable[[], None]) -> None:
        super().__init__(master, gap=10)
        self._on_change = on_change
        self.show_box = self._add("Show", [one.value for one in Show])
        self.sort_box = self._add("Sort by", [one.value for one in Column])
        self.is_descending = False
        self.order_button = ActionButton(self, "", "", self._turn_round)
        self._order_tip = ttk.ToolTip(self.order_button)
        self._show_order()

    @property
    def shown(self) -> Show:
        """Which rows are shown."""
        return list(Show)[self.show_box.current()]

    @property
    def column(self) -> Column:
        """What the rows are sorted by."""
        return list(Column)[self.sort_box.current()]

    def sort_by(self, column: Column) -> None:
        """Sort by a column, or turn the order round if it is sorted by it already."""
        self.is_descending = column is self.column and not self.is_descending
        self.sort_box.current(list(Column).index(column))
        self._show_order()
        self._on_change()

    def _turn_round(self) -> None:
        self.sort_by(self.column)

    def _show_order(self) -> None:
        put_icon(self.order_button, "sort-up" if self.is_descending else "sort-down", _ICON_SIZE)
        order = "Descending" if self.is_descending else "Ascending"
        self._order_tip.text = f"{order}; press to turn the order round"

    def _add(self, text: str, values: list[str]) -> ChoiceBox:
        ttk.Label(self, text=text)
        font = ttk.nametofont("BodyFont")
        # Tk counts in digits, which are wider than most letters.
        width = max(map(font.measure, values)) // font.measure("0") + 1
        box = ChoiceBox(self, self._on_change, values, width)
        box.current(0)
        return box
