"""Keeps TorchServe running, and gives up when that does not help."""

import asyncio
import shutil
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from handlers.request_log import logger
from handlers.torchserve import TorchServe
from handlers.torchserve_client import TorchServeClient

#: Seconds from a start to the first worker that is ready.
_START_TIMEOUT: Final = 300.0
#: Seconds without any ready worker. TorchServe restarts a worker that died, but gives up on one
#: that keeps dying.
_OUTAGE_TIMEOUT: Final = 90.0
_POLL_INTERVAL: Final = 0.5
#: So many restarts in so many seconds are too many. There is time for all of them, also where each
#: takes as long as a start may.
_MAX_RESTARTS: Final = 5
_RESTART_WINDOW: Final = (_MAX_RESTARTS + 2) * _START_TIMEOUT


class ServerError(RuntimeError):
    """The server can not start or go on."""


class Supervisor:
    """Keeps one TorchServe running.

    Args:
        torchserve: Which.
        client: Asks it whether it is ready.
        pause: Seconds before the first restart; each that follows soon waits about twice as long.
    """

    def __init__(
        self, torchserve: TorchServe, client: TorchServeClient, pause: float = 1.0
    ) -> None:
        self._torchserve = torchserve
        self._client = client
        self._pause = pause
        self._restarts: deque[float] = deque()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Run TorchServe until this is cancelled, and start it again when it breaks.

        Args:
            on_ready: Called once, when it is ready for the first time.

        Raises:
            ServerError: If it does not become ready at all, or breaks too often.
            JavaError: If there is no usable Java.
            OSError: If its folder can not be written at the first start.
        """
        announced = False
        while True:
            try:
                async with _running(self._torchserve):
                    await self._until_ready(_START_TIMEOUT)
                    if not announced:
                        on_ready()
                    announced = True
                    while True:
                        await asyncio.sleep(_POLL_INTERVAL)
                        await self._until_ready(_OUTAGE_TIMEOUT)
            except (OSError, ServerError) as error:
                if not announced and isinstance(error, OSError):
                    raise
                self._forget_old_restarts()
                if not announced or len(self._restarts) == _MAX_RESTARTS:
                    raise ServerError(f"{error} {self._keep_log()}") from error
                logger.warning("restart", extra={"fields": {"reason": str(error)}})
            self._restarts.append(time.monotonic())
            await asyncio.sleep(self._pause * (2 ** len(self._restarts) - 1))

    async def _until_ready(self, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                while self._torchserve.is_running:
                    if await self._client.is_ready():
                        return
                    await asyncio.sleep(_POLL_INTERVAL)
        except TimeoutError as error:
            raise ServerError(
                f"No worker has been ready for {timeout:.0f} s: {self._torchserve.last_error()}."
            ) from error
        raise ServerError(f"TorchServe has ended unexpectedly: {self._torchserve.last_error()}.")

    def _forget_old_restarts(self) -> None:
        begin = time.monotonic() - _RESTART_WINDOW
        while self._restarts and self._restarts[0] < begin:
            self._restarts.popleft()

    def _keep_log(self) -> str:
        """Copy the log out of the folder that is about to go; return a sentence about it."""
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="skin-lesion-log-"))
            kept = shutil.copy(self._torchserve.log, folder)
            return f"Its log is kept in {kept}."
        return "It left no log."


@asynccontextmanager
async def _running(torchserve: TorchServe) -> AsyncIterator[None]:
    try:
        torchserve.start()
        yield
    finally:
        # In a thread, since it takes seconds and the gateway goes on answering. To its end, however
        # impatient somebody is, or the folder would go while Java still writes into it.
        stopping = asyncio.ensure_future(asyncio.to_thread(torchserve.stop))
        impatience: asyncio.CancelledError | None = None
        while not stopping.done():
            try:
                await asyncio.shield(stopping)
            except asyncio.CancelledError as error:
                impatience = error
        if impatience is not None:
            raise impatience
