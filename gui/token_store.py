"""Keeps the servers' access tokens where only the user can read them.

In the system's keyring when there is a working one, else in a private file. Each token belongs to
the address it was entered for, so that no other server ever gets it. A keyring may ask the user to
unlock it and so take its time: call these from a worker.
"""

import json
import logging
from pathlib import Path
from typing import Final

from gui.errors import SaveError
from gui.files import write_file
from gui.preferences import APPLICATION

_LOG: Final = logging.getLogger(__name__)
_FILE: Final = "tokens.json"
#: keyring's own bound between back ends that protect their content and those that do not.
_MIN_PRIORITY: Final = 1


class TokenStore:
    """Reads and writes tokens by the server's address."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; nothing is read yet.

        Args:
            folder: Where the private file is, if one is needed.
        """
        self._path = folder / _FILE
        self._known: dict[str, str] = {}

    def read(self, url: str) -> str:
        """Return the token for an address; empty if there is none."""
        if url not in self._known:
            token = _from_keyring(url) or self._from_file().get(url, "")
            # One that was written meanwhile, from another thread, is newer.
            self._known.setdefault(url, token)
        return self._known[url]

    def write(self, url: str, token: str) -> str:
        """Keep a token, or forget the one that is kept if the new one is empty.

        Args:
            url: The server's address.
            token: The token.

        Returns:
            Where it is now: ``keyring``, ``file`` or, if it is empty, an empty string.

        Raises:
            SaveError: If it can not be kept.
        """
        self._known[url] = token
        in_keyring = _to_keyring(url, token)
        before = self._from_file()
        tokens = {other: kept for other, kept in before.items() if other != url}
        if token and not in_keyring:
            tokens[url] = token
        if tokens != before:
            self._to_file(tokens)
        if not token:
            return ""
        return "keyring" if in_keyring else "file"

    def _from_file(self) -> dict[str, str]:
        try:
            content = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _LOG.warning("'%s' can not be read: %s", self._path, error)
            return {}
        return {str(url): str(token) for url, token in dict(content).items()}

    def _to_file(self, tokens: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SaveError(f"'{self._path}': {error.strerror or error}.") from error
        write_file(self._path, json.dumps(tokens).encode(), is_private=True)


def _from_keyring(url: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        if keyring.get_keyring().priority < _MIN_PRIORITY:
            return ""
        return keyring.get_password(APPLICATION, url) or ""
    except (KeyringError, RuntimeError) as error:
        _LOG.warning("The system's keyring does not work: %s", error)
        return ""


def _to_keyring(url: str, token: str) -> bool:
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        if keyring.get_keyring().priority < _MIN_PRIORITY:
            return False
        if token:
            keyring.set_password(APPLICATION, url, token)
        else:
            keyring.delete_password(APPLICATION, url)
    except PasswordDeleteError:
        return True  # there was none
    except (KeyringError, RuntimeError) as error:
        _LOG.warning("The system's keyring does not work: %s", error)
        return False
    return True
