"""The gateway before stand-ins for TorchServe that refuse, hang or answer garbage."""

import asyncio
import io
import json
import socket
import sys
from typing import Any

import pytest
from aiohttp import web
from gateway_requests import FILE, IMAGE, OUR_ERROR, Handler, answering, ask, models, replying

from handlers.payload import IMAGE_FILE, MAX_REQUEST_BYTES

JSON = json.dumps(IMAGE).encode()


def test_healthy_means_that_a_worker_is_ready() -> None:
    reply = ask("GET", "/health", description=models("LOADING", "READY"))
    assert reply.status == 200
    assert reply.content == {"status": "healthy", "model_loaded": True}


@pytest.mark.parametrize(
    "description",
    [
        models("LOADING", "UNLOADING"),
        models(),
        replying(200, "[]"),
        replying(200, "<html>", "text/html"),
        replying(404, '{"code": 404, "type": "ModelNotFoundException"}'),
        None,
    ],
)
def test_anything_else_is_unavailable(description: Handler | None) -> None:
    reply = ask("GET", "/health", description=description)
    assert reply.status == 503
    assert reply.content == {"status": "unavailable", "model_loaded": False}


@pytest.mark.parametrize(
    "request_",
    [
        {"json": IMAGE},
        {"data": JSON, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"data": JSON, "headers": {"Content-Type": "application/octet-stream"}},
        {"data": FILE, "headers": {"Content-Type": "image/jpeg"}},
        {"data": FILE, "headers": {"Content-Type": "IMAGE/anything"}},
        {"data": FILE, "headers": {"Content-Type": "Application/Octet-Stream; x=y"}},
        {"data": {"image": io.BytesIO(FILE)}},
    ],
)
def test_however_an_image_comes_torchserve_gets_the_file(request_: dict[str, Any]) -> None:
    seen: list[tuple[bytes, str]] = []

    async def predictions(request: web.Request) -> web.Response:
        seen.append((await request.read(), request.headers["Content-Type"]))
        return await answering(415, OUR_ERROR, "not_an_image")(request)

    ask("POST", "/predict", predictions=predictions, **request_)
    assert seen == [(FILE, IMAGE_FILE)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such large segments")
def test_no_segment_is_so_large_that_it_waits_for_the_window() -> None:
    sizes: list[int] = []

    async def predictions(request: web.Request) -> web.Response:
        assert request.transport is not None
        opened = request.transport.get_extra_info("socket")
        sizes.append(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
        return await answering(415, OUR_ERROR, "not_an_image")(request)

    ask("POST", "/predict", predictions=predictions, json=IMAGE)
    # By default the two agree on 32,768 at first, and on more as the window grows.
    assert 1_000 < sizes[0] <= 32_000


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"data": b"not json", "headers": {"Content-Type": "text/plain"}}, "invalid_json"),
        ({"json": {}}, "missing_image"),
        ({"json": {"image": 5}}, "invalid_base64"),
        ({"json": {"image": ""}}, "empty_image"),
        ({"data": b"", "headers": {"Content-Type": "image/jpeg"}}, "empty_image"),
    ],
)
def test_what_holds_no_image_never_reaches_torchserve(request_: dict[str, Any], code: str) -> None:
    reached: list[web.Request] = []

    async def predictions(request: web.Request) -> web.Response:
        reached.append(request)
        return web.Response()

    assert ask("POST", "/predict", predictions=predictions, **request_).error == (400, code)
    assert reached == []


def test_the_handlers_answer_and_status_are_passed_back() -> None:
    predictions = answering(415, OUR_ERROR, "not_an_image")
    reply = ask("POST", "/predict", predictions=predictions, json=IMAGE)
    assert reply.status == 415
    assert reply.content == json.loads(OUR_ERROR)
    assert reply.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, '{"code": 404, "type": "ModelNotFoundException"}', (503, "model_unavailable")),
        (413, "", (413, "image_too_large")),
        (500, '{"code": 500, "message": "Something else."}', (500, "internal_error")),
        (507, '{"code": 507, "message": "Out of resources"}', (429, "overloaded")),
        (400, '{"code": 400, "type": "InvalidKeyException"}', (500, "internal_error")),
        (200, "<html>hello</html>", (500, "internal_error")),
        (200, "", (500, "internal_error")),
        (200, '{"success": true}', (500, "internal_error")),
    ],
)
def test_torchserves_own_errors_are_translated(
    status: int, body: str, expected: tuple[int, str]
) -> None:
    reply = ask("POST", "/predict", predictions=replying(status, body), json=IMAGE)
    assert reply.error == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [(models("READY"), (429, "overloaded")), (models("LOADING"), (503, "model_unavailable"))],
)
def test_a_full_queue_is_told_from_a_missing_worker(
    description: Handler, expected: tuple[int, str]
) -> None:
    no_worker = replying(503, '{"code": 503, "type": "ServiceUnavailableException"}')
    reply = ask("POST", "/predict", predictions=no_worker, description=description, json=IMAGE)
    assert reply.error == expected


def test_a_torchserve_that_is_not_there() -> None:
    assert ask("POST", "/predict", json=IMAGE).error == (503, "model_unavailable")


def test_a_torchserve_that_hangs() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    reply = ask("POST", "/predict", predictions=hang, timeout=0.2, json=IMAGE)
    assert reply.error == (504, "timeout")


def test_a_torchserve_that_hangs_up() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    reply = ask("POST", "/predict", predictions=hang_up, json=IMAGE)
    assert reply.error == (503, "model_unavailable")


def test_a_wrong_path_is_named() -> None:
    reply = ask("GET", "/predictions/skin_lesion")
    assert reply.error == (404, "not_found")
    assert "/predict" in reply.content["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/predict", "POST"), ("DELETE", "/health", "GET, HEAD")]
)
def test_a_wrong_method_is_named(method: str, path: str, allowed: str) -> None:
    reply = ask(method, path)
    assert reply.error == (405, "method_not_allowed")
    assert reply.headers["Allow"] == allowed


def test_a_request_that_is_too_large_never_reaches_torchserve() -> None:
    reached: list[web.Request] = []

    async def predictions(request: web.Request) -> web.Response:
        reached.append(request)
        return web.Response()

    body = bytes(MAX_REQUEST_BYTES + 1)
    assert ask("POST", "/predict", predictions=predictions, data=body).error == (
        413,
        "image_too_large",
    )
    assert reached == []


def test_an_explanation_comes_from_torchserves_explanations() -> None:
    seen: list[str] = []

    async def predictions(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        return await answering(200, "{}", "Low")(request)

    assert ask("POST", "/explain", predictions=predictions, json=IMAGE).status == 200
    assert seen == ["/explanations/skin_lesion"]


@pytest.mark.parametrize("status", [500, 507, None])
def test_a_request_that_is_lost_with_its_process_is_sent_once_more(status: int | None) -> None:
    attempts: list[bytes] = []

    async def dying_once(request: web.Request) -> web.StreamResponse:
        attempts.append(await request.read())
        if len(attempts) == 2:
            return await answering(200, '{"success": true}', "High")(request)
        if status:
            return web.json_response({"message": "Worker died."}, status=status)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    reply = ask("POST", "/predict", predictions=dying_once, json=IMAGE)
    assert reply.status == 200
    assert reply.headers["X-Outcome"] == "High"
    assert attempts == [FILE, FILE]


def test_what_may_be_what_kills_workers_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.torchserve_client._SUSPECT_SECONDS", 0.0)
    attempts: list[bytes] = []

    async def dying(request: web.Request) -> web.StreamResponse:
        attempts.append(await request.read())
        return web.json_response({"code": 500, "message": "Worker died."}, status=500)

    assert ask("POST", "/predict", predictions=dying, json=IMAGE).error == (500, "internal_error")
    assert len(attempts) == 1


def test_a_request_is_not_sent_a_third_time() -> None:
    attempts: list[bytes] = []

    async def dying(request: web.Request) -> web.StreamResponse:
        attempts.append(await request.read())
        return web.json_response({"code": 500, "message": "Worker died."}, status=500)

    assert ask("POST", "/predict", predictions=dying, json=IMAGE).error[0] == 500
    assert len(attempts) == 2
