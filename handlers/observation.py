"""What the gateway does around every request: identify, time, count, log, and answer errors."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from handlers.gateway_metrics import GatewayMetrics
from handlers.outcome import OUTCOME_HEADER
from handlers.payload import MAX_REQUEST_BYTES, RequestError
from handlers.refusal import Refusal, failed
from handlers.request_log import REQUEST_ID_HEADER, logger, request_id
from handlers.schema import ErrorCode


def observing(metrics: GatewayMetrics) -> Middleware:
    """Return the middleware that surrounds every request.

    Args:
        metrics: Where to count.
    """

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        start = time.perf_counter()
        identifier = request_id(request.headers.get(REQUEST_ID_HEADER))
        try:
            response = await handler(request)
        except Exception as error:
            response = _refusal(request, error, identifier).response()
        seconds = time.perf_counter() - start
        response.headers[REQUEST_ID_HEADER] = identifier
        outcome = response.headers.get(OUTCOME_HEADER, "")
        metrics.count(_route(request), response.status, outcome, seconds)
        fields = {
            "request_id": identifier,
            "method": request.method,
            "route": _route(request),
            "status": response.status,
            "outcome": outcome,
            "milliseconds": round(1000 * seconds, 1),
        }
        logger.info("request", extra={"fields": fields})
        return response

    return observe


def _route(request: web.Request) -> str:
    # Never the path as it was sent: people put names into paths.
    resource = request.match_info.route.resource
    return resource.canonical if resource else "other"


def _refusal(request: web.Request, error: Exception, identifier: str) -> Refusal:
    match error:
        case Refusal():
            return error
        case RequestError():
            return Refusal(error.code, str(error))
        case web.HTTPNotFound():
            message = f"There is no {request.path} here; GET /docs tells what there is."
            return Refusal(ErrorCode.NOT_FOUND, message)
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            message = f"{request.path} does not take {request.method}; use {allowed}."
            return Refusal(ErrorCode.METHOD_NOT_ALLOWED, message, {"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            message = f"The request has more than {MAX_REQUEST_BYTES:,} bytes; use a smaller image."
            return Refusal(ErrorCode.IMAGE_TOO_LARGE, message)
        case web.HTTPClientError() | web.RequestPayloadError():
            return Refusal(ErrorCode.INVALID_JSON, "The request is not valid HTTP; send it again.")
    logger.exception("defect", exc_info=error, extra={"fields": {"request_id": identifier}})
    return failed()
