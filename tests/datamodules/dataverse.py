"""A small Dataverse on this machine that can be told to misbehave."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Dataverse:
    """Serves files by their number.

    Attributes:
        files: What is served, by number.
        mishaps: What happens to the next requests, one each: ``break`` (sends a third of the rest
            and hangs up), ``no range`` (sends the whole file whatever is asked for), ``wrong``
            (sends as many other bytes), or a status. Then all is well again.
        ranges: The ``Range`` header of each request, or ``None``.
    """

    def __init__(self, files: dict[int, bytes]) -> None:
        self.files = files
        self.mishaps: deque[str | int] = deque()
        self.ranges: list[str | None] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["Dataverse"]:
        """Serve until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{server.server_port}/api/access/datafile"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(dataverse) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                dataverse.ranges.append(self.headers["Range"])
                mishap = dataverse.mishaps.popleft() if dataverse.mishaps else None
                number = int(self.path.split("?")[0].rsplit("/")[-1])
                if isinstance(mishap, int) or number not in dataverse.files:
                    self.send_error(mishap if isinstance(mishap, int) else 404)
                    return
                body = dataverse.files[number]
                start = 0
                if self.headers["Range"] and mishap != "no range":
                    start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-/{len(body)}")
                rest = bytes(len(body)) if mishap == "wrong" else body[start:]
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                self.wfile.write(rest[: len(rest) // 3] if mishap == "break" else rest)

            def log_message(self, *args: object) -> None:
                pass

        return Handler
