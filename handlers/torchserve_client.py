"""Talks to TorchServe over HTTP and puts its failures into our own words."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp

from handlers.connection_pool import ConnectionPool
from handlers.model_spec import MODEL_NAME
from handlers.outcome import OUTCOME_HEADER
from handlers.payload import IMAGE_FILE
from handlers.refusal import Refusal, failed, overloaded
from handlers.request_log import logger
from handlers.schema import ErrorCode
from handlers.torchserve import Endpoints

Service = Literal["predictions", "explanations"]

_UNAVAILABLE: Final = "The model is not ready to answer; wait a little and try again."
#: What an image may take, and its batch before it. TorchServe kills a worker after 60.
_SUSPECT_SECONDS: Final = 30.0
#: What TorchServe says of a request whose worker died.
_WORKER_DIED: Final = b"Worker died"


@dataclass(frozen=True)
class Answer:
    """One answer of the handler.

    Attributes:
        status: The HTTP status.
        body: JSON as :mod:`handlers.schema` describes it.
        outcome: As :mod:`handlers.outcome` names it.
    """

    status: int
    body: bytes
    outcome: str


@dataclass(frozen=True)
class _Failure:
    """What came instead of an answer of the handler; status 0 if nothing came."""

    status: int
    body: bytes

    @property
    def is_worth_a_retry(self) -> bool:
        """Whether the request was lost with the process that had it."""
        return self.status == 0 or (self.status in {500, 507} and _WORKER_DIED in self.body)


@asynccontextmanager
async def torchserve_client(
    endpoints: Endpoints, timeout: float = 120.0
) -> AsyncIterator["TorchServeClient"]:
    """Provide a client while the context lasts.

    Args:
        endpoints: Where TorchServe listens.
        timeout: Seconds to wait for a prediction.
    """
    path = endpoints.management_socket
    management = aiohttp.UnixConnector(str(path)) if path else aiohttp.TCPConnector()
    with ConnectionPool(endpoints.inference) as inference:
        async with aiohttp.ClientSession(connector=management) as session:
            yield TorchServeClient(inference, session, endpoints, timeout)


class TorchServeClient:
    """Asks a TorchServe on this machine.

    Args:
        inference: Connections for predictions.
        management: An open HTTP session for descriptions of the model.
        endpoints: Where TorchServe listens.
        timeout: Seconds to wait for a prediction.
    """

    def __init__(
        self,
        inference: ConnectionPool,
        management: aiohttp.ClientSession,
        endpoints: Endpoints,
        timeout: float,
    ) -> None:
        self._inference = inference
        self._management = management
        self._endpoints = endpoints
        self._timeout = timeout
        self._retrying = asyncio.Lock()

    async def is_ready(self) -> bool:
        """Ask whether a worker has loaded the network (``/ping`` would not tell)."""
        try:
            async with self._management.get(
                f"{self._endpoints.management}/models/{MODEL_NAME}",
                headers=self._endpoints.authorization("management"),
                timeout=aiohttp.ClientTimeout(total=5),
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
        try:
            return any(worker["status"] == "READY" for worker in json.loads(text)[0]["workers"])
        except (ValueError, LookupError, TypeError):
            return False  # an error, or another program's answer

    async def ask(self, service: Service, image: bytes) -> Answer:
        """Ask for a prediction or an explanation.

        A request that is lost because a process died is sent once more, unless that took so long
        that the request itself may be what kills workers.

        Args:
            service: Which of the two.
            image: The content of an image file, not yet looked at.

        Returns:
            The handler's answer unchanged.

        Raises:
            Refusal: If TorchServe could not obtain one.
        """
        headers = {
            "Content-Type": IMAGE_FILE,
            **self._endpoints.authorization("inference"),
        }
        begin = time.monotonic()
        got = await self._post(service, image, headers)
        is_suspect = time.monotonic() - begin > _SUSPECT_SECONDS
        if isinstance(got, _Failure) and got.is_worth_a_retry and not is_suspect:
            logger.warning("retry", extra={"fields": {"torchserve_status": got.status}})
            # One by one, lest all of a batch come together again with what killed their worker.
            async with self._retrying:
                got = await self._post(service, image, headers)
        if isinstance(got, _Failure):
            raise await self._refusal(got)
        return got

    async def _post(
        self, service: Service, image: bytes, headers: Mapping[str, str]
    ) -> Answer | _Failure:
        try:
            async with asyncio.timeout(self._timeout):
                got = await self._inference.post(f"/{service}/{MODEL_NAME}", headers, image)
        except TimeoutError as error:
            raise Refusal(
                ErrorCode.TIMEOUT, "The model took too long to answer; try again in a moment."
            ) from error
        except OSError:
            return _Failure(0, b"")
        if outcome := got.headers.get(OUTCOME_HEADER.lower()):
            return Answer(got.status, got.body, outcome)
        return _Failure(got.status, got.body)

    async def _refusal(self, failure: _Failure) -> Refusal:
        """Put an error of TorchServe itself into our words."""
        match failure.status:
            case 503 if await self.is_ready():
                # A full queue; TorchServe says that there is no worker.
                return overloaded()
            case 0 | 404 | 503:
                return Refusal(ErrorCode.MODEL_UNAVAILABLE, _UNAVAILABLE)
            case 413:
                return Refusal(ErrorCode.IMAGE_TOO_LARGE, "The image file is too large.")
            case 507:
                return Refusal(
                    ErrorCode.OVERLOADED, "The server ran out of memory; try again later."
                )
        logger.error(
            "unexpected answer of TorchServe",
            extra={
                "fields": {
                    "torchserve_status": failure.status,
                    "torchserve_body": repr(failure.body[:300]),
                }
            },
        )
        return failed()
