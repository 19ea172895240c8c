"""Starts a real server as a user does."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Seconds; a worker imports torch, and a training may be running beside it.
START_TIMEOUT = 240
STOP_TIMEOUT = 60


@dataclass(frozen=True)
class Server:
    """A server that was started.

    Attributes:
        process: The supervising process.
        gateway: URL of the REST API.
        torchserve: URL of TorchServe's inference API.
        management: URL of TorchServe's management API.
    """

    process: subprocess.Popen[bytes]
    gateway: str
    torchserve: str
    management: str

    def stop(self) -> int:
        """Stop it as a service manager does, and return its exit status."""
        self.process.terminate()
        return int(self.process.wait(STOP_TIMEOUT))


def free_ports(count: int) -> list[int]:
    """Return TCP ports that nothing uses at the moment."""
    with ExitStack() as sockets:
        # Held open together, so that they differ.
        held = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in held]


def start_server(folder: Path, *options: str) -> Server:
    """Start ``python -m handlers`` on free ports, in ``folder``; it is not ready yet."""
    ports = free_ports(4)
    flags = ("--port", "--inference-port", "--management-port", "--metrics-port")
    command = [sys.executable, "-m", "handlers", "--workers", "1"]
    for flag, port in zip(flags, ports, strict=True):
        command += [flag, str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    return Server(process, *(f"http://127.0.0.1:{port}" for port in ports[:3]))


def wait_until_ready(server: Server, folder: Path) -> None:
    """Wait for the line that tells the user so."""
    for _ in range(2 * START_TIMEOUT):
        text = (folder / "server.log").read_text()
        if "Ready." in text:
            return
        assert server.process.poll() is None, text
        time.sleep(0.5)
    pytest.fail(f"The server was not ready within {START_TIMEOUT} s:\n{text}")
