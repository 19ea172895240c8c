"""Shows an image that can be magnified and moved."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk
from PIL import Image, ImageTk

from gui import theme
from gui.executor import Executor
from gui.full_pixels import FullPixels
from gui.image_file import ImageFile
from gui.rendering import render
from gui.viewport import Viewport

_ZOOM_STEP: Final = 1.25
#: How far an arrow key moves the image, in screen pixels.
_PAN_STEP: Final = 60


class ImageView(ttk.Canvas):
    """Canvas with the visible part of one image.

    Attributes:
        viewport: Which part is seen.
        on_move: Called after the user has magnified or moved the image.
    """

    def __init__(self, master: tkinter.Misc, executor: Executor) -> None:
        """Create a view of no image.

        Args:
            master: Parent widget.
            executor: Loads all pixels once the preview has fewer than the screen could show.
        """
        super().__init__(master, autostyle=False, highlightthickness=2, takefocus=True)
        self.configure(width=1, height=1)  # the layout decides
        self.viewport = Viewport()
        self.on_move: Callable[[Viewport], None] = lambda _: None
        self._pixels = FullPixels(executor, self._redraw)
        self._image: ImageFile | None = None
        self._heatmap: Image.Image | None = None
        self._opacity = 0.0
        self._photo: ImageTk.PhotoImage | None = None
        self._grip = (0, 0)
        self._timer = ""
        self._bind_mouse()
        self.bind("<Key-Left>", lambda _: self._pan(_PAN_STEP, 0))
        self.bind("<Key-Right>", lambda _: self._pan(-_PAN_STEP, 0))
        self.bind("<Key-Up>", lambda _: self._pan(0, _PAN_STEP))
        self.bind("<Key-Down>", lambda _: self._pan(0, -_PAN_STEP))
        self.bind("<Configure>", self._resized)
        self.bind("<Unmap>", lambda _: self._pixels.release())
        self.bind("<<ThemeChanged>>", lambda _: self._redraw())

    def show(
        self, image: ImageFile | None, heatmap: Image.Image | None = None, opacity: float = 0.0
    ) -> None:
        """Show an image, with a heatmap of an opacity in ``[0, 1]`` over it."""
        if image is not self._image:
            self._pixels.release()
            if image is not None:
                self.viewport = self.viewport.show((image.width, image.height))
        self._image, self._heatmap, self._opacity = image, heatmap, opacity
        self._redraw()

    def zoom(self, steps: int, at: tuple[float, float] | None = None) -> None:
        """Magnify by so many steps, or shrink if negative, around a place in the window."""
        self._move(self.viewport.zoom(_ZOOM_STEP**steps, at))

    def fit(self) -> None:
        """Show the whole image."""
        self._move(self.viewport.fit())

    def actual_size(self) -> None:
        """Show one image pixel as one screen pixel."""
        self._move(self.viewport.actual_size())

    def follow(self, viewport: Viewport) -> None:
        """Show the same place as another view."""
        self.viewport = viewport.resize(self.viewport.window)
        self._redraw()

    def destroy(self) -> None:
        """Drop the pixels, and a drawing that has not been made yet."""
        self._pixels.release()
        if self._timer:
            self.after_cancel(self._timer)
        super().destroy()

    def _bind_mouse(self) -> None:
        self.bind("<MouseWheel>", lambda event: self._wheel(event, 1 if event.delta > 0 else -1))
        self.bind("<Button-4>", lambda event: self._wheel(event, 1))
        self.bind("<Button-5>", lambda event: self._wheel(event, -1))
        self.bind("<ButtonPress-1>", self._grab)
        self.bind("<B1-Motion>", self._drag)
        self.bind("<Double-Button-1>", lambda _: self.fit())

    def _wheel(self, event: "tkinter.Event[tkinter.Misc]", steps: int) -> str:
        self.zoom(steps, (event.x, event.y))
        return "break"

    def _grab(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self.focus_set()
        self._grip = (event.x, event.y)

    def _drag(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        x, y = self._grip
        self._grip = (event.x, event.y)
        self._pan(event.x - x, event.y - y)

    def _pan(self, right: float, down: float) -> None:
        self._move(self.viewport.pan(right, down))

    def _move(self, viewport: Viewport) -> None:
        self.viewport = viewport
        self._redraw()
        self.on_move(viewport)

    def _resized(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self.viewport = self.viewport.resize((max(1, event.width), max(1, event.height)))
        self._redraw()

    def _redraw(self) -> None:
        # Many events in a row make one drawing.
        if not self._timer:
            self._timer = self.after_idle(self._draw)

    def _draw(self) -> None:
        self._timer = ""
        colours = theme.palette()
        self.delete("all")
        self._photo = None
        self.configure(
            background=colours.card.background,
            highlightbackground=colours.border,
            highlightcolor=colours.accent,
        )
        if self._image is None or min(self.viewport.window) < 2:
            return
        pixels = self._pixels.image or self._image.preview
        if self._is_coarse(pixels) and self.winfo_ismapped():
            self._pixels.need(self._image)
        picture = render(pixels, self.viewport, self._heatmap, self._opacity)
        self._photo = ImageTk.PhotoImage(picture, master=self)
        _, (left, top, _, _) = self.viewport.visible()
        self.create_image(left, top, image=self._photo, anchor="nw")

    def _is_coarse(self, pixels: Image.Image) -> bool:
        full = self.viewport.image[0]
        return pixels.width < full and self.viewport.actual_scale > 1.05 * pixels.width / full
