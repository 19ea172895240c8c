"""Starts TorchServe and stops it, with all its workers."""

import os
import shutil
import signal
import string
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from handlers.archive import CONFIG
from handlers.java import find_java_home
from handlers.payload import MAX_REQUEST_BYTES

#: Seconds for an orderly end, before what is left is killed.
_PATIENCE: Final = 10.0
_LOG_LINES: Final = 20


@dataclass(frozen=True)
class Ports:
    """TorchServe's ports on 127.0.0.1."""

    inference: int
    management: int
    metrics: int


class TorchServe:
    """A running TorchServe; leaving the context stops it.

    It has a process group of its own, so that a Ctrl-C in the terminal does not reach it before
    the gateway has closed, and so that none of its processes can be missed.

    Args:
        folder: A short-lived folder that holds ``skin_lesion.mar``; everything that TorchServe
            writes goes there.
        ports: Where it shall listen.

    Raises:
        JavaError: On entering, if there is no usable Java.
    """

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        #: Where TorchServe and its workers write what went wrong.
        self.log: Final = folder / "torchserve.log"
        self._console = folder / "console.log"
        self._settings = folder / "config.properties"
        self._log_config = folder / "log4j2.xml"
        self._ports = ports

    def __enter__(self) -> Self:
        """Start it; it is not ready yet."""
        self._write_settings()
        command = [sys.executable, "-m", "ts.model_server", "--start", "--foreground"]
        command += ["--model-store", str(self._folder), "--no-config-snapshots"]
        command += ["--log-config", str(self._log_config)]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                command,
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop every process of the group; does not return before they are gone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(OSError):
                os.killpg(self._process.pid, number)
            deadline = time.monotonic() + _PATIENCE
            while self._has_members() and time.monotonic() < deadline:
                time.sleep(0.1)
        self._process.wait()

    @property
    def is_running(self) -> bool:
        """Whether the server process is alive; says nothing of the workers."""
        return self._process.poll() is None

    def log_tail(self) -> str:
        """Return the last lines that TorchServe wrote, for an error message."""
        lines: list[str] = []
        for path in (self._console, self.log):
            with suppress(FileNotFoundError):
                lines += path.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return "\n".join(lines)

    def _write_settings(self) -> None:
        template = string.Template((CONFIG / self._settings.name).read_text())
        ports = {f"{name}_port": port for name, port in asdict(self._ports).items()}
        self._settings.write_text(template.substitute(ports, max_request_size=MAX_REQUEST_BYTES))
        # Java takes its path for a URL, which the path of this package might not make.
        shutil.copyfile(CONFIG / self._log_config.name, self._log_config)

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            **os.environ,
            "JAVA_HOME": str(find_java_home()),
            # Such a variable of the user's would win over the option.
            "TS_CONFIG_FILE": str(self._settings),
            # TorchServe keeps its process id in Python's temporary directory, and unpacked
            # archives and worker sockets in Java's; shared, a second server would disturb it.
            "TMPDIR": folder,
            "TEMP": folder,
            # The handler reads JSON itself; TorchServe would log a traceback for malformed JSON.
            "TS_DECODE_INPUT_REQUEST": "false",
            "OMP_NUM_THREADS": "1",
        }

    def _has_members(self) -> bool:
        for process in psutil.process_iter():
            with suppress(OSError, psutil.NoSuchProcess):
                ours = os.getpgid(process.pid) == self._process.pid
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    return True
        return False
