"""Whom the gateway lets in, and what it remembers of them."""

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from gateway_requests import IMAGE, OUR_ERROR, answering, ask, models
from prometheus_client.parser import text_string_to_metric_families
from tiny_images import base64_text

from handlers import gateway as gateway_module
from handlers.admission import Admission
from handlers.gateway import Gateway
from handlers.payload import MAX_REQUEST_BYTES
from handlers.refusal import Refusal
from handlers.request_log import start_logging
from handlers.torchserve import Endpoints
from handlers.torchserve_client import TorchServeClient, torchserve_client


@pytest.mark.parametrize("path", ["/predict", "/nowhere"])
def test_a_harmless_request_id_is_returned_and_a_harmful_one_replaced(path: str) -> None:
    good = ask("POST", path, headers={"X-Request-ID": "job-7_a.b"}, json=IMAGE)
    assert good.headers["X-Request-ID"] == "job-7_a.b"
    for bad in ("", "a b", '"}{', "x" * 65, "ä"):
        replaced = ask("POST", path, headers={"X-Request-ID": bad}, json=IMAGE)
        assert re.fullmatch("[0-9a-f]{32}", replaced.headers["X-Request-ID"])


def guarded(client: TorchServeClient) -> Gateway:
    return Gateway(client, token="correct-horse")  # noqa: S106 - it guards nothing


@pytest.mark.parametrize("path", ["/predict", "/explain", "/metrics"])
def test_a_token_is_asked_for_where_one_is_set(path: str) -> None:
    method = "GET" if path == "/metrics" else "POST"

    for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic correct-horse"}):
        reply = ask(method, path, gateway=guarded, headers=wrong)
        assert reply.error == (401, "unauthorized")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    right = {"Authorization": "bearer correct-horse"}
    reply = ask(method, path, gateway=guarded, headers=right, json=IMAGE)
    assert reply.status == (200 if path == "/metrics" else 503)


def test_whether_the_server_is_healthy_needs_no_token() -> None:
    reply = ask(
        "GET",
        "/health",
        description=models("READY"),
        gateway=guarded,
    )
    assert reply.status == 200


@pytest.mark.parametrize(
    ("token", "status"), [("correct-horse", 200), ("wrong", 401), ("", 401), ("correct-hörse", 401)]
)
def test_a_token_that_is_sent_for_health_must_be_the_right_one(token: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for gateway, expected in ((guarded, status), (Gateway, 200)):
        reply = ask("GET", "/health", description=models("READY"), gateway=gateway, headers=headers)
        assert reply.status == expected


@pytest.mark.parametrize("limits", [{"max_requests": 0}, {"max_bytes": 5}, {"max_uploads": 0}])
def test_more_than_the_gateway_can_hold_is_told_to_come_back(limits: dict[str, int]) -> None:
    reply = ask(
        "POST",
        "/predict",
        data=b"123456",
        gateway=lambda client: Gateway(client, admission=Admission(**limits)),
    )
    assert reply.error == (429, "overloaded")
    assert int(reply.headers["Retry-After"]) >= 1


def test_a_few_bodies_that_never_come_keep_nobody_out() -> None:
    async def scenario() -> list[int]:
        limits = Admission(max_requests=1, max_bytes=2000, max_uploads=30)
        url = "http://127.0.0.1:1"
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(torchserve_client(Endpoints(url, url)))
            server = TestServer(Gateway(client, admission=limits).app())
            await stack.enter_async_context(server)
            silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(29)]
            for _, writer in silent:
                writer.write(b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n")
                await writer.drain()
            session = await stack.enter_async_context(TestClient(server))
            statuses = []
            for _ in range(3):
                async with session.post("/predict", json=IMAGE) as response:
                    statuses.append(response.status)
            for _, writer in silent:
                writer.close()
            return statuses

    # Nothing listens behind the gateway.
    assert asyncio.run(scenario()) == [503] * 3


def test_what_was_taken_is_given_back() -> None:
    admission = Admission(max_requests=1, max_bytes=10, max_uploads=1)
    for _ in range(3):
        with admission.admit() as upload:
            upload.grow(6)
            with pytest.raises(Refusal), admission.admit():
                pass
            upload.complete()
            with admission.admit() as other:
                with pytest.raises(Refusal):
                    other.grow(5)
                other.grow(4)
                with pytest.raises(Refusal):
                    other.complete()


def test_a_server_that_stops_lets_nothing_in() -> None:
    admission = Admission()
    asyncio.run(admission.close())
    ready = models("READY")

    def stopping(client: TorchServeClient) -> Gateway:
        return Gateway(client, admission=admission)

    reply = ask("POST", "/predict", gateway=stopping, description=ready, json=IMAGE)
    assert reply.error == (503, "model_unavailable")
    assert ask("GET", "/health", gateway=stopping, description=ready).status == 503


def test_a_request_that_never_ends_is_given_up() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    reply = ask(
        "POST",
        "/predict",
        data=endless(),
        gateway=lambda client: Gateway(client, body_timeout=0.2),
    )
    assert reply.error == (408, "request_timeout")


def test_a_compressed_bomb_is_too_large() -> None:
    bomb = zlib.compress(bytes(MAX_REQUEST_BYTES + 1))
    reply = ask("POST", "/predict", data=bomb, headers={"Content-Encoding": "deflate"})
    assert reply.error == (413, "image_too_large")


def test_a_body_that_is_not_what_its_encoding_says_is_the_callers_mistake() -> None:
    reply = ask("POST", "/predict", data=b"plain", headers={"Content-Encoding": "gzip"})
    assert reply.error == (400, "invalid_json")


def test_metrics_count_outcomes_and_latency() -> None:
    async def scenario() -> str:
        async with AsyncExitStack() as stack:
            predictions = web.Application()
            predictions.router.add_post("/predictions/skin_lesion", answering(200, "{}", "High"))
            predictions.router.add_post(
                "/explanations/skin_lesion", answering(415, OUR_ERROR, "not_an_image")
            )
            torchserve = TestServer(predictions)
            await stack.enter_async_context(torchserve)
            url = f"http://127.0.0.1:{torchserve.port}"
            client = await stack.enter_async_context(torchserve_client(Endpoints(url, url)))
            gateway = TestClient(TestServer(Gateway(client).app()))
            await stack.enter_async_context(gateway)
            for path in ("/predict", "/predict", "/explain", "/patients/jane-doe"):
                await gateway.post(path, json=IMAGE)
            async with gateway.get("/metrics") as response:
                return await response.text()

    text = asyncio.run(scenario())
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["skin_lesion_requests_total", "/predict", "200"] == 2
    assert samples["skin_lesion_requests_total", "/explain", "415"] == 1
    assert samples["skin_lesion_results_total", "High"] == 2
    assert samples["skin_lesion_rejected_total", "not_an_image"] == 1
    assert samples["skin_lesion_request_duration_seconds_count", "/predict"] == 2
    assert "jane" not in text


def test_the_log_tells_what_happened_and_nothing_of_the_image(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_logging()
    secret = base64_text(b"secret image")
    for path in ("/predict", "/patients/jane-doe?name=jane"):
        ask("POST", path, json={"image": secret}, headers={"X-Request-ID": "job-8"})
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["request_id"], line["route"], line["outcome"]) for line in requests] == [
        ("job-8", "/predict", "model_unavailable"),
        ("job-8", "other", "not_found"),
    ]
    assert all(line["milliseconds"] >= 0 for line in requests)
    assert "jane" not in text
    assert secret not in text


def test_the_documentation_needs_nothing_from_elsewhere() -> None:
    page = (Path(gateway_module.__file__).parent / "docs.html").read_text()
    assert re.findall(r"""(?:src|href)=["'](?!openapi\.json)""", page) == []
    assert "http" not in re.sub(r"https?-equiv", "", page)
