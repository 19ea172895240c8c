"""Asks a real gateway that stands before stand-ins for TorchServe."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from handlers.gateway import Gateway
from handlers.outcome import OUTCOME_HEADER
from handlers.payload import MAX_REQUEST_BYTES
from handlers.response import error_response
from handlers.schema import ErrorCode, ErrorResponse
from handlers.torchserve import Endpoints
from handlers.torchserve_client import TorchServeClient, torchserve_client

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FILE = b"\x89PNG\xff\xfe\x00 any bytes"
IMAGE = {"image": base64.b64encode(FILE).decode()}
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
    """Return what TorchServe itself might say."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=content_type)

    return handler


def answering(status: int, body: str, outcome: str) -> Handler:
    """Return what our handler inside TorchServe might say."""

    async def handler(_: web.Request) -> web.Response:
        return web.json_response(text=body, status=status, headers={OUTCOME_HEADER: outcome})

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
    gateway: Callable[[TorchServeClient], Gateway] = Gateway,
    timeout: float = 60.0,
    **request: Any,  # noqa: ANN401 - what aiohttp's client takes
) -> Reply:
    """Send one request to a gateway; without handlers nothing listens behind it."""

    async def scenario() -> Reply:
        async with AsyncExitStack() as stack:
            port = unused_port()
            if predictions or description:
                torchserve = web.Application(client_max_size=2 * MAX_REQUEST_BYTES)
                for service in ("predictions", "explanations"):
                    torchserve.router.add_post(
                        f"/{service}/skin_lesion", predictions or replying(500)
                    )
                torchserve.router.add_get("/models/skin_lesion", description or replying(500))
                await stack.enter_async_context(TestServer(torchserve, port=port))
            url = f"http://127.0.0.1:{port}"
            client = await stack.enter_async_context(
                torchserve_client(Endpoints(url, url), timeout)
            )
            server = TestClient(TestServer(gateway(client).app()))
            await stack.enter_async_context(server)
            async with server.request(method, path, **request) as response:
                body = await response.read()
                is_json = response.content_type == "application/json"
                content = json.loads(body) if is_json else body
                return Reply(response.status, dict(response.headers), content)

    return asyncio.run(scenario())
