"""The settings: server, token, timeouts and appearance."""

import tkinter
from typing import Final

import ttkbootstrap as ttk

from gui.errors import UserError
from gui.problem import Problem, problem_from
from gui.server_address import ServerAddress
from gui.services import Services
from gui.views.dialog import Dialog
from gui.views.notice import Notice
from gui.views.settings_form import SettingsForm
from gui.views.wrapping_label import WrappingLabel

_WHERE: Final = {
    "keyring": "The token is in the system's keyring.",
    "file": "There is no working keyring here; the token is in a file that only you can read.",
    "": "",
}
_EXPOSED: Final = "Without https, images and token can be read by others on the network. "


class SettingsDialog(Dialog):
    """A form with the buttons Test connection, Save and Cancel.

    Attributes:
        form: The fields.
    """

    def __init__(self, master: tkinter.Misc, services: Services, notice: Notice) -> None:
        super().__init__(master, "Settings")
        self._services = services
        self._notice = notice
        ttk.Label(self.body, text="Settings", style="Heading.TLabel").pack(anchor="w")
        self.form = SettingsForm(self.body, services.preferences.state)
        self.form.pack(fill="x", pady=(10, 8))
        self.result = WrappingLabel(self.body, " ", "Bold.TLabel")
        self.result.pack(fill="x", pady=(0, 10))
        self._token_before = ""
        self._read_token(services.preferences.state.server.url)
        self._add_buttons()
        self.open_at(self.form.url)

    def _add_buttons(self) -> None:
        row = ttk.Frame(self.body)
        row.pack(fill="x", side="bottom")
        self.test_button = ttk.Button(
            row, text="Test connection", command=self._test, bootstyle="secondary"
        )
        self.test_button.pack(side="left", padx=(0, 24))
        self.save_button = ttk.Button(row, text="Save", command=self._save, bootstyle="primary")
        ttk.Button(row, text="Cancel", command=self.destroy, bootstyle="secondary").pack(
            side="right"
        )
        self.save_button.pack(side="right", padx=8)

    def _read_token(self, url: str) -> None:
        def known(token: str) -> None:
            if self.winfo_exists() and not self.form.token.get():
                self._token_before = token
                self.form.token.insert(0, token)

        self._services.executor.submit(
            lambda: self._services.tokens.read(url), known, lambda _: None
        )

    def _test(self) -> None:
        server = self._server()
        if server is not None:
            self._say("Testing…")
            self._services.connection.test(server, self.form.token.get(), self._tested)

    def _tested(self, problem: Problem | None) -> None:
        if not self.winfo_exists():
            return
        if problem is not None:
            self._say(f"{problem.title}. {problem.message}", is_failure=True)
            return
        server = self._server()
        exposed = _EXPOSED if server is not None and server.is_eavesdroppable else ""
        self._say(f"It works: the server is ready. {exposed}")

    def _save(self) -> None:
        server = self._server()
        if server is None:
            return
        try:
            self._services.preferences.change(server=server, **self.form.appearance())
        except UserError as error:
            self._say(f"{error.title}. {error.message}", is_failure=True)
            return
        token = self.form.token.get().strip()
        if token == self._token_before:
            self._notice.tell("Settings saved.")
        else:
            self._keep_token(server, token)
        self.destroy()

    def _keep_token(self, server: ServerAddress, token: str) -> None:
        def kept(where: str) -> None:
            self._notice.tell(f"Settings saved. {_WHERE[where]}")
            self._services.connection.use(server)

        self._services.executor.submit(
            lambda: self._services.tokens.write(server.url, token),
            kept,
            lambda error: self._notice.complain(problem_from(error)),
        )

    def _server(self) -> ServerAddress | None:
        try:
            return self.form.server()
        except UserError as error:
            self._say(f"{error.title}. {error.message}", is_failure=True)
            return None

    def _say(self, text: str, is_failure: bool = False) -> None:
        self.result.configure(text=text, style="Offline.TLabel" if is_failure else "Ready.TLabel")
        self.update_idletasks()
        self.geometry(f"{self.winfo_width()}x{self.winfo_reqheight()}")
