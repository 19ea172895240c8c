"""What is no proper HTTP: it is answered and logged, and the log quotes nothing of it."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest
from aiohttp.test_utils import unused_port

from handlers.admission import Admission
from handlers.gateway import Gateway, running_gateway
from handlers.gateway_metrics import GatewayMetrics
from handlers.request_log import start_logging
from handlers.schema import ERROR_STATUS, ErrorCode, ErrorResponse
from handlers.torchserve import Endpoints
from handlers.torchserve_client import TorchServeClient, torchserve_client

TOKEN = "correct-horse-battery"  # noqa: S105 - it guards nothing


def guarded(client: TorchServeClient) -> Gateway:
    return Gateway(client, TOKEN)


def send(
    request: bytes,
    *,
    stay: bool = True,
    to_end: bool = False,
    gateway: Callable[[TorchServeClient], Gateway] = guarded,
) -> bytes:
    """Send bytes to a running gateway; return its answer or all until its end, or hang up."""

    async def scenario() -> bytes:
        port = unused_port()
        nowhere = f"http://127.0.0.1:{unused_port()}"
        async with (
            torchserve_client(Endpoints(nowhere, nowhere)) as client,
            running_gateway(gateway(client), port),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            await writer.drain()
            if to_end:
                return await reader.read()
            answer = await reader.readuntil(b"\r\n\r\n") if stay else b""
            length = re.search(rb"Content-Length: (\d+)", answer)
            answer += await reader.readexactly(int(length[1])) if length else b""
            writer.close()
            await asyncio.sleep(0.2)  # for what the gateway does when the client has gone
            return answer

    start_logging()
    return asyncio.run(scenario())


def send_and_count(request: bytes) -> tuple[bytes, str]:
    """Send bytes to a running gateway; return its answer and its metrics."""
    metrics = GatewayMetrics()
    answer = send(request, gateway=lambda client: Gateway(client, metrics=metrics))
    return answer, metrics.text().decode()


@pytest.mark.parametrize(
    ("request_line", "header"),
    [
        ("GET /patients/jane doe.jpg HTTP/1.1", "Accept: jane"),
        ("GET /health HTTP/1.1", f"Authorization: Bearer {TOKEN}\x01"),
        ("GET /health HTTP/1.1", "Jane Doe: 1"),
        ("GET /health HTTP/1.1", "Content-Length: jane"),
        ("GET /caf\xe9/jane HTTP/1.1", "Accept: jane"),
        ("GET /health HTTP/1.1", "X-Jane: " + 9000 * "1"),
    ],
)
def test_what_is_no_http_is_one_line_without_details(
    request_line: str, header: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = send(f"{request_line}\r\nHost: x\r\n{header}\r\n\r\n".encode("latin-1"))
    assert answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    refusal = ErrorResponse.model_validate_json(answer.partition(b"\r\n\r\n")[2])
    assert refusal.error.code is ErrorCode.INVALID_JSON
    text = capfd.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == ["request failed"]
    assert lines[0].keys() == {"time", "level", "event", "reason"}
    for secret in ("jane", "doe", "127.0.0.1", TOKEN, "traceback"):
        assert secret not in (text + answer.decode()).lower()


def test_what_is_no_http_is_counted_as_rejected() -> None:
    _, counted = send_and_count(b"GARBAGE\r\n\r\n")
    assert 'skin_lesion_rejected_total{code="invalid_json"} 1.0' in counted
    assert 'skin_lesion_requests_total{route="other",status="400"} 1.0' in counted


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        ("/metrics", "Authorization: Bearer caf\xe9", 401),
        ("/metrics", "Authorization: caf\xe9", 401),
        ("/health", "Authorization: Bearer caf\xe9", 401),
        ("/caf%E9", "X-Request-ID: caf\xe9", 404),
    ],
)
def test_bytes_that_are_no_ascii_are_no_defect(
    path: str, header: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = send(f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode("latin-1"))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert "Traceback" not in capfd.readouterr().err


def test_an_upload_that_is_given_up_is_no_defect(capfd: pytest.CaptureFixture[str]) -> None:
    upload = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbeginning"
    send(upload, stay=False, gateway=Gateway)
    (line,) = map(json.loads, capfd.readouterr().err.splitlines())
    assert (line["event"], line["outcome"]) == ("request", "request_timeout")
    assert line["status"] == 408


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        ("100-continue", [b"HTTP/1.1 100 Continue", b"HTTP/1.1 400 Bad Request"]),
        ("jane doe", [b"HTTP/1.1 400 Bad Request"]),
    ],
)
def test_who_waits_with_the_body_is_told_to_send_it(expected: str, lines: list[bytes]) -> None:
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nExpect: {expected}\r\nContent-Length: 2\r\n"
    answer = send(f"{head}Connection: close\r\n\r\n{{}}".encode(), to_end=True, gateway=Gateway)
    assert re.findall(rb"HTTP/1.1 [^\r]*", answer) == lines
    assert b'"missing_image"' in answer


@pytest.mark.parametrize(
    ("request_line", "code"),
    [
        ("GET /patients", ErrorCode.NOT_FOUND),
        ("POST /patients", ErrorCode.NOT_FOUND),
        ("GET /predict", ErrorCode.METHOD_NOT_ALLOWED),
    ],
)
def test_what_has_no_route_is_refused_whatever_it_expects(
    request_line: str, code: ErrorCode, capfd: pytest.CaptureFixture[str]
) -> None:
    head = f"{request_line} HTTP/1.1\r\nHost: x\r\nExpect: jane\r\nX-Request-ID: 7\r\n\r\n"
    answer, counted = send_and_count(head.encode())
    head, _, body = answer.decode().partition("\r\n\r\n")
    status = ERROR_STATUS[code].value
    assert ErrorResponse.model_validate_json(body).error.code is code
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "X-Request-ID: 7" in head
    text = capfd.readouterr().err
    (line,) = map(json.loads, text.splitlines())
    assert (line["request_id"], line["status"], line["outcome"]) == ("7", status, code.value)
    assert "jane" not in answer.decode() + text
    assert f'skin_lesion_rejected_total{{code="{code.value}"}} 1.0' in counted


def test_a_server_that_stops_ends_the_connection_after_its_refusal() -> None:
    def stopping(client: TorchServeClient) -> Gateway:
        admission = Admission()
        admission.is_open = False
        return Gateway(client, admission=admission)

    first = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    second = b"GET /docs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = send(first + second, to_end=True, gateway=stopping)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"503"]
