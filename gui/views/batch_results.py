"""The table of the batch."""

import tkinter
from collections import deque
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk

from gui import theme
from gui.batch import Row
from gui.batch_table import Column, Show, arrange, as_line, cells
from gui.views.batch_filters import BatchFilters
from gui.views.hiding_scrollbar import HidingScrollbar
from gui.views.risk_icons import DOUBT_ICON, RISK_ICONS
from gui.views.scroller import Scroller
from gui.views.wrapping_label import WrappingLabel
from handlers.schema import DISCLAIMER

_ICON_SIZE: Final = 16
_FAILED_ICON: Final = "x-circle-fill"
_OPEN_ICON: Final = "hourglass"
_WIDTHS: Final = {
    Column.RISK: 190,
    Column.FILE: 180,
    Column.MALIGNANT: 100,
    Column.CLASS: 100,
    Column.DIAGNOSIS: 260,
    Column.NOTE: 300,
}
_HINT: Final = "Enter or a double click opens the image of a row."
#: Rows that stay in view however long the note below is: the one that it is about, and others to
#: go on to.
_FEWEST_ROWS: Final = 3
#: Above the note, in pixels.
_GAP: Final = 2
#: Rows that are drawn at once; more would hold up the window.
_CHUNK: Final = 12


class BatchResults(ttk.Frame):
    """A row per image; Enter or a double click opens it.

    Attributes:
        table: The table itself; its items are the positions in the batch.
        detail: The whole note of the selected row, which its column may cut off.
        notes: Holds it; it scrolls, so that no length of a note hides all rows.
    """

    def __init__(
        self, master: tkinter.Misc, filters: BatchFilters, on_open: Callable[[int], None]
    ) -> None:
        super().__init__(master)
        self._filters = filters
        self._rows: tuple[Row, ...] = ()
        self._shown: list[Row] = []
        self._stale: deque[int] = deque()
        self._arrangement: tuple[Show, Column, bool] | None = None
        self._timer = ""
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.table = ttk.Treeview(
            self,
            columns=[column.name for column in Column],
            show="tree headings",
            height=_FEWEST_ROWS,
        )
        self.table.column("#0", stretch=False)
        for column in Column:
            self.table.heading(
                column.name,
                text=column.value,
                anchor="w",
                command=lambda column=column: filters.sort_by(column),
            )
        self.table.grid(row=0, column=0, sticky="nsew")
        down = HidingScrollbar(self, orient="vertical", command=self.table.yview)
        down.grid(row=0, column=1, sticky="ns")
        self._across = HidingScrollbar(self, orient="horizontal", command=self.table.xview)
        self._across.grid(row=1, column=0, sticky="ew")
        self.table.configure(yscrollcommand=down.set, xscrollcommand=self._across.set)
        self.notes = Scroller(self)
        self.notes.grid(row=2, column=0, columnspan=2, sticky="nsew", pady=(_GAP, 0))
        self.detail = WrappingLabel(self.notes, _HINT, "Muted.TLabel")
        self.detail.pack(fill="x")
        for widget in (self, self.table, self.notes):
            widget.bind("<Configure>", lambda _: self._fit(), "+")
        self.table.bind("<<TreeviewSelect>>", lambda _: self._show_detail())
        for sequence in ("<Double-Button-1>", "<Key-Return>"):
            self.table.bind(sequence, lambda event: self._open(event, on_open))
        self.table.bind("<FocusIn>", lambda _: self._focus_a_row())
        self.table.bind("<Shift-Up>", lambda _: self._extend(-1))
        self.table.bind("<Shift-Down>", lambda _: self._extend(1))
        self.bind("<<ThemeChanged>>", lambda _: self._restyle())
        self._restyle()

    def destroy(self) -> None:
        """Drop what has not been put into the table yet."""
        if self._timer:
            self.after_cancel(self._timer)
        super().destroy()

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show rows as the filters say; only what has changed is touched."""
        if len(rows) < len(self._shown) or (self._rows and rows[0].path != self._rows[0].path):
            # Those that the filter hides are not among the children.
            self.table.delete(*map(str, range(len(self._shown))))
            self._shown = []
        self._rows = rows
        self._stale = deque(
            index
            for index, row in enumerate(rows)
            if index >= len(self._shown) or row is not self._shown[index]
        )
        self._show_detail()
        self._fill()

    def select_all(self) -> None:
        """Select every row that is shown."""
        self.table.selection_set(self.table.get_children())

    def chosen(self) -> list[int]:
        """Return the positions of the selected rows, or without any of all that are shown."""
        return [int(item) for item in self.table.selection() or self.table.get_children()]

    def as_text(self) -> str:
        """Return the chosen rows with tabs, and the disclaimer below."""
        head = "\t".join(column.value for column in Column)
        lines = [as_line(self._rows[index]) for index in self.chosen()]
        return "\n".join([head, *lines, "", DISCLAIMER])

    def _fit(self) -> None:
        """Give the note the height that it asks for, as far as the selected row leaves room."""
        rows = self.table.winfo_reqheight() + self._across.winfo_reqheight() + _GAP
        room = max(self.winfo_height() - rows, 0)
        self.rowconfigure(2, minsize=min(self.notes.winfo_reqheight(), room) + _GAP)
        selection = self.table.selection()
        if len(selection) == 1:
            self.table.see(selection[0])

    def _open(self, event: "tkinter.Event[tkinter.Misc]", on_open: Callable[[int], None]) -> None:
        is_click = event.num == 1
        item = self.table.identify_row(event.y) if is_click else self.table.focus()
        if item:
            on_open(int(item))

    def _focus_a_row(self) -> None:
        # Tk's keys go on from the row that has the focus, and at first none has.
        items = self.table.get_children()
        if items and self.table.focus() not in items:
            self.table.focus(items[0])

    def _extend(self, step: int) -> str:
        """Select the next row (1) or the one before (-1) as well; going back deselects."""
        self._focus_a_row()
        here = self.table.focus()
        there = self.table.next(here) if step > 0 else self.table.prev(here)
        if there:
            if there in self.table.selection():
                self.table.selection_remove(here)
            else:
                self.table.selection_add(here, there)
            self.table.focus(there)
            self.table.see(there)
        return "break"

    def _show_detail(self) -> None:
        selection = self.table.selection()
        note = cells(self._rows[int(selection[0])])[Column.NOTE] if len(selection) == 1 else ""
        text = note or _HINT
        if text != str(self.detail.cget("text")):
            self.detail.configure(text=text)
            self.notes.yview_moveto(0)

    def _fill(self) -> None:
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        has_changed = bool(self._stale)
        for _ in range(min(_CHUNK, len(self._stale))):
            self._put(self._stale.popleft())
        filters = self._filters
        wanted = (filters.shown, filters.column, filters.is_descending)
        if self._stale:
            self._timer = self.after(20, self._fill)
        # All rows are put into order at the end only, or when the user asks for another.
        if wanted != self._arrangement or (has_changed and not self._stale):
            self._arrangement = wanted
            self._arrange(*wanted)

    def _put(self, index: int) -> None:
        row = self._rows[index]
        if index == len(self._shown):
            self.table.insert("", "end", str(index))
            self._shown.append(row)
        self._draw(index, row)
        self._shown[index] = row

    def _arrange(self, shown: Show, column: Column, is_descending: bool) -> None:
        order = arrange(self._rows[: len(self._shown)], shown, column, is_descending)
        items = tuple(map(str, order))
        if items != self.table.get_children():
            self.table.set_children("", *items)

    def _draw(self, index: int, row: Row) -> None:
        icon = self._icons[_icon(row)]
        self.table.item(str(index), values=list(cells(row).values()), image=icon)

    def _restyle(self) -> None:
        colours = theme.palette()
        tints = {
            RISK_ICONS["Low"]: colours.benign,
            RISK_ICONS["Moderate"]: colours.moderate,
            RISK_ICONS["High"]: colours.malignant,
            **dict.fromkeys((DOUBT_ICON, _FAILED_ICON, _OPEN_ICON), colours.muted),
        }
        self.table.column("#0", width=ttk.scale_size(self, 28 + theme.scaled(_ICON_SIZE)))
        self._icons = {
            name: ttk.Icon(name, size=theme.scaled(_ICON_SIZE), color=tint)
            for name, tint in tints.items()
        }
        for index, row in enumerate(self._shown):
            self._draw(index, row)
        font = ttk.nametofont("BodyFont")
        for column, width in _WIDTHS.items():
            needed = font.measure(column.value) + 30
            self.table.column(
                column.name,
                width=max(needed, theme.scaled(width)),
                minwidth=needed,
                stretch=column is Column.NOTE,
            )


def _icon(row: Row) -> str:
    if row.answer is None:
        return _OPEN_ICON if row.is_open else _FAILED_ICON
    prediction = row.answer.prediction
    return RISK_ICONS[prediction.risk.level] if prediction.input.in_distribution else DOUBT_ICON
