"""Keeps the servers' access tokens where only the user can read them.

In the system's keyring when there is a working one, else in a private file; what is in the file is
newer than what the keyring may have, for a keyring can be locked for a while. Each token belongs to
the address it was entered for, so that no other server ever gets it. A keyring may ask the user to
unlock it and so take its time: call these from a worker.
"""

import json
import logging
from pathlib import Path
from threading import Lock
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
        # Of several questions to unlock it, a keyring may leave the rest open for ever when the
        # user dismisses one.
        self._one_at_a_time = Lock()

    def read(self, url: str) -> str:
        """Return the token for an address; empty if there is none."""
        if url not in self._known:
            with self._one_at_a_time:
                self._look_up(url)
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
        with self._one_at_a_time:
            in_keyring = _to_keyring(url, token)
            self._update_file(url, token, in_keyring)
        if not token:
            return ""
        return "keyring" if in_keyring else "file"

    def _look_up(self, url: str) -> None:
        if url in self._known:
            return  # another thread has had the lock before
        token = self._from_file().get(url)
        if token is None:
            token = _from_keyring(url)
        # One that was written meanwhile, from another thread, is newer.
        self._known.setdefault(url, token)

    def _update_file(self, url: str, token: str, in_keyring: bool) -> None:
        before = self._from_file()
        tokens = {other: kept for other, kept in before.items() if other != url}
        if not in_keyring:
            # Even an empty one: what the keyring may have while it is locked is out of date.
            tokens[url] = token
        if tokens != before:
            self._to_file(tokens)

    def _from_file(self) -> dict[str, str]:
        try:
            content = dict(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return {}
        except (OSError, TypeError, ValueError) as error:
            _LOG.warning("'%s' can not be read: %s", self._path, error)
            return {}
        return {str(url): str(token) for url, token in content.items()}

    def _to_file(self, tokens: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SaveError(f"'{self._path}': {error.strerror or error}.") from error
        write_file(self._path, json.dumps(tokens).encode(), is_private=True)


def _from_keyring(url: str) -> str:
    import keyring

    try:
        if keyring.get_keyring().priority < _MIN_PRIORITY:
            return ""
        return keyring.get_password(APPLICATION, url) or ""
    except Exception as error:  # a back end may let the system's own errors through
        _LOG.warning("The system's keyring does not work: %s", error)
        return ""


def _to_keyring(url: str, token: str) -> bool:
    import keyring
    from keyring.errors import PasswordDeleteError

    try:
        if keyring.get_keyring().priority < _MIN_PRIORITY:
            return False
        if token:
            keyring.set_password(APPLICATION, url, token)
        else:
            keyring.delete_password(APPLICATION, url)
    except PasswordDeleteError:
        return True  # there was none
    except Exception as error:  # a back end may let the system's own errors through
        _LOG.warning("The system's keyring does not work: %s", error)
        return False
    return True
