"""HTTP to TorchServe's predictions, over connections that stay open from one request to the next.

aiohttp's client does much that TorchServe never asks for, in processor time that the workers need:
what a handler answers comes neither in chunks nor compressed.
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
_MAX_HEAD: Final = 64 * 1024
_END_OF_HEAD: Final = b"\r\n\r\n"


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
        url: Of the server, ``http://HOST:PORT``, reached by IPv4.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._address: Final = (address.hostname, address.port)
        self._host: Final = address.netloc
        self._idle: list[_Connection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._idle:
            connection.close()

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send a POST request and wait for its answer.

        Args:
            path: Where to, with its slash.
            headers: To send beside ``Host`` and ``Content-Length``.
            body: What to send.

        Raises:
            OSError: If the connection fails or what comes is no HTTP answer of known length.
        """
        request = _request(path, {"Host": self._host, **headers}, body)
        connection = await self._connection()
        try:
            answer = await connection.ask(request)
        except BaseException:
            # Also of a caller who gives up: the answer would be taken for that of the next request.
            connection.close()
            raise
        if answer.headers.get("connection", "").lower() == "close" or connection.is_sending:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    async def _connection(self) -> "_Connection":
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        opened = await self._connected_socket()
        _, made = await asyncio.get_running_loop().create_connection(_Connection, sock=opened)
        return made

    async def _connected_socket(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            opened.setblocking(False)
            if sys.platform == "linux":
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
            await asyncio.get_running_loop().sock_connect(opened, self._address)
        except BaseException:
            opened.close()
            raise
        return opened


class _Connection(asyncio.Protocol):
    """One connection, which has one request under way at most."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._waiting: asyncio.Future[HttpAnswer] | None = None

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    @property
    def is_sending(self) -> bool:
        """Whether part of the request is still to be sent."""
        return self._transport.get_write_buffer_size() > 0

    async def ask(self, request: bytes) -> HttpAnswer:
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  tells the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody has asked for this
            return
        self._received += data
        try:
            answer = _answer(self._received)
        except ValueError as error:
            self._waiting.set_exception(ConnectionError(f"This is no HTTP answer: {error}."))
        else:
            if answer is not None:
                self._received.clear()
                self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("The connection was closed."))


def _request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    # In one piece, which is one system call.
    return "\r\n".join([*lines, "", ""]).encode() + body


def _answer(received: bytearray) -> HttpAnswer | None:
    """Read an answer, if it is complete.

    Raises:
        ValueError: If this is none, or more than one.
    """
    end = received.find(_END_OF_HEAD, 0, _MAX_HEAD)
    if end < 0:
        if len(received) >= _MAX_HEAD:
            raise ValueError("the head is too long")
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    _version, status, *_reason = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", ""))
    body = bytes(received[end + len(_END_OF_HEAD) :])
    if len(body) > length:
        raise ValueError("the body is longer than its head says")
    return HttpAnswer(int(status), headers, body) if len(body) == length else None
