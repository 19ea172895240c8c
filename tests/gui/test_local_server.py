"""The process that the client starts and stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gui.errors import LocalServerError
from gui.local_server import LocalServer

PATIENCE = 60.0


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A local server that runs a small program in the place of ``python -m handlers``."""
    package = tmp_path / "handlers"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import os, pathlib, sys, time\n"
        "if 'fail' in sys.argv:\n"
        "    sys.exit('skin-lesion-serve: Port 8080 is taken.')\n"
        "with pathlib.Path('started').open('a') as file:\n"
        "    file.write(f'{os.getpid()}\\n')\n"
        "if '--end-with-stdin' in sys.argv:\n"
        "    sys.stdin.read()\n"
        "else:\n"
        "    time.sleep(600)\n"
    )
    monkeypatch.chdir(tmp_path)
    server = LocalServer()
    yield server
    server.stop()


def started(folder: Path) -> list[int]:
    """Wait until something has been started, and return the process numbers."""
    end = time.monotonic() + PATIENCE
    while not (folder / "started").exists() or not (folder / "started").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    return [int(line) for line in (folder / "started").read_text().split()]


def wait_until_gone(process: int) -> None:
    end = time.monotonic() + PATIENCE
    while not has_ended(process):
        assert time.monotonic() < end
        time.sleep(0.05)


def has_ended(process: int) -> bool:
    try:
        # A zombie has ended, and waits for the system to notice.
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def check_until_it_ends(server: LocalServer) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        server.check()
        time.sleep(0.05)


def test_serving_is_found_here(server: LocalServer) -> None:
    assert server.is_installed(), "the development environment has everything"


def test_serving_is_missed_without_its_libraries(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.local_server._LIBRARIES", ("no_such_library",))

    assert not server.is_installed()


def test_it_starts_once_and_stops(server: LocalServer, tmp_path: Path) -> None:
    server.start()
    (process,) = started(tmp_path)
    server.start()
    server.check()

    server.stop()

    assert started(tmp_path) == [process]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_it_says_why_it_ended(tmp_path: Path, server: LocalServer) -> None:
    failing = LocalServer(["fail"])
    failing.start()

    with pytest.raises(LocalServerError, match="Port 8080 is taken"):
        check_until_it_ends(failing)
    failing.stop()


def test_it_can_be_started_again_after_it_died(server: LocalServer, tmp_path: Path) -> None:
    server.start()
    (process,) = started(tmp_path)
    os.kill(process, signal.SIGKILL)
    with pytest.raises(LocalServerError, match="without a word"):
        check_until_it_ends(server)

    server.start()
    server.check()


def test_it_does_not_outlive_a_client_that_is_killed(server: LocalServer, tmp_path: Path) -> None:
    program = "import time; from gui.local_server import LocalServer; LocalServer().start(); "
    client = subprocess.Popen([sys.executable, "-c", f"{program}time.sleep(600)"])
    try:
        (process,) = started(tmp_path)
    finally:
        client.kill()
        client.wait()

    wait_until_gone(process)
