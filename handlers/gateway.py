"""The REST API in front of TorchServe: ``GET /health`` and ``POST /predict``."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.payload import MAX_REQUEST_BYTES
from handlers.schema import ErrorCode, HealthResponse
from handlers.torchserve_client import Answer, TorchServeClient, failure

logger = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
_TORCHSERVE: Final = web.AppKey("torchserve", TorchServeClient)


def create_app(torchserve: TorchServeClient) -> web.Application:
    """Return the gateway's application, forwarding to ``torchserve``."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[_errors_as_json])
    app[_TORCHSERVE] = torchserve
    app.router.add_get("/health", _health)
    app.router.add_post("/predict", _predict)
    return app


@asynccontextmanager
async def running_gateway(torchserve: TorchServeClient, port: int) -> AsyncIterator[None]:
    """Serve the REST API on 127.0.0.1 while the context lasts.

    Args:
        torchserve: What answers the predictions.
        port: Where to listen.

    Raises:
        OSError: If the port is taken.
    """
    runner = web.AppRunner(create_app(torchserve), access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield
    finally:
        await runner.cleanup()


async def _health(request: web.Request) -> web.Response:
    ready = await request.app[_TORCHSERVE].is_ready()
    health = HealthResponse(status="healthy" if ready else "unavailable", model_loaded=ready)
    return _json(Answer(200 if ready else 503, health.model_dump_json().encode()))


async def _predict(request: web.Request) -> web.Response:
    body = await request.read()
    content_type = request.headers.get("Content-Type", "")
    if not content_type.startswith(("image/", "multipart/")):
        # Clients that forget the header, and curl's default, mean JSON too.
        content_type = "application/json"
    return _json(await request.app[_TORCHSERVE].predict(body, content_type))


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        message = f"There is no {request.path} here; use GET /health or POST /predict."
        return _json(failure(ErrorCode.NOT_FOUND, message))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        message = f"{request.path} does not take {request.method}; use {allowed}."
        response = _json(failure(ErrorCode.METHOD_NOT_ALLOWED, message))
        response.headers["Allow"] = allowed
        return response
    except web.HTTPRequestEntityTooLarge:
        message = f"The request is larger than {MAX_REQUEST_BYTES:,} bytes; send a smaller image."
        return _json(failure(ErrorCode.IMAGE_TOO_LARGE, message))
    except web.HTTPException:
        raise
    except Exception:
        logger.exception("%s %s failed.", request.method, request.path)
        message = "The server failed; the fault is not yours. Try again later."
        return _json(failure(ErrorCode.INTERNAL_ERROR, message))


def _json(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="application/json")
