"""Decides which requests the gateway lets in, so that load never becomes a lack of memory."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from handlers.refusal import Refusal
from handlers.schema import ErrorCode

#: As many as TorchServe would queue.
MAX_REQUESTS: Final = 64
#: Bodies that are held at the same time, in bytes.
MAX_BYTES_HELD: Final = 256 * 1024 * 1024


class Admission:
    """Counts the requests in progress; lets in no more than fit, and none once it is closed.

    Args:
        max_requests: Requests in progress at most.
        max_bytes: Sum of their bodies at most, in bytes.
    """

    def __init__(self, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES_HELD) -> None:
        self._free_requests = max_requests
        self._free_bytes = max_bytes
        self._in_progress = 0
        self._idle = asyncio.Event()
        self._idle.set()
        #: Whether new requests are let in.
        self.is_open = True

    @contextmanager
    def admit(self, size: int) -> Iterator[None]:
        """Let in a request for as long as the context lasts.

        Args:
            size: Of its body, in bytes.

        Raises:
            Refusal: If the server is stopping or has all the work that it can take.
        """
        if not self.is_open:
            raise Refusal(
                ErrorCode.MODEL_UNAVAILABLE,
                "The server is stopping; try again when it is back.",
                {"Connection": "close", "Retry-After": "10"},
            )
        if self._free_requests < 1 or self._free_bytes < size:
            raise Refusal(
                ErrorCode.OVERLOADED,
                "The server has more requests than it can answer; try again in a moment.",
            )
        self._take(1, size)
        try:
            yield
        finally:
            self._take(-1, -size)

    async def close(self) -> None:
        """Let in no more requests, and wait for those in progress."""
        self.is_open = False
        await self._idle.wait()

    def _take(self, requests: int, size: int) -> None:
        self._free_requests -= requests
        self._free_bytes -= size
        self._in_progress += requests
        if self._in_progress:
            self._idle.clear()
        else:
            self._idle.set()
