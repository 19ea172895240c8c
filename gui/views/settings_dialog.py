"""The settings: server, token, timeouts and appearance."""

import tkinter
from dataclasses import replace
from functools import partial
from typing import Final

import ttkbootstrap as ttk

from gui.errors import UserError
from gui.problem import Problem, problem_from
from gui.server_address import ServerAddress
from gui.services import Services
from gui.views.dialog import Dialog
from gui.views.notice import Notice
from gui.views.scroller import Scroller
from gui.views.settings_form import SettingsForm
from gui.views.wrapping_label import WrappingLabel

_WHERE: Final = {
    "keyring": "The token is in the system's keyring.",
    "file": "There is no working keyring here; the token is in a file that only you can read.",
    "": "",
}
_EXPOSED: Final = "Without https, images and token can be read by others on the network."
_FOR_NOW: Final = "What you have entered holds until the client closes."
_MAY_NEED: Final = "Analyses may need an access token."


class SettingsDialog(Dialog):
    """A form with the buttons Test connection, Save and Cancel.

    Attributes:
        form: The fields.
        result: What came of the last button.
        results: Holds it; it scrolls, so that no length of it hides the buttons.
    """

    def __init__(self, master: tkinter.Misc, services: Services, notice: Notice) -> None:
        super().__init__(master, "Settings")
        self._services = services
        self._notice = notice
        ttk.Label(self.body, text="Settings", style="Heading.TLabel").pack(anchor="w")
        self.form = SettingsForm(self.body, services.preferences.state)
        self.form.pack(fill="x", pady=(10, 8))
        self.results = Scroller(self.body)
        self.result = WrappingLabel(self.results, " ", "Bold.TLabel")
        self.result.pack(fill="x")
        self._add_buttons()
        # After the buttons: what is packed last makes do with the room that is left.
        self.results.pack(fill="both", expand=True, pady=(0, 10))
        self.results.ask()
        #: The address whose stored token is known, and that token; a token belongs to one address.
        self._stored = ("", "")
        self._read_token()
        self.form.on_address = self._address_changed
        self.bind("<Prior>", lambda _: self.results.yview_scroll(-1, "pages"))
        self.bind("<Next>", lambda _: self.results.yview_scroll(1, "pages"))
        self.form.url.bind("<FocusOut>", lambda _: self._read_token())
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

    def _read_token(self) -> None:
        url = self.form.address

        def known(token: str) -> None:
            if not self.winfo_exists() or self.form.address != url:
                return
            self._stored = (url, token)
            if not self.form.token.get():
                self.form.token.insert(0, token)

        if self._stored[0] != url:
            self._services.executor.submit(
                lambda: self._services.tokens.read(url), known, lambda _: None
            )

    def _address_changed(self) -> None:
        url, token = self._stored
        if self.form.address == url:
            return
        if self.form.token.get() == token:
            self.form.token.delete(0, "end")
        self._stored = ("", "")

    def _test(self) -> None:
        entered = self._entered()
        if entered is None:
            return
        server, token = entered
        is_known = bool(token) or self._stored[0] == server.url
        sent = token if is_known else None
        self._say("Testing…")
        self._services.connection.test(server, sent, partial(self._tested, server, sent))

    def _tested(self, server: ServerAddress, sent: str | None, problem: Problem | None) -> None:
        if not self.winfo_exists():
            return
        if problem is not None:
            self._say(f"{problem.title}. {problem.message}", is_failure=True)
            return
        # The test has just read the stored token, so this waits for no keyring.
        token = self._services.tokens.read(server.url) if sent is None else sent
        hints = ["It works: the server is ready."]
        if not token:
            # A health check needs none, so it can not tell whether an analysis does.
            hints.append(_MAY_NEED)
        if server.is_eavesdroppable:
            hints.append(_EXPOSED)
        self._say(" ".join(hints))

    def _save(self) -> None:
        entered = self._entered()
        if entered is None:
            return
        server, token = entered
        url, stored = self._stored
        problem = self._keep_settings(server)
        # An empty field before the stored token is known does not mean to forget that.
        if token == (stored if url == server.url else ""):
            self._conclude(problem)
        else:
            self._keep_token(server, token, problem)
        self.destroy()

    def _keep_settings(self, server: ServerAddress) -> Problem | None:
        try:
            self._services.preferences.change(server=server, **self.form.appearance())
        except UserError as error:
            return problem_from(error)
        return None

    def _keep_token(self, server: ServerAddress, token: str, problem: Problem | None) -> None:
        # Like the settings, a token that could not be kept holds until the client closes.
        def use() -> None:
            # A keyring may ask its user first, who may have chosen another server meanwhile.
            if self._services.preferences.state.server == server:
                self._services.connection.use(server)

        def kept(where: str) -> None:
            use()
            self._conclude(problem, where)

        def failed(error: Exception) -> None:
            use()
            self._conclude(problem or problem_from(error))

        self._services.executor.submit(
            lambda: self._services.tokens.write(server.url, token), kept, failed
        )

    def _conclude(self, problem: Problem | None, where: str = "") -> None:
        if problem is None:
            is_exposed = self._services.preferences.state.server.is_eavesdroppable
            hints = ("Settings saved.", _WHERE[where], _EXPOSED if is_exposed else "")
            self._notice.tell(" ".join(filter(None, hints)))
            return
        message = f"{problem.message} {_FOR_NOW} {_WHERE[where]}".rstrip()
        self._notice.complain(replace(problem, message=message))

    def _entered(self) -> tuple[ServerAddress, str] | None:
        try:
            return self.form.server(), self.form.access_token()
        except UserError as error:
            self._say(f"{error.title}. {error.message}", is_failure=True)
            return None

    def _say(self, text: str, is_failure: bool = False) -> None:
        self.result.configure(text=text, style="Offline.TLabel" if is_failure else "Ready.TLabel")
        self.results.ask()
        self.fit()
