"""The HTTP client against a real server that behaves well, badly, or not at all."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from answers import make_answer, make_explanation
from scripted_server import Script, ScriptedServer

from gui import errors
from gui.client import AnalysisClient
from gui.problem import problem_from
from gui.server_address import ServerAddress
from handlers.schema import ErrorCode, ErrorDetail, ErrorResponse

IMAGE = b"content of an image file"
#: Of one that takes a while, in bytes.
IMAGE_SIZE = 6_000_000


def client_of(url: str) -> AnalysisClient:
    return AnalysisClient(ServerAddress(url=url))


def test_an_analysis_sends_base64_and_returns_the_typed_answer(
    scripted_server: ScriptedServer,
) -> None:
    answer = client_of(scripted_server.url).predict(IMAGE)

    assert answer == make_answer()
    ((path, body),) = scripted_server.requests
    assert path == "/predict"
    assert base64.b64decode(body["image"]) == IMAGE


def test_fields_of_a_newer_server_are_ignored(scripted_server: ScriptedServer) -> None:
    answer = json.loads(make_answer().model_dump_json())
    answer["prediction"]["novelty"] = 1
    scripted_server.predict = Script(json.dumps(answer).encode())

    assert client_of(scripted_server.url).predict(IMAGE) == make_answer()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, errors.UnexpectedAnswerError),
        (400, errors.BadRequestError),
        (401, errors.TokenRefusedError),
        (403, errors.AccessDeniedError),
        (404, errors.NotFoundError),
        (405, errors.NotFoundError),
        (407, errors.ProxyFailedError),
        (413, errors.ImageTooLargeError),
        (415, errors.UnsupportedImageError),
        (422, errors.BadRequestError),
        (429, errors.BusyError),
        (500, errors.ServerFailedError),
        (502, errors.ConnectionLostError),
        (503, errors.NotReadyError),
        (504, errors.ServerTimeoutError),
        (507, errors.OutOfResourcesError),
    ],
)
def test_each_status_has_its_error(
    scripted_server: ScriptedServer, status: int, expected: type[errors.ClientError]
) -> None:
    scripted_server.fail(status)

    with pytest.raises(expected) as caught:
        client_of(scripted_server.url).predict(IMAGE)

    assert str(status) in caught.value.message
    assert expected.remedy in caught.value.message


def test_the_servers_own_explanation_is_passed_on(scripted_server: ScriptedServer) -> None:
    detail = ErrorDetail(code=ErrorCode.IMAGE_TOO_SMALL, message="The image is 2x2 pixels.")
    scripted_server.fail(400, ErrorResponse(error=detail).model_dump_json().encode())

    with pytest.raises(errors.BadRequestError, match="The image is 2x2 pixels"):
        client_of(scripted_server.url).predict(IMAGE)


def test_a_passing_503_is_tried_again(scripted_server: ScriptedServer) -> None:
    scripted_server.fail(503)
    client = client_of(scripted_server.url)

    with pytest.raises(errors.NotReadyError):
        client.predict(IMAGE)

    assert len(scripted_server.requests) == 3


def test_a_mistake_of_ours_is_not_tried_again(scripted_server: ScriptedServer) -> None:
    scripted_server.fail(400)

    with pytest.raises(errors.BadRequestError):
        client_of(scripted_server.url).predict(IMAGE)

    assert len(scripted_server.requests) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>Hello</html>", errors.NotJsonError),
        (b"\xff\xfe\x00", errors.NotJsonError),
        (b"", errors.NotJsonError),
        (b"[1, 2]", errors.UnexpectedAnswerError),
        (b'{"success": true}', errors.UnexpectedAnswerError),
        (b'{"success": true, "schema_version": 99}', errors.UnknownSchemaVersionError),
    ],
)
def test_garbage_is_named_as_such(
    scripted_server: ScriptedServer, body: bytes, expected: type[errors.ClientError]
) -> None:
    scripted_server.predict = Script(body)

    with pytest.raises(expected):
        client_of(scripted_server.url).predict(IMAGE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("confidence", 1.5), ("diagnoses", []), ("classes", ["Benign", "Benign"])],
)
def test_values_that_can_not_be_are_refused(
    scripted_server: ScriptedServer, field: str, value: object
) -> None:
    answer = json.loads(make_answer().model_dump_json())
    answer["prediction"][field] = value
    scripted_server.predict = Script(json.dumps(answer).encode())

    with pytest.raises(errors.UnexpectedAnswerError, match=rf"prediction\.{field}"):
        client_of(scripted_server.url).predict(IMAGE)


def test_nothing_listens() -> None:
    with ScriptedServer() as server:
        url = server.url  # free again once the server has gone

    with pytest.raises(errors.UnreachableError, match=url):
        client_of(url).predict(IMAGE)
    with pytest.raises(errors.UnreachableError, match=url):
        client_of(url).health()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """An address whose computer never answers, as one that is switched off or behind a firewall."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # with these its queue is full, and it lets nobody else in
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_computer_that_does_not_answer(silent_url: str) -> None:
    client = AnalysisClient(ServerAddress(url=silent_url, connect_timeout=0.2))

    with pytest.raises(errors.UnreachableError, match=silent_url):
        client.predict(IMAGE)
    with pytest.raises(errors.UnreachableError, match=silent_url):
        client.health()


@pytest.mark.parametrize(
    ("status", "is_away"), [(502, True), (503, True), (500, False), (504, False)]
)
def test_what_passes_when_the_server_is_back(
    scripted_server: ScriptedServer, status: int, is_away: bool
) -> None:
    scripted_server.fail(status)

    with pytest.raises(errors.ClientError) as caught:
        client_of(scripted_server.url).predict(IMAGE)

    assert problem_from(caught.value).server_is_away == is_away


def test_https_where_there_is_none(scripted_server: ScriptedServer) -> None:
    url = scripted_server.url.replace("http:", "https:")
    began = time.monotonic()

    with pytest.raises(errors.EncryptionError, match=rf"{url} \(.*SSL.*\)"):
        client_of(url).predict(IMAGE)
    with pytest.raises(errors.EncryptionError, match=url):
        client_of(url).health()

    assert time.monotonic() - began < 10, "what does not pass by itself is not tried again"


def test_a_server_that_is_too_slow(scripted_server: ScriptedServer) -> None:
    scripted_server.predict.hold = scripted_server.health.hold = threading.Event()
    client = AnalysisClient(
        ServerAddress(url=scripted_server.url, connect_timeout=5.0, answer_timeout=0.2)
    )

    with pytest.raises(errors.ServerTimeoutError):
        client.predict(IMAGE)
    with pytest.raises(errors.ServerTimeoutError):
        client.health()
    assert len(scripted_server.requests) == 2, "a slow analysis must not be repeated"


def test_a_connection_that_breaks_off(scripted_server: ScriptedServer) -> None:
    scripted_server.predict.breaks_off = True

    with pytest.raises(errors.ConnectionLostError):
        client_of(scripted_server.url).predict(IMAGE)


@pytest.fixture
def slow_reader() -> Iterator[tuple[str, threading.Event]]:
    """An address that takes what comes in small parts, each only when it may."""
    may_read = threading.Event()
    answer = make_answer().model_dump_json().encode()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            left = 4 * IMAGE_SIZE // 3  # as base64
            while left > 0 and may_read.wait(60):
                left -= len(connection.recv(100_000) or bytes(left))
                threading.Event().wait(0.02)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
            connection.sendall(head.encode() + answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 50_000)
        server = threading.Thread(target=serve, args=[listener], daemon=True)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", may_read
        may_read.set()
        server.join()


def test_an_upload_may_take_longer_than_connecting(
    slow_reader: tuple[str, threading.Event],
) -> None:
    url, may_read = slow_reader
    may_read.set()
    client = AnalysisClient(ServerAddress(url=url, connect_timeout=0.5))

    assert client.predict(bytes(IMAGE_SIZE)) == make_answer()


def test_a_server_that_takes_nothing(slow_reader: tuple[str, threading.Event]) -> None:
    client = AnalysisClient(ServerAddress(url=slow_reader[0], connect_timeout=0.5))

    with pytest.raises(errors.ServerTimeoutError, match="did not take the image"):
        client.predict(bytes(IMAGE_SIZE))


def test_a_password_in_the_address_is_shown_nowhere(scripted_server: ScriptedServer) -> None:
    url = scripted_server.url.replace("//", "//jane:secret@")
    messages = []
    for script in (
        Script(b"no JSON"),
        Script(b"[]"),
        Script(b"", 500),
        Script(b"", breaks_off=True),
    ):
        scripted_server.predict = script
        with pytest.raises(errors.ClientError) as caught:
            client_of(url).predict(IMAGE)
        messages.append(caught.value.message)
    for port in ("1", "x"):
        with pytest.raises(errors.ClientError) as caught:
            client_of(f"http://jane:secret@127.0.0.1:{port}").predict(IMAGE)
        messages.append(caught.value.message)

    assert not any("secret" in message or "jane" in message for message in messages)
    assert scripted_server.tokens[0], "but it is sent"


def test_a_proxy_for_which_a_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(errors.ProxyFailedError, match="SOCKS"):
        client_of("http://skin.example:5000").predict(IMAGE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:5000",
        "ftp://host",
        "http://[",
        "http://a b:c",
        "http://a..b:1",
        "http://ü..b",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(errors.BadAddressError):
        client_of(url).predict(IMAGE)


def test_a_proxy_is_not_asked_for_this_computer(
    scripted_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert client_of(scripted_server.url).predict(IMAGE) == make_answer()


@pytest.mark.parametrize(
    ("status", "body", "healthy"),
    [
        (200, b'{"status": "healthy", "model_loaded": true}', "healthy"),
        (503, b'{"status": "unavailable", "model_loaded": false}', "unavailable"),
    ],
)
def test_health(scripted_server: ScriptedServer, status: int, body: bytes, healthy: str) -> None:
    scripted_server.health = Script(body, status)

    assert client_of(scripted_server.url).health().status == healthy


def test_health_of_another_program(scripted_server: ScriptedServer) -> None:
    scripted_server.health = Script(b"not found", 404)

    with pytest.raises(errors.NotFoundError):
        client_of(scripted_server.url).health()


def test_every_error_has_a_text_of_its_own() -> None:
    kinds = [*errors.UserError.__subclasses__(), *errors.ClientError.__subclasses__()]
    kinds.remove(errors.ClientError)
    texts = [(kind.title, kind.remedy) for kind in kinds]

    assert len(set(texts)) == len(kinds)
    assert all(kind.title for kind in kinds)
    assert all(kind.remedy for kind in errors.ClientError.__subclasses__())


def test_an_explanation_is_a_picture(scripted_server: ScriptedServer) -> None:
    picture, model = client_of(scripted_server.url).explain(IMAGE)

    assert (picture.mode, picture.size) == ("RGB", (224, 224))
    assert model == make_answer().prediction.model.sha256
    assert scripted_server.requests[0][0] == "/explain"


@pytest.mark.parametrize("heatmap", ["no base64!", "bm8gaW1hZ2U=", ""])
def test_a_damaged_explanation_is_named_as_such(
    scripted_server: ScriptedServer, heatmap: str
) -> None:
    answer = json.loads(make_explanation().model_dump_json())
    answer["explanation"]["heatmap"] = heatmap
    scripted_server.explain = Script(json.dumps(answer).encode())

    with pytest.raises(errors.NoExplanationError):
        client_of(scripted_server.url).explain(IMAGE)


def test_torchserve_has_other_paths(scripted_server: ScriptedServer) -> None:
    scripted_server.health = Script(b'{"status": "Healthy"}')
    client = AnalysisClient(ServerAddress(url=scripted_server.url, kind="torchserve"))

    assert client.predict(IMAGE) == make_answer()
    assert client.explain(IMAGE).picture.size == (224, 224)
    assert client.health().model_loaded
    assert [path for path, _ in scripted_server.requests] == [
        "/predictions/skin_lesion",
        "/explanations/skin_lesion",
        "/ping",
    ]


@pytest.mark.parametrize(
    ("status", "body"), [(500, b'{"status": "Unhealthy"}'), (200, b'{"status": "Partial Healthy"}')]
)
def test_torchserve_without_workers(
    scripted_server: ScriptedServer, status: int, body: bytes
) -> None:
    scripted_server.health = Script(body, status)
    client = AnalysisClient(ServerAddress(url=scripted_server.url, kind="torchserve"))

    assert client.health().status == "unavailable"


def test_a_gateway_is_not_taken_for_torchserve(scripted_server: ScriptedServer) -> None:
    client = AnalysisClient(ServerAddress(url=scripted_server.url, kind="torchserve"))
    scripted_server.health = Script(b'{"error": "not found"}', 404)

    with pytest.raises(errors.NotFoundError):
        client.health()


def test_the_token_goes_with_every_request(scripted_server: ScriptedServer) -> None:
    client = AnalysisClient(ServerAddress(url=scripted_server.url), lambda: "secret")

    client.predict(IMAGE)
    client.explain(IMAGE)
    client.health()

    assert scripted_server.tokens == ["Bearer secret"] * 3


def test_no_stored_password_takes_the_tokens_place(
    scripted_server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("default login someone password secret\n")
    monkeypatch.setenv("NETRC", str(passwords))
    # This computer, but not by a name for which nothing of the environment counts.
    url = scripted_server.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104
    monkeypatch.setenv("no_proxy", "*")

    AnalysisClient(ServerAddress(url=url), lambda: "token").predict(IMAGE)
    AnalysisClient(ServerAddress(url=url)).predict(IMAGE)
    AnalysisClient(ServerAddress(url=url.replace("//", "//me:word@"))).predict(IMAGE)

    expected = base64.b64encode(b"me:word").decode()
    assert scripted_server.tokens == ["Bearer token", None, f"Basic {expected}"]


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{taken.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(errors.ProxyFailedError, match=r"NO_PROXY"):
            client_of("http://192.0.2.1:5000").predict(IMAGE)


def test_where_a_server_has_gone_is_told(scripted_server: ScriptedServer) -> None:
    there = "https://analysis.example/predict"
    scripted_server.predict = Script(b"", 308, headers={"Location": there})

    with pytest.raises(errors.UnexpectedAnswerError, match=f"refers to {there}"):
        client_of(scripted_server.url).predict(IMAGE)


@pytest.mark.parametrize("token", ["schlüssel", "токен", "a\nb", "a\u200bb"])
def test_a_token_that_can_not_be_sent_is_named(scripted_server: ScriptedServer, token: str) -> None:
    client = AnalysisClient(ServerAddress(url=scripted_server.url), lambda: token)

    with pytest.raises(errors.TokenError):
        client.predict(IMAGE)
    assert scripted_server.requests == []


@pytest.mark.parametrize(("header", "seconds"), [("17", 17), ("soon", 3), ("", 3)])
def test_a_busy_server_says_when_to_come_back(
    scripted_server: ScriptedServer, header: str, seconds: int
) -> None:
    scripted_server.predict = Script(b"", 429, headers={"Retry-After": header})

    with pytest.raises(errors.BusyError) as caught:
        client_of(scripted_server.url).predict(IMAGE)

    assert caught.value.retry_after == seconds


def test_without_a_token_there_is_no_header(scripted_server: ScriptedServer) -> None:
    client_of(scripted_server.url).predict(IMAGE)

    assert scripted_server.tokens == [None]
