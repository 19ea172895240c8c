"""Sends every file below a folder to the server: other people's collections of bad images.

    python -m benchmarks.hostile_files FOLDER [--damage N] [--workers N]

Each file goes to the REST API and to TorchServe as JSON, and to TorchServe as it is, and so do N
copies of it that are damaged at random. Fails if an answer is neither a result nor a refusal with
a code, if it does not come, or if the two answer the same JSON differently. Image libraries carry
such collections in their source packages, for instance

    pip download --no-binary :all: --no-deps pillow
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from tqdm.asyncio import tqdm

from benchmarks.serving_contenders import TORCHSERVE, ours, running
from benchmarks.serving_load import json_body

_CLIENTS = 4
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_JSON = "application/json"
_RAW = f"{TORCHSERVE}, as a file"


@dataclass
class Trial:
    """What the server has answered so far.

    Attributes:
        endpoints: Where it takes images, by name.
        outcomes: How often each endpoint gave each status and code.
        familiar: Answers with a result and without a warning that they are unlike dermoscopy.
        faults: Files that were not answered as they should be, and how.
    """

    endpoints: dict[str, str]
    outcomes: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    familiar: int = 0
    faults: list[str] = field(default_factory=list)

    async def send(self, session: aiohttp.ClientSession, name: str, data: bytes) -> None:
        """Send one file everywhere, and note what comes back."""
        body = json_body(data)
        texts = []
        for endpoint, url in self.endpoints.items():
            payload, kind = (
                (data, "application/octet-stream") if endpoint == _RAW else (body, _JSON)
            )
            try:
                async with session.post(
                    url, data=payload, headers={"Content-Type": kind}
                ) as response:
                    status, text = response.status, await response.text()
            except (TimeoutError, aiohttp.ClientError) as error:
                self.faults.append(f"{name}: {endpoint} gave no answer ({error!r})")
                continue
            self._note(name, endpoint, status, text)
            if endpoint != _RAW:  # a text file may be a request in itself
                texts.append(text)
        if len(set(texts)) > 1:
            self.faults.append(f"{name}: the endpoints differ, {texts}")

    def _note(self, name: str, endpoint: str, status: int, text: str) -> None:
        try:
            answer = json.loads(text)
            if status == 200:
                code = answer["prediction"]["predicted_class"]
                self.familiar += answer["prediction"]["input"]["in_distribution"]
            else:
                code = answer["error"]["code"]
        except (ValueError, LookupError, TypeError):
            code = text[:60]
            self.faults.append(f"{name}: {endpoint} answered {status} with {code!r}")
        if status >= 500:
            self.faults.append(f"{name}: {endpoint} answered {status}, {code}")
        self.outcomes[endpoint, status, code] += 1


def main(args: Sequence[str] | None = None) -> int:
    """Send everything and print what was answered how often; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--damage", type=int, default=0, metavar="N", help="copies of each file")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(args)

    files = _distinct_files(options.folder)
    contender = ours(options.workers)
    trial = Trial({**contender.endpoints, _RAW: contender.endpoints[TORCHSERVE]})
    with running(contender):
        asyncio.run(_send_all(trial, files, options.damage))
    print(f"{len(files)} distinct files, {sum(trial.outcomes.values())} answers")
    for (endpoint, status, code), count in sorted(trial.outcomes.items()):
        print(f"| {endpoint} | {status} | {code} | {count} |")
    print(f"{trial.familiar} answers with a result and no warning; {len(trial.faults)} faults")
    print(*trial.faults, sep="\n")
    return int(bool(trial.faults))


def _distinct_files(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return list({hashlib.sha256(path.read_bytes()).digest(): path for path in paths}.values())


async def _send_all(trial: Trial, files: Sequence[Path], damage: int) -> None:
    free = asyncio.Semaphore(_CLIENTS)
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:

        async def send(path: Path) -> None:
            async with free:
                for name, data in _versions(path, damage):
                    await trial.send(session, name, data)

        await tqdm.gather(*map(send, files), unit="file")


def _versions(path: Path, damage: int) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield str(path), data
    for seed in range(damage if data else 0):
        yield f"{path}, damaged with seed {seed}", _damaged(data, random.Random(seed))  # noqa: S311


def _damaged(data: bytes, choice: random.Random) -> bytes:
    """Change some bytes, most of them near the beginning, cut the end off, or repeat a part."""
    place = choice.randrange(len(data))
    match choice.randrange(3):
        case 0:
            changed = bytearray(data)
            for _ in range(choice.choice((1, 3, 20))):
                end = choice.choice((min(len(data), 200), len(data)))
                changed[choice.randrange(end)] = choice.choice((0, 127, 255))
            return bytes(changed)
        case 1:
            return data[:place]
        case _:
            return data[:place] + data[max(0, place - 500) : place] + data[place:]


if __name__ == "__main__":
    sys.exit(main())
