"""Decides which requests the gateway lets in, so that load never becomes a lack of memory."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from handlers.refusal import Refusal, overloaded
from handlers.schema import ErrorCode

#: As many as TorchServe would queue.
MAX_REQUESTS: Final = 64
#: However slow they are, they cost the model nothing.
MAX_UPLOADS: Final = 512
#: Bodies that are held at the same time, in bytes.
MAX_BYTES_HELD: Final = 256 * 1024 * 1024


class Admission:
    """Counts the requests in progress; lets in no more than fit, and none once it is closed.

    Args:
        max_requests: Complete requests that wait for the model, at most.
        max_bytes: Sum of all bodies at most, in bytes.
        max_uploads: Requests whose bodies are still on their way, at most.
    """

    def __init__(
        self,
        max_requests: int = MAX_REQUESTS,
        max_bytes: int = MAX_BYTES_HELD,
        max_uploads: int = MAX_UPLOADS,
    ) -> None:
        self._free_requests = max_requests
        self._free_bytes = max_bytes
        self._free_uploads = max_uploads
        self._in_progress = 0
        self._idle = asyncio.Event()
        self._idle.set()
        #: Whether new requests are let in.
        self.is_open = True

    @contextmanager
    def admit(self) -> Iterator["Upload"]:
        """Let in a request for as long as the context lasts.

        Raises:
            Refusal: If the server is stopping, or has all the uploads that it can take.
        """
        if not self.is_open:
            raise Refusal(
                ErrorCode.MODEL_UNAVAILABLE,
                "The server is stopping; try again when it is back.",
                {"Connection": "close", "Retry-After": "10"},
            )
        self.take(uploads=1)
        self._in_progress += 1
        self._idle.clear()
        upload = Upload(self)
        try:
            yield upload
        finally:
            self.take(*(-taken for taken in upload.taken))
            self._in_progress -= 1
            if not self._in_progress:
                self._idle.set()

    async def close(self) -> None:
        """Let in no more requests, and wait for those in progress."""
        self.is_open = False
        await self._idle.wait()

    def take(self, uploads: int = 0, requests: int = 0, size: int = 0) -> None:
        """Take of what there is, or give it back.

        Raises:
            Refusal: If there is not enough; nothing is taken then.
        """
        left = (
            self._free_uploads - uploads,
            self._free_requests - requests,
            self._free_bytes - size,
        )
        if min(left) < 0:
            raise overloaded()
        self._free_uploads, self._free_requests, self._free_bytes = left


class Upload:
    """A request that was let in."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        #: Uploads, requests and bytes that it occupies.
        self.taken = (1, 0, 0)

    def grow(self, size: int) -> None:
        """Hold so many more bytes of its body.

        Raises:
            Refusal: If the server holds all that it can.
        """
        self._admission.take(size=size)
        uploads, requests, held = self.taken
        self.taken = (uploads, requests, held + size)

    def complete(self) -> None:
        """Have it wait for the model from now on.

        Raises:
            Refusal: If all that can wait do so already.
        """
        self._admission.take(uploads=-1, requests=1)
        self.taken = (0, 1, self.taken[2])
