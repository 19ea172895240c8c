"""Puts a server under load and measures how it answers."""

import asyncio
import base64
import io
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Dermoscopic images of HAM10000 beside the checkout, 600x450; made-up ones stand in for them.
SAMPLE = Path(__file__).parents[2] / "shared" / "ham10000_native_sample"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)")


@dataclass(frozen=True)
class Load:
    """How a server answered clients of which each asked after its last answer.

    Attributes:
        seconds: How long it was asked.
        latencies: Seconds that each answer took, ``float64 [N]``.
        failures: Answers other than 200.
    """

    seconds: float
    latencies: NDArray[np.float64]
    failures: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    @classmethod
    def total(cls, loads: Sequence["Load"]) -> "Load":
        """Return what several measurements say together."""
        return cls(
            sum(load.seconds for load in loads),
            np.concatenate([load.latencies for load in loads]),
            sum(load.failures for load in loads),
        )


def image_files(count: int = 64) -> list[bytes]:
    """Return JPEG files of 600x450 pixels."""
    files = [path.read_bytes() for path in sorted(SAMPLE.glob("*.jpg"))[:count]]
    return files or [_made_up(seed) for seed in range(count)]


def large_photograph() -> bytes:
    """Return a JPEG of 12 megapixels with as much detail as a photograph."""
    generator = np.random.default_rng(0)
    coarse = Image.fromarray(generator.integers(60, 230, (300, 400, 3), np.uint8))
    pixels = np.asarray(coarse.resize((4000, 3000), Image.Resampling.BICUBIC)).astype(np.int16)
    pixels += generator.integers(-6, 7, pixels.shape, np.int16)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def json_body(data: bytes) -> bytes:
    """Return the body of a request with an image."""
    return json.dumps({"image": base64.b64encode(data).decode()}).encode()


async def measure(url: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Keep so many clients busy for some time.

    The clients share the processor with the server, so they do no more than HTTP/1.1 needs: whole
    requests are made beforehand, and of an answer only status and length are read.

    Args:
        url: Where to post.
        bodies: JSON bodies, taken in turn.
        clients: How many, each with a connection of its own that it keeps.
        seconds: How long, after a second of warming up that does not count.
    """
    target = urlsplit(url)
    requests = [_request(target, body) for body in bodies]
    latencies: list[float] = []
    failures = 0
    begin = time.perf_counter() + 1.0
    end = begin + seconds

    async def client(number: int) -> None:
        nonlocal failures
        connection = _Connection(target)
        while (start := time.perf_counter()) < end:
            status = await connection.answer(requests[number % len(requests)])
            number += clients
            if start >= begin:
                latencies.append(time.perf_counter() - start)
                failures += status != 200
        connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return Load(seconds, np.array(latencies), failures)


class _Connection:
    """A client's connection to a server; opened anew where the server closes it."""

    def __init__(self, target: SplitResult) -> None:
        self._target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def answer(self, request: bytes) -> int:
        """Send a request, read the whole answer and return its status.

        Raises:
            RuntimeError: If the answer does not tell its length.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._target.hostname, self._target.port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(f"{self._target.netloc} answers without Content-Length: {head!r}")
        await reader.readexactly(int(length[1]))
        if head.startswith(b"http/1.0") or b"\r\nconnection: close" in head:
            self.close()
        return int(head.split(maxsplit=2)[1])

    def close(self) -> None:
        """Close it."""
        if self._streams:
            self._streams[1].close()
        self._streams = None


def _request(target: SplitResult, body: bytes) -> bytes:
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _made_up(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(60, 230, (45, 60, 3), np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(coarse).resize((600, 450), Image.Resampling.BICUBIC)
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
