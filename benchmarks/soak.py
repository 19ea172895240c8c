"""Holds the server under full load with bad input and dying workers mixed in.

    python -m benchmarks.soak [--minutes 10] [--workers N]

Every answer to a good image is compared with the answer to the same image before the load. Workers
are killed in the first two thirds of the time; in the last one they live on, so that what they leak
shows, too. Fails on a wrong answer, on a 5xx that no kill explains, and if memory is ever more than
5% above the most of the first minute.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import psutil

from benchmarks.serving_contenders import GATEWAY, ours, running
from benchmarks.serving_load import image_files, json_body

CLIENTS = 8
#: Seconds between two kills of a worker.
KILL_INTERVAL = 60.0
#: Seconds after a kill in which failures are put down to it. The gateway sends a request that was
#: lost with a worker once more, and it then waits for those of the other clients only.
KILL_SHADOW = 3.0
MEMORY_GROWTH = 1.05
BAD_BODIES = (
    b"",
    b"{",
    b'{"image": NaN}',
    b'{"image": "%%%"}',
    json_body(b"no image"),
    json_body(b"\x89PNG\r\n\x1a\n" + bytes(5000)),
)


def damaged(image: bytes) -> list[bytes]:
    """Return copies of a JPEG file that have to be looked into: half of it, and coded otherwise."""
    return [image[: len(image) // 2], image.replace(b"\xff\xc0", b"\xff\xc9", 1)]


@dataclass
class Soak:
    """What has happened so far.

    Attributes:
        statuses: How often each status was answered.
        wrong: Answers that differ from the one before the load.
        unexplained: 5xx that no kill explains.
        first_memory: The most megabytes of the whole server within the first minute.
        later_memory: And after it.
    """

    url: str
    server: psutil.Process
    bodies: list[bytes]
    bad_bodies: list[bytes]
    begin: float
    end: float
    expected: list[bytes] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    unexplained: int = 0
    first_memory: float = 0.0
    later_memory: float = 0.0
    last_kill: float = float("-inf")

    async def run(self) -> None:
        """Load the server until the end."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            for body in self.bodies:
                status, answer = await self._post(session, body)
                assert status == 200, answer
                self.expected.append(answer)
            clients = [self._client(session, random.Random(seed)) for seed in range(CLIENTS)]  # noqa: S311
            await asyncio.gather(*clients, self._kill_workers(), self._watch_memory())

    async def _client(self, session: aiohttp.ClientSession, choice: random.Random) -> None:
        while time.monotonic() < self.end:
            if choice.random() < 0.2:
                status, answer = await self._post(session, choice.choice(self.bad_bodies))
                self.wrong += status < 400
            else:
                index = choice.randrange(len(self.bodies))
                status, answer = await self._post(session, self.bodies[index])
                self.wrong += status < 500 and answer != self.expected[index]
            self.statuses[status] += 1
            self.unexplained += status >= 500 and time.monotonic() - self.last_kill > KILL_SHADOW

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        async with session.post(self.url, data=body, headers=headers) as response:
            return response.status, await response.read()

    async def _kill_workers(self) -> None:
        last = self.begin + (self.end - self.begin) * 2 / 3
        while time.monotonic() + KILL_INTERVAL < last:
            await asyncio.sleep(KILL_INTERVAL)
            workers = [one for one in self._family() if "model_service_worker" in _line(one)]
            if workers:
                random.choice(workers).kill()  # noqa: S311
                self.last_kill = time.monotonic()

    async def _watch_memory(self) -> None:
        while (now := time.monotonic()) < self.end:
            memory = sum(map(_megabytes, self._family()))
            if now < self.begin + 60:
                self.first_memory = max(self.first_memory, memory)
            else:
                self.later_memory = max(self.later_memory, memory)
            await asyncio.sleep(5)

    def _family(self) -> list[psutil.Process]:
        return [self.server, *self.server.children(recursive=True)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the soak and judge it; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="at least 2")
    # Of one worker alone, each kill would be an outage.
    parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 2))
    options = parser.parse_args(args)
    if options.minutes < 2:
        parser.error("The memory can be judged after --minutes 2 or more.")

    contender = ours(options.workers)
    with running(contender) as server:
        images = image_files(32)
        bodies = [json_body(data) for data in images]
        bad_bodies = [*BAD_BODIES, *map(json_body, damaged(images[0]))]
        begin = time.monotonic()
        end = begin + 60 * options.minutes
        soak = Soak(contender.endpoints[GATEWAY], server.process, bodies, bad_bodies, begin, end)
        asyncio.run(soak.run())
    growth = soak.later_memory / soak.first_memory
    print(
        f"{sum(soak.statuses.values())} answers in {options.minutes:g} minutes: "
        f"{dict(sorted(soak.statuses.items()))}; {soak.wrong} wrong, {soak.unexplained} 5xx "
        f"without a kill; memory {growth - 1:+.1%} after the first minute."
    )
    return int(bool(soak.wrong or soak.unexplained or growth > MEMORY_GROWTH))


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
