"""A scrollbar that is there only when there is something to scroll."""

import ttkbootstrap as ttk


class HidingScrollbar(ttk.Scrollbar):
    """Scrollbar that hides while everything is in view; place it with ``grid``."""

    def set(self, first: float | str, last: float | str) -> None:
        """Show which part is in view, as shares of the whole."""
        if float(first) <= 0 and float(last) >= 1:
            self.grid_remove()
        else:
            self.grid()
        super().set(first, last)
