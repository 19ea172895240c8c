"""HTTP to TorchServe's predictions, over connections that stay open from one request to the next.

It does much less than aiohttp's client, and so takes a sixth less of the gateway's processor time,
which the workers need. TorchServe sends what a handler answers neither in chunks nor compressed.
"""

import asyncio
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

#: Largest segment, in bytes; half of what loopback would send. Of larger ones the last of a request
#: now and then waits 40 ms for room in TorchServe's window.
_SEGMENT: Final = 32_000


@dataclass(frozen=True)
class HttpAnswer:
    """One answer.

    Attributes:
        status: The HTTP status.
        headers: By their names in lower case.
        body: The content.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class ConnectionPool:
    """Keeps connections to one server; as many as there were requests at the same time.

    Args:
        url: Of the server, ``http://HOST:PORT``.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._address: Final = (address.hostname, address.port)
        self._host: Final = address.netloc
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _reader, writer in self._idle:
            writer.close()

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send a POST request and wait for its answer.

        Args:
            path: Where to, with its slash.
            headers: To send beside ``Host`` and ``Content-Length``.
            body: What to send.

        Raises:
            OSError: If the connection fails or what comes is no HTTP answer of known length.
        """
        reader, writer = await self._connection()
        try:
            writer.write(_request(path, {"Host": self._host, **headers}, body))
            answer = await _read_answer(reader)
        except (EOFError, ValueError, asyncio.LimitOverrunError) as error:
            writer.transport.abort()
            raise ConnectionError(f"{self._host} sent no HTTP answer.") from error
        except BaseException:
            # Also of a caller who gives up: the answer would be taken for that of the next request.
            writer.transport.abort()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(sock=await self._connected_socket())

    async def _connected_socket(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            if sys.platform == "linux":
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
            await asyncio.get_running_loop().sock_connect(opened, self._address)
        except BaseException:
            opened.close()
            raise
        return opened


def _request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    # In one piece, which is one system call.
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read_answer(reader: asyncio.StreamReader) -> HttpAnswer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    _version, status, *_reason = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", ""))
    return HttpAnswer(int(status), headers, await reader.readexactly(length))
