"""The pool against real sockets: what is kept open, what is not, and what is no answer."""

import asyncio
import gc
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from handlers.connection_pool import ConnectionPool, HttpAnswer

# A connection that is left to the garbage collector gives these.
pytestmark = [
    pytest.mark.filterwarnings("error::ResourceWarning"),
    pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning"),
]

ANSWER = b"HTTP/1.1 200 OK\r\nX-Outcome: Low\r\ncontent-length: 4\r\n\r\nbody"
IMAGE = b"\x00\r\n\r\nimage"
#: More than the system takes before anybody reads it.
LARGE_IMAGE = bytes(range(256)) * 80_000
Scenario = Callable[[ConnectionPool], Awaitable[None]]


class Server:
    """Says the same after every request, and remembers what it was asked over which connection.

    Args:
        answer: What to say.
        requests: Answered per connection before it is closed.
        after: Seconds to wait before answering.
    """

    def __init__(self, answer: bytes, requests: int = 1_000, after: float = 0.0) -> None:
        self.connections: list[list[bytes]] = []
        self.lost = asyncio.Event()
        self._answer = answer
        self._requests = requests
        self._after = after

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        requests: list[bytes] = []
        self.connections.append(requests)
        try:
            for _ in range(self._requests):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                requests.append(head + await self.read(reader, length))
                await asyncio.sleep(self._after)
                await self.say(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.lost.set()
        finally:
            writer.close()

    async def read(self, reader: asyncio.StreamReader, length: int) -> bytes:
        """Read a body."""
        return await reader.readexactly(length)

    async def say(self, writer: asyncio.StreamWriter) -> None:
        """Answer."""
        writer.write(self._answer)
        await writer.drain()


class Resetting(Server):
    """Breaks a connection off after an answer."""

    async def say(self, writer: asyncio.StreamWriter) -> None:
        """Answer, and break off."""
        await super().say(writer)
        await asyncio.sleep(0.01)
        no_lingering = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, no_lingering
        )
        writer.transport.abort()


class Repeating(Server):
    """Says everything once more, unasked."""

    async def say(self, writer: asyncio.StreamWriter) -> None:
        """Answer twice."""
        await super().say(writer)
        await asyncio.sleep(0.01)
        await super().say(writer)


class Hasty(Server):
    """Answers before it has read the image, and never reads it."""

    async def read(self, reader: asyncio.StreamReader, length: int) -> bytes:
        """Read nothing."""
        return b""

    async def say(self, writer: asyncio.StreamWriter) -> None:
        """Answer, and leave the image where it is for a while."""
        await super().say(writer)
        await asyncio.sleep(0.5)


def run(server: Callable[[], Server], scenario: Scenario) -> Server:
    """Run a scenario with a pool of connections to a server."""

    async def everything() -> Server:
        made = server()
        listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            with ConnectionPool(f"http://127.0.0.1:{port}") as pool:
                await asyncio.wait_for(scenario(pool), 10)
            await asyncio.sleep(0.01)  # the server sees that its connections are closed
        return made

    made = asyncio.run(everything())
    gc.collect()
    return made


async def ask(pool: ConnectionPool, body: bytes = IMAGE) -> HttpAnswer:
    return await pool.post("/predictions/x", {"Content-Type": "image/x"}, body)


async def ask_twice(pool: ConnectionPool, image: bytes = IMAGE) -> None:
    for _ in range(2):
        answer = await ask(pool, image)
        assert (answer.status, answer.body) == (200, b"body")
        assert answer.headers["x-outcome"] == "Low"
        await asyncio.sleep(0.05)  # a closed connection is told meanwhile


def test_one_connection_serves_request_after_request() -> None:
    server = run(lambda: Server(ANSWER), ask_twice)
    [requests] = server.connections
    assert len(requests) == 2
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert body == IMAGE
    first, *headers = head.split(b"\r\n")
    assert first == b"POST /predictions/x HTTP/1.1"
    assert b"Content-Type: image/x" in headers
    assert b"Content-Length: 10" in headers
    assert any(header.startswith(b"Host: 127.0.0.1:") for header in headers)


def test_requests_at_the_same_time_have_connections_of_their_own() -> None:
    async def together(pool: ConnectionPool) -> None:
        for _ in range(2):
            await asyncio.gather(*(ask(pool) for _ in range(3)))

    server = run(lambda: Server(ANSWER, after=0.1), together)
    assert [len(requests) for requests in server.connections] == [2, 2, 2]


@pytest.mark.parametrize(
    "server",
    [
        lambda: Server(ANSWER, requests=1),
        lambda: Server(ANSWER.replace(b"X-Outcome", b"Connection: Close\r\nX-Outcome")),
        lambda: Resetting(ANSWER, requests=1),
        lambda: Repeating(ANSWER),
        lambda: Hasty(ANSWER),
    ],
    ids=["closed", "to be closed", "reset", "that said something unasked", "half used"],
)
def test_a_connection_is_not_used_again(server: Callable[[], Server]) -> None:
    made = run(server, lambda pool: ask_twice(pool, LARGE_IMAGE))
    assert [len(requests) for requests in made.connections] == [1, 1]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        ANSWER[:-1],
        ANSWER.partition(b"content")[0],
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 ok OK\r\ncontent-length: 0\r\n\r\n",
        ANSWER.replace(b": 4", b": -4"),
        ANSWER.replace(b": 4", b": four"),
        ANSWER.replace(b"content-length: 4", b"transfer-encoding: chunked"),
        ANSWER + ANSWER,
        b"HTTP/1.1 200 OK\r\nX: " + bytes(100_000),
    ],
)
def test_what_is_no_whole_answer_is_an_error_and_ends_the_connection(answer: bytes) -> None:
    async def fail_then_fail(pool: ConnectionPool) -> None:
        for _ in range(2):
            with pytest.raises(OSError, match=r"no HTTP answer|was closed|reset"):
                await ask(pool)

    server = run(lambda: Server(answer, requests=1), fail_then_fail)
    assert len(server.connections) == 2


def test_an_answer_that_nobody_waits_for_is_not_the_next_ones() -> None:
    lost: list[asyncio.Event] = []

    def server() -> Server:
        made = Server(ANSWER, after=0.3)
        lost.append(made.lost)
        return made

    async def give_up_and_ask(pool: ConnectionPool) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask(pool)
        await ask(pool)
        await lost[0].wait()

    assert len(run(server, give_up_and_ask).connections) == 2


def test_where_nobody_listens_there_is_an_error() -> None:
    async def scenario() -> None:
        with ConnectionPool("http://127.0.0.1:1") as pool:
            await ask(pool)

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(scenario())
    gc.collect()


def test_a_large_image_arrives_whole() -> None:
    server = run(lambda: Server(ANSWER), lambda pool: ask_twice(pool, LARGE_IMAGE))
    assert server.connections[0][0].endswith(b"\r\n\r\n" + LARGE_IMAGE)


def test_leaving_closes_the_connections() -> None:
    lost: list[asyncio.Event] = []

    async def scenario() -> None:
        server = Server(ANSWER)
        lost.append(server.lost)
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            with ConnectionPool(f"http://127.0.0.1:{port}") as pool:
                await ask(pool)
                assert not server.lost.is_set()
            await asyncio.wait_for(server.lost.wait(), 5)

    asyncio.run(scenario())
