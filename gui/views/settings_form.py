"""The fields of the settings, and what they mean."""

import tkinter
from collections.abc import Callable
from typing import Final

import ttkbootstrap as ttk
from pydantic import ValidationError

from gui.errors import BadAddressError, SettingError
from gui.preferences import FONT_PERCENTS, Settings
from gui.server_address import ServerAddress, ServerKind, check_token, without_password

_KINDS: Final[dict[ServerKind, str]] = {
    "gateway": "Gateway (usual)",
    "torchserve": "TorchServe itself",
}


class SettingsForm(ttk.Frame):
    """Fields for every setting.

    Attributes:
        url: The field for the server's address; the focus goes there first.
        token: The field for the access token.
        on_address: Called whenever the text in the field for the address has changed.
    """

    def __init__(self, master: tkinter.Misc, settings: Settings) -> None:
        super().__init__(master)
        self.columnconfigure(1, weight=1)
        self._rows = 0
        server = settings.server
        self.on_address: Callable[[], None] = lambda: None
        self.url = self._entry("Server address", server.url)
        self._address = ttk.StringVar(self, server.url)
        self._address.trace_add("write", lambda *_: self.on_address())
        self.url.configure(textvariable=self._address)
        self._kind = self._choice("Kind of server", list(_KINDS.values()), _KINDS[server.kind])
        self.token = self._entry("Access token (optional)", "", show="•")
        self._connect_timeout = self._entry("Seconds to connect", f"{server.connect_timeout:g}")
        self._answer_timeout = self._entry("Seconds to answer", f"{server.answer_timeout:g}")
        sizes = [f"{percent}%" for percent in FONT_PERCENTS]
        self._font = self._choice("Size of text", sizes, f"{settings.font_percent}%")
        self._is_dark = self._check("Dark", settings.mode == "dark")
        self._remembers = self._check(
            "Remember the names of recent images", settings.remember_recent
        )

    @property
    def address(self) -> str:
        """The text in the field for the address, without blanks around and a slash behind it."""
        return self.url.get().strip().rstrip("/")

    def access_token(self) -> str:
        """Return the access token without blanks around it.

        Raises:
            TokenError: If it can not be one.
        """
        return check_token(self.token.get().strip())

    def server(self) -> ServerAddress:
        """Return the server that is described.

        Raises:
            BadAddressError: If the address is not one.
            SettingError: If a number of seconds is not one.
        """
        url = self.address
        if not url.lower().startswith(("http://", "https://")):
            raise BadAddressError(f"'{without_password(url)}' can not be used.")
        kind = next(kind for kind, text in _KINDS.items() if text == self._kind.get())
        try:
            return ServerAddress(
                url=url,
                kind=kind,
                connect_timeout=_seconds(self._connect_timeout.get()),
                answer_timeout=_seconds(self._answer_timeout.get()),
            )
        except ValidationError as error:
            raise SettingError("Both must be above 0 and at most 600 seconds.") from error

    def appearance(self) -> dict[str, object]:
        """Return the other settings, by their names in :class:`gui.preferences.Settings`."""
        return {
            "mode": "dark" if self._is_dark.get() else "light",
            "font_percent": int(self._font.get().removesuffix("%")),
            "remember_recent": self._remembers.get(),
        }

    def _entry(self, text: str, value: str, show: str = "") -> ttk.Entry:
        entry = ttk.Entry(self, width=36, font="BodyFont", show=show)
        entry.insert(0, value)
        self._place(text, entry)
        return entry

    def _choice(self, text: str, values: list[str], value: str) -> ttk.Combobox:
        box = ttk.Combobox(self, values=values, state="readonly", font="BodyFont")
        box.set(value)
        self._place(text, box)
        return box

    def _check(self, text: str, value: bool) -> ttk.BooleanVar:
        variable = ttk.BooleanVar(self, value)
        self._place("", ttk.Checkbutton(self, text=text, variable=variable))
        return variable

    def _place(self, text: str, widget: tkinter.Widget) -> None:
        ttk.Label(self, text=text).grid(row=self._rows, column=0, sticky="w", pady=4, padx=(0, 16))
        widget.grid(row=self._rows, column=1, sticky="ew", pady=4)
        self._rows += 1


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise SettingError(f"'{text}' is not a number of seconds.") from error
