"""The processes of a running server."""

import time
from collections.abc import Callable

import psutil
import pytest
from running_server import START_TIMEOUT, Server


def descendants(server: Server) -> list[psutil.Process]:
    """Return every process that the server has started."""
    return psutil.Process(server.process.pid).children(recursive=True)


def workers(server: Server) -> list[psutil.Process]:
    """Return the processes that run the network."""
    return [
        process for process in descendants(server) if _mentions(process, "model_service_worker")
    ]


def java(server: Server) -> psutil.Process:
    """Return TorchServe's own process."""
    return next(one for one in descendants(server) if one.name().startswith("java"))


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process has not ended."""
    try:
        # A zombie has ended, and waits for the system to notice.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    for _ in range(10 * START_TIMEOUT):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"This did not happen within {START_TIMEOUT} s.")


def _mentions(process: psutil.Process, word: str) -> bool:
    try:
        return any(word in part for part in process.cmdline())
    except psutil.NoSuchProcess:
        return False
