"""Icons that keep up with the size of the texts."""

import tkinter

import ttkbootstrap as ttk

from gui import theme


def put_icon(widget: tkinter.Widget, name: str, size: int) -> None:
    """Put an icon on a label or button, in the place of the one that it has.

    Args:
        widget: The label or button.
        name: Name of a Bootstrap icon.
        size: In logical pixels, at the usual size of the texts.
    """

    def draw() -> None:
        ttk.apply_icon(widget, name, size=theme.scaled(size))

    draw()
    widget.bind(theme.TEXTS_SCALED, lambda _: draw())
