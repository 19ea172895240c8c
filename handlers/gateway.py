"""The REST API in front of TorchServe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Final

from aiohttp import web

from datamodules.preprocess import EMPTY_IMAGE
from handlers.access import check_token
from handlers.admission import Admission, Upload
from handlers.form import file_in_form
from handlers.gateway_metrics import CONTENT_TYPE, GatewayMetrics
from handlers.http_connection import HttpConnection, ask_for_body
from handlers.observation import observing
from handlers.openapi import openapi_json
from handlers.outcome import OUTCOME_HEADER
from handlers.payload import MAX_REQUEST_BYTES, RequestError, image_bytes
from handlers.refusal import Refusal
from handlers.schema import ErrorCode, HealthResponse
from handlers.torchserve_client import Service, TorchServeClient

HOST: Final = "127.0.0.1"
#: Seconds from a request's head to the end of its body.
BODY_TIMEOUT: Final = 60.0
#: Connections that wait to be accepted; aiohttp's own default.
_BACKLOG: Final = 128
_DOCS: Final = Path(__file__).with_name("docs.html")
#: The page needs nothing from elsewhere and may talk to nobody but this server.
_DOCS_POLICY: Final = "default-src 'self' 'unsafe-inline'; img-src 'self' data:"


@dataclass(frozen=True)
class Gateway:
    """What the gateway works with.

    Attributes:
        torchserve: What answers the predictions.
        token: What clients must send as a bearer token; ``None`` if nothing.
        admission: Which requests are let in.
        metrics: What is counted.
        body_timeout: Seconds from a request's head to the end of its body.
    """

    torchserve: TorchServeClient
    token: str | None = None
    admission: Admission = field(default_factory=Admission)
    metrics: GatewayMetrics = field(default_factory=GatewayMetrics)
    body_timeout: float = BODY_TIMEOUT

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[observing(self.metrics)])
        get = partial(app.router.add_get, expect_handler=ask_for_body)
        post = partial(app.router.add_post, expect_handler=ask_for_body)
        get("/health", self._health)
        post("/predict", self._predict)
        post("/explain", self._explain)
        get("/metrics", self._metrics)
        get("/openapi.json", self._openapi)
        get("/docs", self._docs)
        return app

    async def _health(self, request: web.Request) -> web.Response:
        # Load balancers send none; a client that sends one wants to know whether it is right.
        if "Authorization" in request.headers:
            self._check_token(request)
        ready = self.admission.is_open and await self.torchserve.is_ready()
        health = HealthResponse(status="healthy" if ready else "unavailable", model_loaded=ready)
        return _json(health.model_dump_json().encode(), 200 if ready else 503)

    async def _predict(self, request: web.Request) -> web.Response:
        return await self._analyse("predictions", request)

    async def _explain(self, request: web.Request) -> web.Response:
        return await self._analyse("explanations", request)

    async def _analyse(self, service: Service, request: web.Request) -> web.Response:
        self._check_token(request)
        if (request.content_length or 0) > MAX_REQUEST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_REQUEST_BYTES)
        with self.admission.admit() as upload:
            body = await self._body(request, upload)
            upload.complete()
            image = _image(body, request)
            answer = await self.torchserve.ask(service, image)
        response = _json(answer.body, answer.status)
        response.headers[OUTCOME_HEADER] = answer.outcome
        return response

    async def _body(self, request: web.Request, upload: Upload) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self.body_timeout):
                async for part in request.content.iter_any():
                    upload.grow(len(part))
                    body += part
                    # Of a compressed one, no header tells how much it unfolds to.
                    if len(body) > MAX_REQUEST_BYTES:
                        raise web.HTTPRequestEntityTooLarge(MAX_REQUEST_BYTES)
        except TimeoutError as error:
            raise Refusal(
                ErrorCode.REQUEST_TIMEOUT,
                f"The request was not complete after {self.body_timeout:.0f} s; send it again.",
            ) from error
        except OSError as error:
            # For the log and the metrics; the client is gone.
            raise Refusal(
                ErrorCode.REQUEST_TIMEOUT, "The connection was lost; send the request again."
            ) from error
        return bytes(body)

    async def _metrics(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return web.Response(body=self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def _openapi(self, request: web.Request) -> web.Response:
        return _json(openapi_json())

    async def _docs(self, request: web.Request) -> web.Response:
        return web.Response(
            text=_docs_page(),
            content_type="text/html",
            headers={"Content-Security-Policy": _DOCS_POLICY},
        )

    def _check_token(self, request: web.Request) -> None:
        check_token(self.token, request.headers.get("Authorization", ""))


@asynccontextmanager
async def running_gateway(gateway: Gateway, port: int) -> AsyncIterator[None]:
    """Serve the REST API on 127.0.0.1 while the context lasts.

    Args:
        gateway: What answers.
        port: Where to listen.

    Raises:
        OSError: If the port is taken.
    """
    runner = web.AppRunner(gateway.app(), shutdown_timeout=5)
    await runner.setup()
    assert runner.server is not None  # noqa: S101  only before its setup
    connection = partial(HttpConnection, runner.server, gateway.metrics)
    try:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(connection, HOST, port, backlog=_BACKLOG)
        with closing(listening):
            yield
    finally:
        await runner.cleanup()


def _image(body: bytes, request: web.Request) -> bytes:
    """Return the image file that a request holds; the worker gets it as it is."""
    content_type = request.headers.get("Content-Type", "")
    match content_type.partition(";")[0].strip().lower().split("/"):
        case ["multipart", *_]:
            image = file_in_form(body, content_type)
        case ["image", *_]:
            image = body
        case ["application", "octet-stream"]:
            image = image_bytes({"body": body}, "application/octet-stream")
        case _:
            # Clients that forget the header, and curl's default, mean JSON too.
            image = image_bytes({"body": body}, "application/json")
    if not image:
        # TorchServe would not tell the worker of an empty body.
        raise RequestError(ErrorCode.EMPTY_IMAGE, EMPTY_IMAGE)
    return image


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json")


@cache
def _docs_page() -> str:
    return _DOCS.read_text(encoding="utf-8")
