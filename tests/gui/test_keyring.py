"""Tokens from one start of the client to the next, in a keyring that keyring itself has chosen."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

URL = "https://skin.example:5000"
_STORE = "import sys; from pathlib import Path; from gui.token_store import TokenStore; "
_WRITE = _STORE + "print(TokenStore(Path(sys.argv[1])).write(sys.argv[2], sys.argv[3]))"
_READ = _STORE + "print(TokenStore(Path(sys.argv[1])).read(sys.argv[2]))"

#: A keyring as somebody else may have installed it: it keeps what it gets in a file of its own.
_BACKEND = """
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

class Keyring(KeyringBackend):
    priority = 3
    path = pathlib.Path(__file__).with_name("vault.json")

    def _kept(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, username):
        return self._kept().get(f"{service} {username}")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps(self._kept() | {f"{service} {username}": password}))

    def delete_password(self, service, username):
        kept = self._kept()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError
        self.path.write_text(json.dumps(kept))
"""


class Client:
    """Starts a new process for everything, as a user does from day to day."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.folder = folder / "settings"
        self.vault = folder / "vault.json"
        (folder / "vault_keyring.py").write_text(_BACKEND)
        self.environment = os.environ | {
            "PYTHON_KEYRING_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
        }

    def write(self, token: str) -> str:
        return self._run(_WRITE, URL, token)

    def read(self) -> str:
        return self._run(_READ, URL)

    def _run(self, program: str, *arguments: str) -> str:
        command = [sys.executable, "-c", program, str(self.folder), *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return done.stdout.strip()


def test_the_keyring_that_the_user_has_chosen_keeps_the_token(tmp_path: Path) -> None:
    client = Client(tmp_path, "vault_keyring.Keyring")

    assert client.write("secret") == "keyring"

    assert client.read() == "secret"
    assert list(json.loads(client.vault.read_text()).values()) == ["secret"]
    assert not client.folder.exists(), "no copy is left in a file"
    assert client.write("") == ""
    assert client.read() == ""
    assert json.loads(client.vault.read_text()) == {}


def test_a_keyring_that_fails_in_its_own_way_is_none(tmp_path: Path) -> None:
    client = Client(tmp_path, "vault_keyring.Keyring")
    (tmp_path / "vault.json").write_text("{ damaged")

    command = [sys.executable, "-c", _READ, str(client.folder), URL]
    done = subprocess.run(command, env=client.environment, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "\n")


@pytest.mark.parametrize("backend", ["null", "fail"])
def test_without_a_keyring_a_private_file_keeps_it(tmp_path: Path, backend: str) -> None:
    client = Client(tmp_path, f"keyring.backends.{backend}.Keyring")

    assert client.write("secret") == "file"

    assert client.read() == "secret"
    modes = [
        stat.S_IMODE(path.stat().st_mode) for path in (client.folder, *client.folder.iterdir())
    ]
    assert modes == [0o700, 0o600]
    assert client.write("") == ""
    assert client.read() == ""
