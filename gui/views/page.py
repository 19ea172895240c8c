"""What the result pane shows, one at a time."""

import ttkbootstrap as ttk


class Page(ttk.Frame):
    """Base of the pages.

    Attributes:
        button: The best thing to do here, if there is any; the keyboard's focus goes to it.
    """

    button: ttk.Button | None = None

    def scroll(self, pages: int) -> None:
        """Scroll by so many screens, upwards if negative; a page that always fits does nothing."""
