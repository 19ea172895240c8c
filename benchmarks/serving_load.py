"""Puts a server under load and measures how it answers."""

import asyncio
import base64
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
from PIL import Image

#: Dermoscopic images of HAM10000 beside the checkout, 600x450; made-up ones stand in for them.
SAMPLE = Path(__file__).parents[2] / "shared" / "ham10000_native_sample"


@dataclass(frozen=True)
class Load:
    """How one server answered one number of clients.

    Attributes:
        clients: How many asked at the same time, each after its last answer.
        per_second: Answers per second.
        p50, p95, p99: Seconds within which so many percent were answered.
        failures: Answers other than 200.
    """

    clients: int
    per_second: float
    p50: float
    p95: float
    p99: float
    failures: int


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

    Args:
        url: Where to post.
        bodies: JSON bodies, taken in turn.
        clients: How many.
        seconds: How long, after a second of warming up that does not count.
    """
    latencies: list[float] = []
    failures = 0
    begin = time.perf_counter() + 1.0
    end = begin + seconds

    async def client(session: aiohttp.ClientSession, number: int) -> None:
        nonlocal failures
        while (start := time.perf_counter()) < end:
            body = bodies[number % len(bodies)]
            number += clients
            headers = {"Content-Type": "application/json"}
            async with session.post(url, data=body, headers=headers) as response:
                await response.read()
            if start >= begin:
                latencies.append(time.perf_counter() - start)
                failures += response.status != 200

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(client(session, number) for number in range(clients)))
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99])
    return Load(clients, len(latencies) / seconds, p50, p95, p99, failures)


def _made_up(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(60, 230, (45, 60, 3), np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(coarse).resize((600, 450), Image.Resampling.BICUBIC)
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
