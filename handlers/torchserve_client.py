"""Talks to TorchServe over HTTP and puts its failures into our own words."""

import json
import logging
from dataclasses import dataclass
from typing import Final

import aiohttp
from pydantic import TypeAdapter, ValidationError

from handlers.archive import MODEL_NAME
from handlers.response import error_response
from handlers.schema import ERROR_STATUS, ErrorCode, ErrorResponse, PredictResponse
from handlers.torchserve import Ports

logger = logging.getLogger(__name__)

_OUR_JSON: Final = TypeAdapter[PredictResponse | ErrorResponse](PredictResponse | ErrorResponse)

UNAVAILABLE: Final = "The model is not ready to answer; wait a little and try again."
OVERLOADED: Final = "The server has more requests than it can answer; try again in a moment."


@dataclass(frozen=True)
class Answer:
    """One answer to a client.

    Attributes:
        status: The HTTP status.
        body: JSON as :mod:`handlers.schema` describes it.
    """

    status: int
    body: bytes


def failure(code: ErrorCode, message: str) -> Answer:
    """Return the answer to a request that failed."""
    body = error_response(code, message).model_dump_json().encode()
    return Answer(ERROR_STATUS[code].value, body)


class TorchServeClient:
    """Asks a TorchServe on this machine.

    Args:
        session: An open HTTP session.
        ports: Where TorchServe listens.
        timeout: Seconds to wait for a prediction.
    """

    def __init__(
        self, session: aiohttp.ClientSession, ports: Ports, timeout: float = 120.0
    ) -> None:
        self._session = session
        self._predictions = f"http://127.0.0.1:{ports.inference}/predictions/{MODEL_NAME}"
        self._description = f"http://127.0.0.1:{ports.management}/models/{MODEL_NAME}"
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def is_ready(self) -> bool:
        """Ask whether a worker has loaded the network (``/ping`` would not tell)."""
        try:
            async with self._session.get(
                self._description, timeout=aiohttp.ClientTimeout(total=5)
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
        try:
            return any(worker["status"] == "READY" for worker in json.loads(text)[0]["workers"])
        except (ValueError, LookupError, TypeError):
            return False  # an error, or another program's answer

    async def predict(self, body: bytes, content_type: str) -> Answer:
        """Ask for a prediction.

        Args:
            body: The request as the client sent it.
            content_type: What it is, parameters included.

        Returns:
            The handler's answer unchanged, or ours when TorchServe could not obtain one.
        """
        try:
            async with self._session.post(
                self._predictions,
                data=body,
                headers={"Content-Type": content_type},
                timeout=self._timeout,
            ) as response:
                answer = Answer(response.status, await response.read())
        except TimeoutError:
            return failure(
                ErrorCode.TIMEOUT, "The model took too long to answer; try again in a moment."
            )
        except aiohttp.ClientError as error:
            logger.warning("TorchServe did not answer: %r", error)
            return failure(ErrorCode.MODEL_UNAVAILABLE, UNAVAILABLE)
        return answer if _is_ours(answer.body) else await self._translate(answer)

    async def _translate(self, answer: Answer) -> Answer:
        """Put an error of TorchServe itself into our words."""
        match answer.status:
            case 503 if await self.is_ready():
                # A full queue; TorchServe says that there is no worker.
                return failure(ErrorCode.OVERLOADED, OVERLOADED)
            case 404 | 503:
                return failure(ErrorCode.MODEL_UNAVAILABLE, UNAVAILABLE)
            case 413:
                return failure(ErrorCode.IMAGE_TOO_LARGE, "The image file is too large.")
            case 507:
                return failure(ErrorCode.OVERLOADED, "The server ran out of memory; try later.")
        logger.error("TorchServe answered %d: %r", answer.status, answer.body[:500])
        return failure(
            ErrorCode.INTERNAL_ERROR, "The server failed; the fault is not yours. Try again later."
        )


def _is_ours(body: bytes) -> bool:
    try:
        _OUR_JSON.validate_json(body)
    except ValidationError:
        return False
    return True
