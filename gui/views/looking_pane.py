"""The image with its explanation, and the tools to look at it."""

import tkinter
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.services import Services
from gui.shortcuts import Shortcut
from gui.state import Look, State
from gui.views.action_button import ActionButton
from gui.views.flow_frame import FlowFrame
from gui.views.image_view import ImageView
from gui.views.wrapping_label import WrappingLabel

#: Of the image, in logical pixels; large texts must not crowd it out.
_MIN_HEIGHT = 120
_TOOLS_GAP = 8
_HINT_GAP = 6
_HINT = "Yellow speaks most for malignancy, dark not at all. Only a hint."


class LookingPane(ttk.Frame):
    """One or two views of the image above their tools.

    Attributes:
        plain: The image, with the explanation over it in that look.
        explained: The image with the explanation, when both are shown side by side.
        tools: The buttons; with large texts they need more rows.
    """

    def __init__(self, master: tkinter.Misc, services: Services) -> None:
        super().__init__(master)
        self._viewmodel = services.images
        self._state = State()
        self.columnconfigure((0, 1), weight=1)
        self.rowconfigure(0, weight=1, minsize=ttk.scale_size(self, _MIN_HEIGHT))
        self.plain, self.explained = (ImageView(self, services.executor) for _ in range(2))
        self.plain.grid(row=0, column=0, columnspan=2, sticky="nsew")
        self.plain.on_move = self.explained.follow
        self.explained.on_move = self.plain.follow
        self._hint = WrappingLabel(self, _HINT, "Muted.TLabel")
        self.tools = FlowFrame(self)
        self.tools.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(_TOOLS_GAP, 0))
        self._add_tools()
        for widget in (self, self.tools, self._hint):
            widget.bind("<Configure>", lambda _: self._fit_hint(), "+")
        self._viewmodel.subscribe(self._render)

    def toggle_explanation(self) -> None:
        """Show the explanation over the image, or hide it however it is shown."""
        is_on = self._viewmodel.state.look is not Look.PLAIN
        self._viewmodel.show(Look.PLAIN if is_on else Look.OVERLAY)

    def toggle_side_by_side(self) -> None:
        """Show the explanation beside the image, or over it if it was beside it."""
        is_split = self._viewmodel.state.look is Look.SIDE_BY_SIDE
        self._viewmodel.show(Look.OVERLAY if is_split else Look.SIDE_BY_SIDE)

    def _add_tools(self) -> None:
        self.overlay_button = self._add(
            "Show why", self.toggle_explanation, Shortcut.EXPLAIN, "lightbulb"
        )
        self.side_button = self._add(
            "",
            self.toggle_side_by_side,
            Shortcut.SIDE_BY_SIDE,
            "layout-split",
        )
        view = self.plain
        self.zoom_in = self._add("", lambda: view.zoom(1), Shortcut.ZOOM_IN, "zoom-in")
        self.zoom_out = self._add("", lambda: view.zoom(-1), Shortcut.ZOOM_OUT, "zoom-out")
        self.fit = self._add("", view.fit, Shortcut.FIT, "arrows-fullscreen")
        self.actual_size = self._add("100%", view.actual_size, Shortcut.ACTUAL_SIZE)
        self._strength = ttk.Frame(self.tools)
        self._strength.rowconfigure(0, weight=1)
        ttk.Label(self._strength, text="Strength").grid(row=0, column=0, padx=(0, 6))
        self.opacity = ttk.Scale(
            self._strength, from_=0, to=100, value=50, command=lambda _: self._draw()
        )
        self.opacity.grid(row=0, column=1)
        self.opacity.bind("<Key-Left>", lambda _: self._nudge(-5))
        self.opacity.bind("<Key-Right>", lambda _: self._nudge(5))

    def _add(
        self, text: str, command: Callable[[], None], shortcut: Shortcut, icon: str = ""
    ) -> ActionButton:
        return ActionButton(self.tools, text, icon, command, shortcut)

    def _nudge(self, step: int) -> str:
        self.opacity.set(min(100.0, max(0.0, self.opacity.get() + step)))
        self._draw()
        return "break"

    def _render(self, state: State) -> None:
        before, self._state = self._state, state
        is_on = state.look is not Look.PLAIN
        caption = "Explaining…" if state.is_explaining else "Hide why" if is_on else "Show why"
        self.overlay_button.configure(text=caption)
        for button in (self.overlay_button, self.side_button):
            button.configure(state="normal" if state.shows_result else "disabled")
        self.tools.show(self._strength, self._is_explained)
        self.tools.refresh()
        if state.look is not before.look:
            self._arrange(state.look)
        if state.case is not before.case or state.look is not before.look:
            self._draw()

    def _arrange(self, look: Look) -> None:
        is_split = look is Look.SIDE_BY_SIDE
        self.columnconfigure((0, 1), uniform="view" if is_split else "")
        if is_split:
            self.plain.grid(columnspan=1, padx=(0, 4))
            self.explained.grid(row=0, column=1, sticky="nsew", padx=(4, 0))
            self.explained.follow(self.plain.viewport)
        else:
            self.explained.grid_remove()
            self.plain.grid(columnspan=2, padx=0)
        self._fit_hint()

    @property
    def needed_height(self) -> int:
        """The height in pixels at which nothing has to be left out."""
        texts = self._hint.winfo_reqheight() + _HINT_GAP if self._is_explained else 0
        tools = self.tools.winfo_reqheight() + _TOOLS_GAP
        return int(ttk.scale_size(self, _MIN_HEIGHT)) + tools + texts

    @property
    def _is_explained(self) -> bool:
        return self._state.look is not Look.PLAIN

    def _fit_hint(self) -> None:
        if self._is_explained and self.winfo_height() >= self.needed_height:
            self._hint.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(_HINT_GAP, 0))
        else:
            self._hint.grid_remove()

    def _draw(self) -> None:
        case, look = self._state.case, self._state.look
        image, heatmap = (case.image, case.heatmap) if case else (None, None)
        opacity = self.opacity.get() / 100
        self.plain.show(image, heatmap if look is Look.OVERLAY else None, opacity)
        if image is None or look is Look.SIDE_BY_SIDE:
            self.explained.show(image, heatmap, opacity)
