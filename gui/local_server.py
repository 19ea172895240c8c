"""A server on this computer that lives no longer than the client."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO, Final

from gui.errors import LocalServerError

#: What ``python -m handlers`` needs beside the client's own libraries.
_LIBRARIES: Final = ("aiohttp", "model_archiver", "openvino", "torch", "ts")
#: Seconds; the server lets requests end for 30, and then TorchServe its workers for 20.
_STOP_TIMEOUT: Final = 60
_TAIL_BYTES: Final = 2000


class LocalServer:
    """Starts ``python -m handlers`` once and stops it."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Remember the options; nothing is started yet.

        Args:
            options: Passed on to the command.
        """
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def is_installed(self) -> bool:
        """Whether serving is installed here and can run on this system."""
        return os.name == "posix" and all(map(importlib.util.find_spec, _LIBRARIES))

    def start(self) -> None:
        """Start the server, unless it runs.

        Raises:
            LocalServerError: If it can not be started.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        self._log = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "handlers", "--end-with-stdin", *self._options],
                # Nothing is written to it: it closes even if this process is killed.
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise LocalServerError(f"{sys.executable}: {error.strerror or error}.") from error

    def check(self) -> None:
        """See whether the server still runs.

        Raises:
            LocalServerError: If it has ended by itself; with the last lines it wrote.
        """
        if self._process is None or self._process.poll() is None or self._log is None:
            return
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _TAIL_BYTES))
        tail = self._log.read().decode(errors="replace").strip()
        raise LocalServerError(f"It said: {tail}" if tail else "It ended without a word.")

    def stop(self) -> None:
        """Stop the server if it runs, and wait until it has stopped."""
        if self._process is None:
            return
        # Leaving the context closes its standard input.
        with self._process:
            self._process.terminate()
            try:
                self._process.wait(_STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process = None
