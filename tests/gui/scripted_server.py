"""A real HTTP server on localhost whose answers the tests decide."""

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from answers import make_answer, make_explanation


@dataclass
class Script:
    """How to answer a path.

    Attributes:
        body: Sent as it is.
        status: HTTP status.
        headers: Sent beside those that every answer has.
        breaks_off: Whether to close the connection instead of answering.
        hold: Set it free to let a held request go on.
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    hold: threading.Event | None = None


@dataclass
class ScriptedServer:
    """Answers analyses, explanations and health checks, and remembers what it was asked.

    Attributes:
        health: For ``/health`` and TorchServe's ``/ping``.
        predict: For ``/predict`` and TorchServe's ``/predictions/...``.
        explain: For ``/explain`` and TorchServe's ``/explanations/...``.
        answer_for: Overrides ``predict`` by the content of the image.
        requests: Path and body of every request.
        tokens: The ``Authorization`` header of every request.
    """

    health: Script = field(
        default_factory=lambda: Script(b'{"status": "healthy", "model_loaded": true}')
    )
    predict: Script = field(
        default_factory=lambda: Script(make_answer().model_dump_json().encode())
    )
    explain: Script = field(
        default_factory=lambda: Script(make_explanation().model_dump_json().encode())
    )
    answer_for: dict[bytes, Script] = field(default_factory=dict)
    tokens: list[str | None] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def fail(self, status: int, body: bytes = b"") -> None:
        """Answer ``/predict`` with an error."""
        self.predict = Script(body, status)

    def __enter__(self) -> "ScriptedServer":
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(script.health, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                content = json.loads(body)
                if self.path.startswith("/expla"):
                    self._answer(script.explain, content)
                else:
                    image = base64.b64decode(content["image"])
                    self._answer(script.answer_for.get(image, script.predict), content)

            def _answer(self, answer: Script, body: dict[str, Any]) -> None:
                script.requests.append((self.path, body))
                script.tokens.append(self.headers["Authorization"])
                if answer.hold is not None:
                    answer.hold.wait(60)
                if answer.breaks_off:
                    return
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for script in (self.health, self.predict, self.explain):
            if script.hold is not None:
                script.hold.set()
        self._server.shutdown()
        self._server.server_close()
