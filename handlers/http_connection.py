"""A client's connection: what aiohttp itself would refuse is answered as everything else is."""

import asyncio
from typing import Any, Final

from aiohttp import HttpVersion11, web

from handlers.gateway_metrics import GatewayMetrics
from handlers.observation import observing
from handlers.refusal import Refusal
from handlers.schema import ErrorCode

#: In bytes: of a body that nobody has read yet, twice as much is taken before the client must wait.
#: So a dermoscopic image as base64 is not stopped on its way each time.
_BUFFER: Final = 256 * 1024
_NO_HTTP: Final = Refusal(
    ErrorCode.INVALID_JSON,
    "The request is not valid HTTP, or a line of it is too long; mend it and send it again.",
    {"Connection": "close"},
)


class HttpConnection(web.RequestHandler):
    """Parses what a client sends, and passes on what is HTTP."""

    def __init__(self, server: web.Server, metrics: GatewayMetrics) -> None:
        """Serve one connection.

        Args:
            server: Of the application that answers.
            metrics: Where to count what never reaches it.
        """
        # The gateway keeps a log of its own, without names and addresses.
        no_log: Any = None
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, access_log=no_log, read_bufsize=_BUFFER)
        self._metrics: Final = metrics
        self._observe: Final = observing(metrics)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what can not be parsed, in place of aiohttp's text that quotes it."""
        response = super().handle_error(request, status, exc, message)
        if status != _NO_HTTP.status:
            return response
        self._metrics.count("other", _NO_HTTP.status, _NO_HTTP.code, 0.0)
        return _NO_HTTP.response()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answer what has no route and expects something as if it expected nothing.

        aiohttp refuses the expectation before any middleware, by a text that quotes it.
        """
        if isinstance(resp, web.HTTPExpectationFailed) and isinstance(request, web.Request):
            resp = await self._observe(request, request.match_info.handler)
        return await super().finish_response(request, resp, start_time)


async def ask_for_body(request: web.Request) -> None:
    """Tell a client that waits with its body to send it, and ignore all else that it expects.

    In place of aiohttp's answer to other expectations, a text that quotes them.

    Args:
        request: One with a header ``Expect``.
    """
    if request.version == HttpVersion11 and request.headers["Expect"].lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # of the answer, nothing is written yet
