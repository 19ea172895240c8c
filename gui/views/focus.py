"""Which widget has the keyboard's focus."""

import tkinter


def focused(widget: tkinter.Misc) -> tkinter.Misc | None:
    """Return the widget of this program that has the focus.

    None also while a drop-down is open or a menu is used by keyboard: Tk makes these itself, and
    ``focus_get`` raises ``KeyError`` for them.
    """
    try:
        return widget.focus_get()
    except KeyError:
        return None
