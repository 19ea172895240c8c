"""The real server from outside: TorchServe, gateway and supervisor, with the released artefact."""

import base64
import io
import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import requests
from PIL import Image
from running_server import START_TIMEOUT, STOP_TIMEOUT, Server, start_server, wait_until_ready

from datamodules.labels import CODES
from handlers.model_spec import load_spec
from handlers.schema import DISCLAIMER, ErrorResponse, PredictResponse

# The server's own patience must run out first, so that its message is seen.
pytestmark = pytest.mark.timeout(3 * START_TIMEOUT)

TIMEOUT = 120
MODEL_STORE = Path(__file__).resolve().parents[2] / "model_store"


def image_file(
    seed: int = 0, file_format: str = "JPEG", size: tuple[int, int] = (600, 450)
) -> bytes:
    """Return the content of a file with a smooth random image."""
    coarse = np.random.default_rng(seed).integers(60, 230, (6, 8, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(buffer, file_format)
    return buffer.getvalue()


def as_json(data: bytes) -> dict[str, str]:
    return {"image": base64.b64encode(data).decode()}


def predicted(response: requests.Response) -> PredictResponse:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    return PredictResponse.model_validate_json(response.content)


def refused(response: requests.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"].startswith("application/json")
    error = ErrorResponse.model_validate_json(response.content).error
    assert error.message
    return response.status_code, error.code.value


def test_health(server: Server) -> None:
    response = requests.get(f"{server.gateway}/health", timeout=TIMEOUT)
    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "model_loaded": True}


def test_the_older_clients_request(server: Server, tmp_path: Path) -> None:
    f = tmp_path / "lesion.jpg"
    f.write_bytes(image_file())
    response = requests.post(
        f"{server.gateway}/predict",
        json={"image": base64.b64encode(open(f, "rb").read()).decode()},  # noqa: PTH123
        timeout=TIMEOUT,
    )
    prediction = predicted(response).prediction
    assert prediction.classes == ["Benign", "Malignant"]
    assert sum(prediction.all_probabilities) == pytest.approx(1.0)
    assert prediction.confidence == max(prediction.all_probabilities)
    winner = prediction.all_probabilities.index(prediction.confidence)
    assert prediction.predicted_class == prediction.classes[winner]


def test_a_response_is_complete(server: Server) -> None:
    response = predicted(
        requests.post(f"{server.gateway}/predict", json=as_json(image_file()), timeout=TIMEOUT)
    )
    spec = load_spec(MODEL_STORE)
    assert response.disclaimer == DISCLAIMER
    assert response.prediction.model == spec.info
    assert sorted(diagnosis.code for diagnosis in response.prediction.diagnoses) == sorted(CODES)
    probabilities = [diagnosis.probability for diagnosis in response.prediction.diagnoses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1.0, abs=1e-4)
    malignant = sum(one.probability for one in response.prediction.diagnoses if one.malignant)
    assert response.prediction.all_probabilities[1] == pytest.approx(malignant, abs=1e-4)
    assert response.prediction.risk.threshold == spec.operating_points.refer_threshold
    seen = response.prediction.input
    assert (seen.width, seen.height, seen.format) == (600, 450, "JPEG")


def test_every_way_in_gives_the_same_answer(server: Server) -> None:
    data = image_file(1)
    torchserve = f"{server.torchserve}/predictions/skin_lesion"
    gateway = f"{server.gateway}/predict"
    data_url = {"image": f"data:image/jpeg;base64,{as_json(data)['image']}"}
    ways: list[tuple[str, dict[str, Any]]] = [
        (gateway, {"json": as_json(data)}),
        (gateway, {"json": data_url}),
        (gateway, {"data": json.dumps(as_json(data))}),
        (gateway, {"data": data, "headers": {"Content-Type": "image/jpeg"}}),
        (gateway, {"files": {"image": data}}),
        (torchserve, {"json": as_json(data)}),
        (torchserve, {"data": data}),
        (torchserve, {"data": data, "headers": {"Content-Type": "image/jpeg"}}),
        (torchserve, {"files": {"image": data}}),
        (torchserve, {"files": {"upload": ("lesion.jpg", data, "image/jpeg")}}),
    ]
    answers = [predicted(requests.post(url, **way, timeout=TIMEOUT)) for url, way in ways]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("request_body", "expected"),
    [
        (b"", (400, "invalid_json")),
        (b"not json", (400, "invalid_json")),
        (b'{"image": "', (400, "invalid_json")),
        (b"{}", (400, "missing_image")),
        (b"[]", (400, "missing_image")),
        (b"null", (400, "missing_image")),
        (b'{"image": null}', (400, "invalid_base64")),
        (b'{"image": NaN}', (400, "invalid_base64")),
        (b'{"image": "a b!"}', (400, "invalid_base64")),
        (b'{"image": ""}', (400, "empty_image")),
        (as_json(b"plain text"), (415, "not_an_image")),
        (as_json(image_file(file_format="TIFF")), (415, "not_an_image")),
        (as_json(image_file()[:2000]), (400, "truncated_image")),
        (as_json(image_file(size=(4, 4))), (400, "image_too_small")),
        (as_json(bytes(17 * 1024 * 1024)), (413, "image_too_large")),
    ],
)
def test_every_wrong_input_is_a_4xx_with_a_reason(
    server: Server, request_body: bytes | dict[str, str], expected: tuple[int, str]
) -> None:
    body = json.dumps(request_body).encode() if isinstance(request_body, dict) else request_body
    headers = {"Content-Type": "application/json"}
    for url in (f"{server.gateway}/predict", f"{server.torchserve}/predictions/skin_lesion"):
        response = requests.post(url, data=body, headers=headers, timeout=TIMEOUT)
        assert refused(response) == expected


def test_a_body_over_the_limit_is_refused_by_the_gateway(server: Server) -> None:
    response = requests.post(
        f"{server.gateway}/predict", data=bytes(25 * 1024 * 1024), timeout=TIMEOUT
    )
    assert refused(response) == (413, "image_too_large")


def test_good_requests_survive_bad_neighbours(server: Server) -> None:
    """What is sent at once is answered one by one, each with its own image's result."""
    url = f"{server.gateway}/predict"

    def post(body: dict[str, str]) -> requests.Response:
        return requests.post(url, json=body, timeout=TIMEOUT)

    good = [as_json(image_file(seed)) for seed in range(6)]
    alone = [predicted(post(body)) for body in good]
    bad = [as_json(b"no image"), {"image": "%"}, {}, as_json(image_file()[:999])]
    mixed = [body for number in range(6) for body in (good[number], bad[number % 4])] * 2
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(post, mixed))
    assert [predicted(response) for response in responses[::2]] == alone * 2
    assert all(refused(response)[0] in {400, 415} for response in responses[1::2])


def test_nothing_can_be_registered_from_outside(server: Server) -> None:
    for method, path in (
        ("POST", "/models?url=http://127.0.0.1:1/other.mar"),
        ("POST", "/models?url=skin_lesion.mar&model_name=other"),
        ("DELETE", "/models/skin_lesion"),
        ("POST", "/workflows?url=http://127.0.0.1:1/other.war"),
    ):
        response = requests.request(method, server.management + path, timeout=TIMEOUT)
        assert 400 <= response.status_code < 500, (method, path, response.text)
    assert requests.get(f"{server.gateway}/health", timeout=TIMEOUT).json()["model_loaded"]


def test_only_the_loopback_interface_is_used(server: Server) -> None:
    processes = [psutil.Process(server.process.pid), *_descendants(server)]
    addresses = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert addresses


def test_a_second_server_names_the_taken_port(server: Server, tmp_path: Path) -> None:
    port = server.gateway.rpartition(":")[2]
    second = start_server(tmp_path, "--port", port)
    assert second.process.wait(STOP_TIMEOUT) == 1
    log = (tmp_path / "server.log").read_text()
    assert log.startswith(f"skin-lesion-serve: Port {port} on 127.0.0.1")
    assert log.count("\n") == 1


def test_from_start_to_stop(tmp_path: Path) -> None:
    """Before it is ready, when a worker dies, and that SIGTERM leaves nothing behind."""
    server = start_server(tmp_path)
    try:
        _until(lambda: _health(server) == (503, False))
        wait_until_ready(server, tmp_path)
        assert _health(server) == (200, True)
        _assert_the_printed_command_works(tmp_path)

        _worker(server).kill()
        _until(lambda: _health(server) == (503, False))
        _until(lambda: _health(server) == (200, True))

        descendants = _descendants(server)
        working_directory = Path(_worker(server).environ()["TMPDIR"])
        assert working_directory.is_dir()
    finally:
        status = server.stop()
    assert status == 0
    assert not [process for process in descendants if _is_alive(process)]
    assert not working_directory.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"server.log", "photo.jpg"}
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_stopping_it_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    try:
        _until(lambda: _health(server) == (503, False))
        descendants = _descendants(server)
        assert descendants
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(STOP_TIMEOUT) == 0
    finally:
        server.stop()
    assert not [process for process in descendants if _is_alive(process)]
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_the_end_of_torchserve_ends_the_server(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    try:
        wait_until_ready(server, tmp_path)
        descendants = _descendants(server)
        next(process for process in descendants if "java" in process.name()).kill()
        assert server.process.wait(STOP_TIMEOUT) == 1
    finally:
        server.stop()
    assert not [process for process in descendants if _is_alive(process)]
    log = (tmp_path / "server.log").read_text()
    assert "TorchServe has ended unexpectedly" in log
    assert "Traceback" not in log


def _assert_the_printed_command_works(folder: Path) -> None:
    (folder / "photo.jpg").write_bytes(image_file())
    (command,) = re.findall(r"^  (\(printf .*)$", (folder / "server.log").read_text(), re.MULTILINE)
    assert shutil.which("curl"), "this test needs curl"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=True)
    assert PredictResponse.model_validate_json(done.stdout).success


def _health(server: Server) -> tuple[int, bool] | None:
    try:
        response = requests.get(f"{server.gateway}/health", timeout=TIMEOUT)
    except requests.ConnectionError:
        return None
    return response.status_code, response.json()["model_loaded"]


def _descendants(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def _is_alive(process: psutil.Process) -> bool:
    try:
        # A zombie has ended, and waits for the system to notice.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _worker(server: Server) -> psutil.Process:
    return next(
        process
        for process in _descendants(server)
        if any("model_service_worker" in part for part in process.cmdline())
    )


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(10 * START_TIMEOUT):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"This did not happen within {START_TIMEOUT} s.")
