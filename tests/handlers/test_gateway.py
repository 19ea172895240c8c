"""The gateway before stand-ins for TorchServe that refuse, hang or answer garbage."""

import asyncio
import json

import pytest
from aiohttp import web
from gateway_requests import OUR_ERROR, Handler, answering, ask, models, replying

from handlers.payload import MAX_REQUEST_BYTES


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
    ("sent", "forwarded"),
    [
        ("application/json", "application/json"),
        ("application/x-www-form-urlencoded", "application/json"),
        ("application/octet-stream", "application/json"),
        ("image/jpeg", "application/octet-stream"),
        ("IMAGE/anything", "application/octet-stream"),
    ],
)
def test_the_body_is_forwarded_unchanged(sent: str, forwarded: str) -> None:
    seen: list[tuple[bytes, str]] = []

    async def predictions(request: web.Request) -> web.Response:
        seen.append((await request.read(), request.headers["Content-Type"]))
        return await answering(415, OUR_ERROR, "not_an_image")(request)

    body = b'{"image": "a+b/c=="}\x00\xff'
    ask("POST", "/predict", predictions=predictions, data=body, headers={"Content-Type": sent})
    assert seen == [(body, forwarded)]


def test_the_handlers_answer_and_status_are_passed_back() -> None:
    predictions = answering(415, OUR_ERROR, "not_an_image")
    reply = ask("POST", "/predict", predictions=predictions, json={})
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
    reply = ask("POST", "/predict", predictions=replying(status, body), json={})
    assert reply.error == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [(models("READY"), (429, "overloaded")), (models("LOADING"), (503, "model_unavailable"))],
)
def test_a_full_queue_is_told_from_a_missing_worker(
    description: Handler, expected: tuple[int, str]
) -> None:
    no_worker = replying(503, '{"code": 503, "type": "ServiceUnavailableException"}')
    reply = ask("POST", "/predict", predictions=no_worker, description=description, json={})
    assert reply.error == expected


def test_a_torchserve_that_is_not_there() -> None:
    assert ask("POST", "/predict", json={}).error == (503, "model_unavailable")


def test_a_torchserve_that_hangs() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    assert ask("POST", "/predict", predictions=hang, json={}).error == (504, "timeout")


def test_a_torchserve_that_hangs_up() -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    reply = ask("POST", "/predict", predictions=hang_up, json={})
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

    assert ask("POST", "/explain", predictions=predictions, json={}).status == 200
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

    reply = ask("POST", "/predict", predictions=dying_once, data=b"body")
    assert reply.status == 200
    assert reply.headers["X-Outcome"] == "High"
    assert attempts == [b"body", b"body"]


def test_a_request_is_not_sent_a_third_time() -> None:
    attempts: list[bytes] = []

    async def dying(request: web.Request) -> web.StreamResponse:
        attempts.append(await request.read())
        return web.json_response({"code": 500, "message": "Worker died."}, status=500)

    assert ask("POST", "/predict", predictions=dying, data=b"body").error[0] == 500
    assert len(attempts) == 2
