"""Why the gateway itself does not answer a request, and how it says so."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from handlers.outcome import OUTCOME_HEADER
from handlers.response import error_response
from handlers.schema import ERROR_STATUS, ErrorCode

_HEADERS: Final[Mapping[ErrorCode, Mapping[str, str]]] = {
    ErrorCode.OVERLOADED: {"Retry-After": "1"},
    ErrorCode.MODEL_UNAVAILABLE: {"Retry-After": "5"},
    ErrorCode.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    # The rest of such a request is not worth waiting for.
    ErrorCode.IMAGE_TOO_LARGE: {"Connection": "close"},
    ErrorCode.REQUEST_TIMEOUT: {"Connection": "close"},
}


class Refusal(Exception):
    """A request that the gateway answers with an error.

    Attributes:
        code: The reason.
        status: The HTTP status that goes with it.
        headers: Those that the reason calls for.
        body: JSON as :mod:`handlers.schema` describes it.
    """

    def __init__(
        self, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code: Final = code
        self.status: Final = ERROR_STATUS[code].value
        self.headers: Final = _HEADERS.get(code, {}) if headers is None else headers
        self.body: Final = error_response(code, message).model_dump_json().encode()

    def response(self) -> web.Response:
        """Make the answer."""
        response = web.Response(
            status=self.status,
            body=self.body,
            headers={**self.headers, OUTCOME_HEADER: self.code.value},
            content_type="application/json",
        )
        if "Connection" in self.headers:
            response.force_close()  # the header alone is an announcement
        return response


def overloaded() -> Refusal:
    """Return what is said while there is more work than fits."""
    return Refusal(
        ErrorCode.OVERLOADED,
        "The server has more requests than it can answer; try again in a moment.",
    )


def failed() -> Refusal:
    """Return what is said of a defect, whose details belong into the log alone."""
    return Refusal(
        ErrorCode.INTERNAL_ERROR, "The server failed; the fault is not yours. Try again later."
    )
