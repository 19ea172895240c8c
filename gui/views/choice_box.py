"""A box to choose one of several texts."""

import tkinter
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui import theme


class ChoiceBox(ttk.Combobox):
    """Read-only combobox that grows with the texts and shows no choice as marked."""

    def __init__(
        self,
        master: tkinter.Misc,
        on_choice: Callable[[], None],
        values: Sequence[str] = (),
        width: int = 1,
    ) -> None:
        """Create the box; nothing is chosen.

        Args:
            master: Parent widget.
            on_choice: Called after the user has chosen.
            values: What there is to choose from.
            width: In digits.
        """
        super().__init__(
            master, values=list(values), state="readonly", font="BodyFont", width=width
        )
        self._on_choice = on_choice
        self.bind("<<ComboboxSelected>>", lambda _: self._chosen())
        # Only a change of its options makes Tk place the text for the new size.
        self.bind(theme.TEXTS_SCALED, lambda _: self.configure(font="BodyFont"))

    def _chosen(self) -> None:
        self.selection_clear()
        self._on_choice()
