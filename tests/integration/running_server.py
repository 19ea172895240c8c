"""Starts a real server as a user does."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Seconds; a worker imports torch, and a training may be running beside it.
START_TIMEOUT = 240
STOP_TIMEOUT = 60
PORT_OPTIONS = ("--port", "--inference-port", "--metrics-port", "--management-port")


@dataclass(frozen=True)
class Server:
    """A server that was started.

    Attributes:
        process: The supervising process.
        gateway: URL of the REST API.
        torchserve: URL of TorchServe's inference API.
        metrics: URL of TorchServe's metrics.
        management: URL of TorchServe's management API, where it was started with ``--managed``.
    """

    process: subprocess.Popen[bytes]
    gateway: str
    torchserve: str
    metrics: str
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


def free_port_options() -> list[str]:
    """Return options that put every service on a port that nothing uses."""
    return _port_options(free_ports(len(PORT_OPTIONS)))


def _port_options(ports: Sequence[int]) -> list[str]:
    return [f"{option}={port}" for option, port in zip(PORT_OPTIONS, ports, strict=True)]


def start_server(folder: Path, *options: str) -> Server:
    """Start ``python -m handlers`` on free ports, in ``folder``; it is not ready yet."""
    ports = free_ports(len(PORT_OPTIONS))
    command = [sys.executable, "-m", "handlers", "--workers", "1", *_port_options(ports)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Server(process, *(f"http://127.0.0.1:{port}" for port in ports))


def wait_until_ready(server: Server, folder: Path) -> None:
    """Wait for the line that tells the user so."""
    for _ in range(2 * START_TIMEOUT):
        text = (folder / "server.log").read_text()
        if "Ready." in text:
            return
        assert server.process.poll() is None, text
        time.sleep(0.5)
    pytest.fail(f"The server was not ready within {START_TIMEOUT} s:\n{text}")
