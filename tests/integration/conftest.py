"""One real server for every test that wants one."""

from collections.abc import Iterator

import pytest
from running_server import Server, start_server, wait_until_ready


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server with the artefact of ``model_store``, ready, for the whole test run."""
    folder = tmp_path_factory.mktemp("server")
    server = start_server(folder)
    try:
        wait_until_ready(server, folder)
        yield server
    finally:
        server.stop()
