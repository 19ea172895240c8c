"""The watchdog, with commands of its own: what it passes on, and what it outlives."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from handlers import watchdog

TIMEOUT = 60
_WAITING = "print('up', flush=True); import time; time.sleep(600)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "archive.mar").touch()
    return path


@pytest.fixture
def waiting(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A watchdog whose command has started and goes on."""
    process = start(folder, _WAITING)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    yield process
    process.kill()
    process.wait()


def start(folder: Path, script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", watchdog.__file__, folder, sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def hang_up(process: subprocess.Popen[bytes]) -> None:
    """Close its standard input, as the end of the server does."""
    assert process.stdin is not None
    process.stdin.close()


def is_gone(folder: Path) -> bool:
    """Whether nothing is left of it, under another name neither."""
    return not any(folder.parent.iterdir())


def test_the_status_of_the_command_is_passed_on(folder: Path) -> None:
    process = start(folder, "raise SystemExit(3)")
    assert process.wait(TIMEOUT) == 3
    assert folder.exists()


def test_it_ends_with_the_server(waiting: subprocess.Popen[bytes], folder: Path) -> None:
    hang_up(waiting)
    assert waiting.wait(TIMEOUT) == -signal.SIGKILL
    assert is_gone(folder)


def test_it_outlives_sigterm_and_its_command_does_not(
    waiting: subprocess.Popen[bytes], folder: Path
) -> None:
    (command,) = psutil.Process(waiting.pid).children()
    os.killpg(waiting.pid, signal.SIGTERM)
    assert psutil.wait_procs([command], TIMEOUT)[1] == []
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    assert folder.exists()
    hang_up(waiting)
    assert waiting.wait(TIMEOUT) == -signal.SIGKILL
    assert is_gone(folder)


def test_what_its_command_goes_on_writing_goes_too(folder: Path) -> None:
    script = f"""
import contextlib, itertools, pathlib
for number in itertools.count():
    with contextlib.suppress(FileNotFoundError):
        pathlib.Path({str(folder)!r}, str(number)).touch()
    if number == 3000:  # so many that their removal takes a while
        print("up", flush=True)
"""
    process = start(folder, script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    hang_up(process)
    assert process.wait(TIMEOUT) == -signal.SIGKILL
    assert is_gone(folder)
