"""How the command line ends, with a real TorchServe that need not become ready."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiohttp.test_utils import unused_port

pytestmark = pytest.mark.timeout(600)

TIMEOUT = 240
PORT_OPTIONS = ("--port", "--inference-port", "--metrics-port")


class Server:
    """``python -m handlers`` as another program starts it, in a process group of its own."""

    def __init__(self, artefact: Path, folder: Path, *before: str) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._log = folder / "server.log"
        command = [*before, sys.executable, "-m", "handlers", "--model-store", str(artefact)]
        command += ["--workers=1", "--end-with-stdin"]
        command += [f"{option}={unused_port()}" for option in PORT_OPTIONS]
        # As in a terminal, also where the tests themselves run under nohup.
        handler = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "TMPDIR": str(self.temporary)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        signal.signal(signal.SIGHUP, handler)

    @property
    def log(self) -> str:
        """What it has written."""
        return self._log.read_text()

    def wait_for(self, command: str) -> list[psutil.Process]:
        """Wait until it runs a command; return its descendants then."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log
            family = psutil.Process(self.process.pid).children(recursive=True)
            if any(_mentions(process, command) for process in family):
                return family
            time.sleep(0.02)
        pytest.fail(f"It did not run {command} within {TIMEOUT} s: {self.log}")

    def assert_it_ends_in_order(self, family: list[psutil.Process]) -> None:
        """Wait for its end, which must leave neither processes nor files."""
        assert self.process.wait(TIMEOUT) == 0, self.log
        assert self.log.splitlines()[-1] == "Stopped."
        assert "Traceback" not in self.log
        assert psutil.wait_procs(family, timeout=10)[1] == []
        assert list(self.temporary.iterdir()) == []


@pytest.fixture
def before() -> list[str]:
    """What stands before the command."""
    return []


@pytest.fixture
def server(artefact: Path, tmp_path: Path, before: list[str]) -> Iterator[Server]:
    server = Server(artefact, tmp_path, *before)
    yield server
    server.process.kill()
    server.process.communicate()


def test_ctrl_c_while_the_archive_is_built(server: Server) -> None:
    family = server.wait_for("model_packaging")
    os.killpg(server.process.pid, signal.SIGINT)
    server.assert_it_ends_in_order(family)


def test_the_end_of_its_terminal(server: Server) -> None:
    family = server.wait_for("model_packaging")
    os.killpg(server.process.pid, signal.SIGHUP)
    server.assert_it_ends_in_order(family)


@pytest.mark.parametrize("before", [["nohup"]])
def test_the_end_of_its_terminal_under_nohup(server: Server) -> None:
    family = server.wait_for("org.pytorch.serve.ModelServer")
    status = Path(f"/proc/{server.process.pid}/status")
    if status.exists():  # Linux tells which signals a process ignores
        ignored = re.search(r"^SigIgn:\s*(\w+)$", status.read_text(), re.MULTILINE)
        assert ignored is not None
        assert int(ignored[1], 16) & 1 << (signal.SIGHUP - 1)
    server.process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(1)
    hang_up(server)
    server.assert_it_ends_in_order(family)


def hang_up(server: Server) -> None:
    assert server.process.stdin is not None
    server.process.stdin.close()


def hang_up_after_sigterm(server: Server) -> None:
    server.process.terminate()
    hang_up(server)


@pytest.mark.parametrize("end", [hang_up, hang_up_after_sigterm])
def test_the_end_of_standard_input(server: Server, end: Callable[[Server], None]) -> None:
    family = server.wait_for("org.pytorch.serve.ModelServer")
    end(server)
    server.assert_it_ends_in_order(family)


def _mentions(process: psutil.Process, word: str) -> bool:
    try:
        return any(word in part for part in process.cmdline())
    except psutil.NoSuchProcess:
        return False
