"""The server that the client starts on this computer, with everything that serving needs."""

import time
from collections.abc import Iterator

import psutil
import pytest
from processes import is_alive
from running_server import PORT_OPTIONS, START_TIMEOUT, free_ports
from serving_requests import image_file

from gui.client import AnalysisClient
from gui.errors import ClientError
from gui.local_server import LocalServer
from gui.server_address import ServerAddress

pytestmark = pytest.mark.timeout(2 * START_TIMEOUT)


@pytest.fixture
def ports() -> list[int]:
    return free_ports(len(PORT_OPTIONS))


@pytest.fixture
def local_server(ports: list[int]) -> Iterator[LocalServer]:
    options = [f"{option}={port}" for option, port in zip(PORT_OPTIONS, ports, strict=True)]
    server = LocalServer(["--workers", "1", *options])
    yield server
    server.stop()


def wait_until_healthy(server: LocalServer, client: AnalysisClient) -> None:
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end:
        server.check()
        try:
            if client.health().model_loaded:
                return
        except ClientError:
            pass  # not there yet
        time.sleep(0.5)
    pytest.fail(f"The server was not ready within {START_TIMEOUT} s.")


def test_it_serves_and_leaves_nothing_behind(local_server: LocalServer, ports: list[int]) -> None:
    client = AnalysisClient(ServerAddress(url=f"http://127.0.0.1:{ports[0]}"))
    others = set(psutil.Process().children(recursive=True))

    local_server.start()
    wait_until_healthy(local_server, client)
    processes = set(psutil.Process().children(recursive=True)) - others
    answer = client.predict(image_file())
    local_server.stop()

    assert len(processes) >= 3, "the supervisor, TorchServe and its worker"
    assert answer.success
    assert [process for process in processes if is_alive(process)] == []
