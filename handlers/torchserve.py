"""Starts TorchServe and stops it, with all its workers."""

import json
import os
import re
import shutil
import signal
import socket
import string
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import psutil

from handlers import watchdog
from handlers.access import TOKEN_VARIABLE
from handlers.archive import CONFIG
from handlers.java import find_java_home
from handlers.payload import MAX_REQUEST_BYTES

#: Seconds for an orderly end, before what is left is killed.
_PATIENCE: Final = 10.0
#: Linux opens a TCP port on a broadcast address, and lets nobody connect to it.
_UNREACHABLE: Final = "127.255.255.255"
_COMPLAINT: Final = re.compile("error|exception", re.IGNORECASE)
#: Of this program's environment: a secret that only the gateway needs, and what a launcher of
#: distributed programs sets, by which a worker would listen elsewhere.
_KEPT_BACK: Final = (TOKEN_VARIABLE, "LOCAL_RANK", "RANK", "WORLD_SIZE")


@dataclass(frozen=True)
class Ports:
    """TorchServe's ports on 127.0.0.1.

    Attributes:
        inference: Predictions and explanations.
        metrics: Metrics in Prometheus form.
        management: The management API, behind tokens as everything then is; ``None`` keeps it to
            this program.
    """

    inference: int
    metrics: int
    management: int | None = None


@dataclass(frozen=True)
class Endpoints:
    """How to reach a TorchServe.

    Attributes:
        inference: URL of the inference API.
        management: URL of the management API.
        management_socket: The Unix socket that leads there, if no TCP port does.
        key_file: Where TorchServe writes the tokens that it asks for, if it asks for any.
    """

    inference: str
    management: str
    management_socket: Path | None = None
    key_file: Path | None = None

    def authorization(self, api: Literal["inference", "management"]) -> dict[str, str]:
        """Return the headers that an API asks for; none before TorchServe has written its keys."""
        if self.key_file is None:
            return {}
        try:
            key = json.loads(self.key_file.read_text())[api]["key"]
        except (OSError, ValueError, LookupError):
            return {}
        return {"Authorization": f"Bearer {key}"}


class TorchServe:
    """A TorchServe that can be started and stopped, again and again.

    It has a process group of its own, so that a Ctrl-C in the terminal does not reach it before
    the gateway has closed, and so that none of its processes can be missed.

    Args:
        folder: A short-lived folder that holds ``skin_lesion.mar``; everything that TorchServe
            writes goes there.
        ports: Where it shall listen.
    """

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        #: Where TorchServe and its workers write what went wrong.
        self.log: Final = folder / "torchserve.log"
        self._console = folder / "console.log"
        self._settings = folder / "config.properties"
        self._log_config = folder / "log4j2.xml"
        self._metrics = folder / "metrics.yaml"
        self._ports = ports
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoints(self) -> Endpoints:
        """How to reach it."""
        inference = f"http://127.0.0.1:{self._ports.inference}"
        if self._ports.management is None:
            return Endpoints(inference, "http://localhost", self._folder / "management.sock")
        management = f"http://127.0.0.1:{self._ports.management}"
        return Endpoints(inference, management, None, self._folder / "key_file.json")

    @property
    def is_running(self) -> bool:
        """Whether the server process is alive; says nothing of the workers."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; it is not ready yet.

        Raises:
            JavaError: If there is no usable Java.
            OSError: If its folder can not be written.
        """
        self._write_settings()
        (self._folder / ".model_server.pid").unlink(missing_ok=True)
        command = [sys.executable, "-I", watchdog.__file__, str(self._folder)]
        command += [sys.executable, "-m", "ts.model_server", "--start", "--foreground"]
        command += ["--model-store", str(self._folder), "--no-config-snapshots"]
        command += ["--log-config", str(self._log_config)]
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                command,
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop every process of the group; does not return before they are gone."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(OSError):
                os.killpg(process.pid, number)
            deadline = time.monotonic() + _PATIENCE
            while _has_followers(process.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
        # Not before the watchdog is killed: it would take it for the end of this program.
        process.communicate()

    def last_error(self) -> str:
        """Return the last line in which TorchServe complained, for an error message."""
        lines: list[str] = []
        for path in (self._console, self.log):
            with suppress(OSError):
                lines += path.read_text(errors="replace").splitlines()
        telling = [line.strip() for line in lines if _COMPLAINT.search(line)]
        return (telling or ["it wrote nothing about it"])[-1]

    def _write_settings(self) -> None:
        managed = self._ports.management is not None
        management_socket = self.endpoints.management_socket
        template = string.Template((CONFIG / self._settings.name).read_text())
        self._settings.write_text(
            template.substitute(
                inference_port=self._ports.inference,
                metrics_port=self._ports.metrics,
                management_address=(
                    f"unix:{management_socket}" if management_socket else self.endpoints.management
                ),
                grpc_address=_grpc_address(),
                managed=str(managed).lower(),
                unmanaged=str(not managed).lower(),
                metrics_config=self._metrics,
                max_request_size=MAX_REQUEST_BYTES,
            )
        )
        # Java takes its path for a URL, which the path of this package might not make.
        for target in (self._log_config, self._metrics):
            shutil.copyfile(CONFIG / target.name, target)

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            **{name: value for name, value in os.environ.items() if name not in _KEPT_BACK},
            "JAVA_HOME": str(find_java_home()),
            # Such a variable of the user's would win over the option.
            "TS_CONFIG_FILE": str(self._settings),
            # TorchServe keeps its process id in Python's temporary directory, and unpacked
            # archives and worker sockets in Java's; shared, a second server would disturb it.
            "TMPDIR": folder,
            "TEMP": folder,
            "OMP_NUM_THREADS": "1",
            # glibc would keep freed memory in an arena for every thread.
            "MALLOC_ARENA_MAX": "2",
        }


def _grpc_address() -> str:
    """Return where nobody can reach gRPC, which nothing uses; loopback where nowhere is so."""
    with socket.socket() as probe, suppress(OSError):
        probe.bind((_UNREACHABLE, 0))
        return _UNREACHABLE
    return "127.0.0.1"


def _has_followers(leader: int) -> bool:
    for process in psutil.process_iter():
        with suppress(OSError, psutil.NoSuchProcess):
            follows = process.pid != leader and os.getpgid(process.pid) == leader
            if follows and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
