"""The gateway before stand-ins for TorchServe that refuse, hang or answer garbage."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from handlers.gateway import create_app
from handlers.payload import MAX_REQUEST_BYTES
from handlers.response import error_response
from handlers.schema import ErrorCode, ErrorResponse
from handlers.torchserve import Ports
from handlers.torchserve_client import TorchServeClient

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OUR_ERROR = error_response(ErrorCode.NOT_AN_IMAGE, "no image").model_dump_json()


@dataclass
class Reply:
    """What a client of the gateway got."""

    status: int
    headers: dict[str, str]
    content: Any

    @property
    def error(self) -> tuple[int, str]:
        """Status and error code."""
        assert self.headers["Content-Type"].startswith("application/json")
        return self.status, ErrorResponse.model_validate(self.content).error.code.value


def replying(status: int, body: str = "", content_type: str = "application/json") -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=content_type)

    return handler


def models(*statuses: str) -> Handler:
    """Return TorchServe's description of a model whose workers have these statuses."""
    return replying(200, json.dumps([{"workers": [{"status": status} for status in statuses]}]))


def ask(
    method: str,
    path: str,
    *,
    predictions: Handler | None = None,
    description: Handler | None = None,
    **request: Any,  # noqa: ANN401 - what aiohttp's client takes
) -> Reply:
    """Send one request to a gateway; without handlers nothing listens behind it."""

    async def scenario() -> Reply:
        async with AsyncExitStack() as stack:
            port = unused_port()
            if predictions or description:
                torchserve = web.Application(client_max_size=2 * MAX_REQUEST_BYTES)
                torchserve.router.add_post("/predictions/skin_lesion", predictions or replying(500))
                torchserve.router.add_get("/models/skin_lesion", description or replying(500))
                await stack.enter_async_context(TestServer(torchserve, port=port))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = TorchServeClient(session, Ports(port, port, port), timeout=1.0)
            gateway = TestClient(TestServer(create_app(client)))
            await stack.enter_async_context(gateway)
            async with gateway.request(method, path, **request) as response:
                content = json.loads(await response.read())
                return Reply(response.status, dict(response.headers), content)

    return asyncio.run(scenario())


def test_healthy_means_that_a_worker_is_ready() -> None:
    reply = ask("GET", "/health", description=models("LOADING", "READY"))
    assert reply.status == 200
    assert reply.content == {"status": "healthy", "model_loaded": True}


@pytest.mark.parametrize(
    "description",
    [
        models("LOADING", "UNLOADING"),
        models(),
        replying(200, "[]"),
        replying(200, "<html>", "text/html"),
        replying(404, '{"code": 404, "type": "ModelNotFoundException"}'),
        None,
    ],
)
def test_anything_else_is_unavailable(description: Handler | None) -> None:
    reply = ask("GET", "/health", description=description)
    assert reply.status == 503
    assert reply.content == {"status": "unavailable", "model_loaded": False}


@pytest.mark.parametrize(
    ("sent", "forwarded"),
    [
        ("application/json", "application/json"),
        ("application/x-www-form-urlencoded", "application/json"),
        ("application/octet-stream", "application/json"),
        ("image/jpeg", "image/jpeg"),
        ("multipart/form-data; boundary=abc", "multipart/form-data; boundary=abc"),
    ],
)
def test_the_body_is_forwarded_unchanged(sent: str, forwarded: str) -> None:
    seen: list[tuple[bytes, str]] = []

    async def predictions(request: web.Request) -> web.Response:
        seen.append((await request.read(), request.headers["Content-Type"]))
        return web.Response(status=415, text=OUR_ERROR, content_type="application/json")

    body = b'{"image": "a+b/c=="}\x00\xff'
    ask("POST", "/predict", predictions=predictions, data=body, headers={"Content-Type": sent})
    assert seen == [(body, forwarded)]


def test_the_handlers_answer_and_status_are_passed_back() -> None:
    reply = ask("POST", "/predict", predictions=replying(415, OUR_ERROR), json={})
    assert reply.status == 415
    assert reply.content == json.loads(OUR_ERROR)
    assert reply.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, '{"code": 404, "type": "ModelNotFoundException"}', (503, "model_unavailable")),
        (413, "", (413, "image_too_large")),
        (500, '{"code": 500, "message": "Worker died."}', (500, "internal_error")),
        (507, '{"code": 507, "message": "Out of resources"}', (429, "overloaded")),
        (400, '{"code": 400, "type": "InvalidKeyException"}', (500, "internal_error")),
        (200, "<html>hello</html>", (500, "internal_error")),
        (200, "", (500, "internal_error")),
        (200, '{"success": true}', (500, "internal_error")),
    ],
)
def test_torchserves_own_errors_are_translated(
    status: int, body: str, expected: tuple[int, str]
) -> None:
    reply = ask("POST", "/predict", predictions=replying(status, body), json={})
    assert reply.error == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [(models("READY"), (429, "overloaded")), (models("LOADING"), (503, "model_unavailable"))],
)
def test_a_full_queue_is_told_from_a_missing_worker(
    description: Handler, expected: tuple[int, str]
) -> None:
    no_worker = replying(503, '{"code": 503, "type": "ServiceUnavailableException"}')
    reply = ask("POST", "/predict", predictions=no_worker, description=description, json={})
    assert reply.error == expected


def test_a_torchserve_that_is_not_there() -> None:
    assert ask("POST", "/predict", json={}).error == (503, "model_unavailable")


def test_a_torchserve_that_hangs() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    assert ask("POST", "/predict", predictions=hang, json={}).error == (504, "timeout")


def test_a_torchserve_that_hangs_up() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    reply = ask("POST", "/predict", predictions=hang_up, json={})
    assert reply.error == (503, "model_unavailable")


def test_a_wrong_path_is_named() -> None:
    reply = ask("GET", "/predictions/skin_lesion")
    assert reply.error == (404, "not_found")
    assert "/predict" in reply.content["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/predict", "POST"), ("DELETE", "/health", "GET, HEAD")]
)
def test_a_wrong_method_is_named(method: str, path: str, allowed: str) -> None:
    reply = ask(method, path)
    assert reply.error == (405, "method_not_allowed")
    assert reply.headers["Allow"] == allowed


def test_a_request_that_is_too_large_never_reaches_torchserve() -> None:
    reached: list[web.Request] = []

    async def predictions(request: web.Request) -> web.Response:
        reached.append(request)
        return web.Response()

    body = bytes(MAX_REQUEST_BYTES + 1)
    assert ask("POST", "/predict", predictions=predictions, data=body).error == (
        413,
        "image_too_large",
    )
    assert reached == []
