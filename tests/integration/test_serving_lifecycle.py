"""The real server from its start to its end, and through what can happen in between."""

import io
import json
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from PIL import Image
from processes import descendants, is_alive, java, until, workers
from running_server import (
    START_TIMEOUT,
    STOP_TIMEOUT,
    Server,
    free_port_options,
    start_server,
    wait_until_ready,
)
from serving_requests import TIMEOUT, as_json, image_file, predicted, refused

from handlers.schema import PredictResponse

# The server's own patience must run out first, so that its message is seen.
pytestmark = pytest.mark.timeout(4 * START_TIMEOUT)

TOKEN = "0123456789abcdef"  # noqa: S105 - it guards nothing


def test_three_ports_can_be_reached_from_this_machine_only(server: Server) -> None:
    processes = [psutil.Process(server.process.pid), *descendants(server)]
    listening = [
        (connection.laddr.ip, connection.laddr.port)
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    reachable = [address for address in listening if _can_connect(address)]
    assert {ip for ip, _ in reachable} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    urls = (server.gateway, server.torchserve, server.metrics)
    assert sorted(str(port) for _, port in reachable) == sorted(url.split(":")[-1] for url in urls)


def test_the_management_api_is_out_of_reach_and_registers_nothing(server: Server) -> None:
    folder = Path(workers(server)[0].environ()["TMPDIR"])
    assert folder.stat().st_mode & 0o077 == 0
    assert shutil.which("curl"), "this test needs curl"
    for method, path in (
        ("POST", "/models?url=http://127.0.0.1:1/other.mar"),
        ("POST", "/models?url=skin_lesion.mar&model_name=other"),
        ("DELETE", "/models/skin_lesion"),
        ("POST", "/workflows?url=http://127.0.0.1:1/other.war"),
    ):
        command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method]
        command += ["--unix-socket", str(folder / "management.sock"), f"http://localhost{path}"]
        status = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert 400 <= int(status) < 500, (method, path)
    assert requests.get(f"{server.gateway}/health", timeout=TIMEOUT).json()["model_loaded"]


def test_a_second_server_names_the_taken_port(server: Server, tmp_path: Path) -> None:
    port = server.gateway.rpartition(":")[2]
    second = start_server(tmp_path, "--port", port)
    assert second.process.wait(STOP_TIMEOUT) == 1
    log = (tmp_path / "server.log").read_text()
    assert log.startswith(f"skin-lesion-serve: Port {port} on 127.0.0.1")
    assert log.count("\n") == 1


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-m", "handlers", *free_port_options()],
        preexec_fn=no_large_files,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"skin-lesion-serve: The archive can not be built in .*\n", done.stderr)


def test_from_start_to_stop(tmp_path: Path) -> None:
    """Not ready, ready, asking for its token; SIGTERM lets it finish and leaves nothing behind."""
    (tmp_path / "token").write_text(TOKEN)
    server = start_server(tmp_path, "--token-file", str(tmp_path / "token"))
    try:
        until(lambda: _health(server) == (503, False))
        wait_until_ready(server, tmp_path)
        assert _health(server) == (200, True)
        assert refused(_predict(server, image_file(), "")) == (401, "unauthorized")
        assert predicted(_predict(server, image_file())).success
        family = descendants(server)

        with ThreadPoolExecutor(3) as pool:
            slow = [pool.submit(_predict, server, _slow_file()) for _ in range(3)]
            time.sleep(1)
            server.process.terminate()
            until(lambda: _is_refused_or_gone(server))
            assert [predicted(one.result()).success for one in slow] == [True] * 3
    finally:
        status = server.stop()
    assert status == 0
    assert not [process for process in family if is_alive(process)]
    assert {path.name for path in tmp_path.iterdir()} == {"server.log", "token"}
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert TOKEN not in log


def test_dying_workers_and_servers_are_replaced_and_lose_nothing(tmp_path: Path) -> None:
    server = start_server(tmp_path, "--workers", "2")
    try:
        wait_until_ready(server, tmp_path)
        _assert_the_printed_command_works(tmp_path)
        until(lambda: len(workers(server)) == 2)
        expected = predicted(requests.post(**_request(server), timeout=TIMEOUT))
        with _load(server) as answers:
            for _ in range(2):
                time.sleep(2)
                workers(server)[0].kill()
            time.sleep(2)
        assert len(answers) > 10
        assert all(predicted(answer.result()) == expected for answer in answers)

        java(server).kill()
        until(lambda: _health(server) == (503, False))
        until(lambda: _health(server) == (200, True))
        assert predicted(requests.post(**_request(server), timeout=TIMEOUT)) == expected
        assert '"event": "restart"' in (tmp_path / "server.log").read_text()

        family = descendants(server)
        folder = Path(workers(server)[0].environ()["TMPDIR"])
        server.process.kill()
        until(lambda: not [process for process in family if is_alive(process)])
        until(lambda: not folder.exists())
    finally:
        server.stop()
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_stopping_it_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    try:
        until(lambda: _health(server) == (503, False))
        family = descendants(server)
        assert family
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(STOP_TIMEOUT) == 0
    finally:
        server.stop()
    assert not [process for process in family if is_alive(process)]
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def _can_connect(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, TIMEOUT).close()
    except OSError:
        return False
    return True


@contextmanager
def _load(server: Server) -> Iterator[list["Future[requests.Response]"]]:
    """Keep four clients busy; their answers are complete when the context ends."""
    answers: list[Future[requests.Response]] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            answer: Future[requests.Response] = Future()
            answers.append(answer)
            try:
                answer.set_result(requests.post(**_request(server), timeout=TIMEOUT))
            except requests.RequestException as error:
                answer.set_exception(error)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(client)
        try:
            yield answers
        finally:
            stop.set()


def _request(server: Server) -> dict[str, object]:
    return {"url": f"{server.gateway}/predict", "json": as_json(image_file())}


def _predict(server: Server, data: bytes, token: str = TOKEN) -> requests.Response:
    headers = {"Content-Type": "image/png", "Authorization": f"Bearer {token}"}
    return requests.post(f"{server.gateway}/predict", data=data, headers=headers, timeout=TIMEOUT)


def _slow_file() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (6000, 6000), (200, 150, 120, 128)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _is_refused_or_gone(server: Server) -> bool:
    try:
        return refused(_predict(server, image_file())) == (503, "model_unavailable")
    except requests.ConnectionError:
        return True


def _assert_the_printed_command_works(folder: Path) -> None:
    (folder / "photo.jpg").write_bytes(image_file())
    (command,) = re.findall(r"^  (curl .*)$", (folder / "server.log").read_text(), re.MULTILINE)
    assert shutil.which("curl"), "this test needs curl"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=True)
    assert PredictResponse.model_validate_json(done.stdout).success


def _health(server: Server) -> tuple[int, bool] | None:
    try:
        response = requests.get(f"{server.gateway}/health", timeout=TIMEOUT)
    except requests.ConnectionError:
        return None
    return response.status_code, json.loads(response.content)["model_loaded"]
