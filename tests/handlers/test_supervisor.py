"""When TorchServe is started again, and when the supervisor gives up.

A real TorchServe takes half a minute to start; here a stand-in breaks on command. The integration
tests kill real ones.
"""

import asyncio
import tempfile
import threading
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from handlers import supervisor
from handlers.connection_pool import ConnectionPool
from handlers.supervisor import ServerError, Supervisor
from handlers.torchserve import Endpoints, Ports, TorchServe
from handlers.torchserve_client import TorchServeClient


class BreakingTorchServe(TorchServe):
    """Runs for two looks at it, then has ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Ports(1, 2))
        self.starts = 0
        self.stops = 0
        self._looks = 0

    @property
    def is_running(self) -> bool:
        self._looks += 1
        return self._looks < 3

    def start(self) -> None:
        self.starts += 1
        self._looks = 0
        self.log.write_text("[INFO ] all is well\n[ERROR] the cause\n[INFO ] bye\n")

    def stop(self) -> None:
        self.stops += 1


class SilentTorchServe(BreakingTorchServe):
    """Runs for as long as it is let."""

    @property
    def is_running(self) -> bool:
        return True


class ReadyClient(TorchServeClient):
    """Finds TorchServe ready, or not, whenever it is asked."""

    def __init__(self, session: aiohttp.ClientSession, ready: bool) -> None:
        super().__init__(ConnectionPool("http://nowhere:1"), session, Endpoints("", ""), 1.0)
        self.ready = ready

    async def is_ready(self) -> bool:
        return self.ready


@pytest.fixture(autouse=True)
def temporary_files(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logs that are kept go there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("kept")))


def supervise(torchserve: TorchServe, ready: bool) -> list[str]:
    """Run until the supervisor gives up; return the announcements."""
    announced: list[str] = []

    async def scenario() -> None:
        async with aiohttp.ClientSession() as session:
            client = ReadyClient(session, ready)
            keeper = Supervisor(torchserve, client, pause=0.01)
            await keeper.run(lambda: announced.append("ready"))

    with pytest.raises(ServerError) as caught:
        asyncio.run(scenario())
    return [*announced, str(caught.value)]


def test_what_never_becomes_ready_is_not_tried_again(tmp_path: Path) -> None:
    torchserve = BreakingTorchServe(tmp_path)
    (message,) = supervise(torchserve, ready=False)
    assert (torchserve.starts, torchserve.stops) == (1, 1)
    assert "TorchServe has ended unexpectedly: [ERROR] the cause." in message
    kept = Path(message.rpartition("kept in ")[2].rstrip("."))
    assert "the cause" in kept.read_text()
    assert not kept.is_relative_to(tmp_path)


def test_what_breaks_again_and_again_is_given_up(tmp_path: Path) -> None:
    torchserve = BreakingTorchServe(tmp_path)
    announced, message = supervise(torchserve, ready=True)
    assert announced == "ready"
    assert (torchserve.starts, torchserve.stops) == (6, 6)
    assert "has ended unexpectedly" in message


def test_what_takes_as_long_as_it_may_and_never_becomes_ready_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once ready, a server may later find too little memory for any worker, at every start."""
    scale = 200
    for name in ("_START_TIMEOUT", "_OUTAGE_TIMEOUT", "_POLL_INTERVAL", "_RESTART_WINDOW"):
        monkeypatch.setattr(supervisor, name, getattr(supervisor, name) / scale)
    torchserve = SilentTorchServe(tmp_path)

    async def scenario() -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            client = ReadyClient(session, ready=True)

            def announce() -> None:
                client.ready = False

            await Supervisor(torchserve, client, pause=1.0 / scale).run(announce)

    with pytest.raises(ServerError, match="No worker has been ready"):
        asyncio.run(scenario())
    assert torchserve.starts == 6


def test_a_disk_that_is_full_for_a_moment_is_one_more_reason_to_start_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchserve = BreakingTorchServe(tmp_path)
    start = torchserve.start

    def unlucky() -> None:
        start()
        if torchserve.starts == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(torchserve, "start", unlucky)
    announced, message = supervise(torchserve, ready=True)
    assert announced == "ready"
    assert (torchserve.starts, torchserve.stops) == (6, 6)
    assert "has ended unexpectedly" in message


def test_a_disk_that_is_full_at_the_first_start_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torchserve = BreakingTorchServe(tmp_path)

    def unlucky() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torchserve, "start", unlucky)
    keeper = Supervisor(torchserve, cast(TorchServeClient, None))
    with pytest.raises(OSError, match="No space left"):
        asyncio.run(keeper.run(lambda: None))


class StubbornTorchServe(SilentTorchServe):
    """Ends only when it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may_end = threading.Event()
        self.has_ended = False

    def stop(self) -> None:
        self.may_end.wait(60)
        self.has_ended = True


def test_however_impatient_somebody_is_it_is_stopped_to_its_end(tmp_path: Path) -> None:
    torchserve = StubbornTorchServe(tmp_path)

    async def scenario() -> None:
        async with aiohttp.ClientSession() as session:
            ready = asyncio.Event()
            keeper = Supervisor(torchserve, ReadyClient(session, ready=True))
            running = asyncio.create_task(keeper.run(ready.set))
            await ready.wait()
            for _ in range(4):
                running.cancel()
                await asyncio.sleep(0.02)
            assert not running.done()
            torchserve.may_end.set()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(scenario())
    assert torchserve.has_ended


def test_restarts_of_long_ago_lengthen_no_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.supervisor._RESTART_WINDOW", 0.0)
    monkeypatch.setattr("handlers.supervisor._POLL_INTERVAL", 0.01)
    torchserve = BreakingTorchServe(tmp_path)

    async def scenario() -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(3):
            keeper = Supervisor(torchserve, ReadyClient(session, ready=True), pause=0.05)
            await keeper.run(lambda: None)

    with pytest.raises(TimeoutError):
        asyncio.run(scenario())
    assert torchserve.starts > 8  # with pauses that grow, 6
