"""A frame that scrolls when its content is too high."""

import tkinter

import ttkbootstrap as ttk


class Scroller(ttk.ScrolledFrame):
    """Scrolled frame whose bar hides while everything is in view.

    It asks for no height of its own, unless :meth:`ask` is called: the layout decides. The room for
    the bar is kept, so that the content does not move when it comes and goes.
    """

    def __init__(self, master: tkinter.Misc, style: str = "TFrame") -> None:
        """Create an empty frame.

        Args:
            master: Parent widget.
            style: A ttk style of frames.
        """
        super().__init__(master, padding=0, height=1)
        self.configure(style=style)
        self.container.configure(style=style)
        for widget in (self, self.container):
            widget.bind("<Configure>", lambda _: self.after_idle(self._fit_bar), "+")

    def ask(self) -> None:
        """Ask for the height that shows the present content without scrolling."""
        self.update_idletasks()
        self.container.grid_propagate(False)
        self.container.configure(height=self.winfo_reqheight())

    def _fit_bar(self) -> None:
        if not self.winfo_exists():
            return
        if self.yview() == (0.0, 1.0):
            self.hide_scrollbars()
        else:
            self.show_scrollbars()
