"""The images of this session with their results."""

import tkinter
from typing import Final

import ttkbootstrap as ttk
from PIL import Image, ImageOps, ImageTk

from gui import theme
from gui.state import Case, State
from gui.viewmodel import ViewModel
from gui.views.hiding_scrollbar import HidingScrollbar

#: What the list keeps for itself beside picture and text, in pixels.
_MARGIN: Final = 44
#: Longer names of files are cut off.
_WIDEST: Final = "Moderate risk"
#: Of the page's width.
_MAX_SHARE: Final = 0.25


class SessionList(ttk.Frame):
    """List of thumbnails; the selected one is what the page shows.

    Attributes:
        list: The list itself; its items are the positions in the session.
    """

    def __init__(self, master: tkinter.Misc, viewmodel: ViewModel) -> None:
        super().__init__(master)
        self._viewmodel = viewmodel
        self._cases: tuple[Case, ...] = ()
        self._photos: list[ImageTk.PhotoImage] = []
        self._has_texts = True
        self.rowconfigure(1, weight=1)
        self._title = ttk.Label(self, text="This session", style="Bold.TLabel")
        self._title.grid(row=0, column=0, sticky="w", pady=(0, 6))
        self.list = ttk.Treeview(self, show="tree", selectmode="browse", style=theme.SESSION_STYLE)
        self.list.grid(row=1, column=0, sticky="nsew")
        bar = HidingScrollbar(self, orient="vertical", command=self.list.yview)
        bar.grid(row=1, column=1, sticky="ns")
        self.list.configure(yscrollcommand=bar.set)
        self.list.bind("<<TreeviewSelect>>", lambda _: self._selected())
        viewmodel.subscribe(self._render)

    def fit(self, page: int) -> None:
        """Use at most a share of a page's width in pixels; without room for texts, leave them out.

        The chosen image's name and result are beside the list in any case.
        """
        pictures = theme.SESSION_PICTURE + _MARGIN
        full = pictures + ttk.nametofont("BodyFont").measure(_WIDEST)
        self._has_texts = full <= _MAX_SHARE * page
        self.list.column("#0", width=full if self._has_texts else pictures, stretch=False)
        # A list that is shown asks for another width only with another option of its own.
        self.list.configure(height=self.list.cget("height"))
        if self._has_texts:
            self._title.grid()
        else:
            self._title.grid_remove()
        for index, case in enumerate(self._cases):
            self.list.item(str(index), text=self._text(case))

    def _text(self, case: Case) -> str:
        return f" {case.image.name}\n {case.result}" if self._has_texts else ""

    def _selected(self) -> None:
        selection = self.list.selection()
        if selection:
            self._viewmodel.select(int(selection[0]))

    def _render(self, state: State) -> None:
        if state.cases is not self._cases:
            self._fill(state.cases)
            self._cases = state.cases
        wanted = () if state.current is None else (str(state.current),)
        if self.list.selection() != wanted:
            self.list.selection_set(wanted)
            if wanted:
                self.list.focus(wanted[0])
                self.list.see(wanted[0])

    def _fill(self, cases: tuple[Case, ...]) -> None:
        if len(cases) < len(self._photos):
            self.list.delete(*self.list.get_children())
            self._photos.clear()
        for index, case in enumerate(cases):
            text = self._text(case)
            if index == len(self._photos):
                photo = ImageTk.PhotoImage(_square(case.image.thumbnail), master=self)
                self._photos.append(photo)
                self.list.insert("", "end", str(index), text=text, image=photo)
            elif case.result != self._cases[index].result:
                self.list.item(str(index), text=text)


def _square(thumbnail: Image.Image) -> Image.Image:
    return ImageOps.fit(thumbnail, (theme.SESSION_PICTURE, theme.SESSION_PICTURE))
