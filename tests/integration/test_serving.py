"""The real server from outside: TorchServe, gateway and supervisor, with the released artefact."""

import base64
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from hostile_files import GOOD, HOSTILE, endless_bmp
from PIL import Image
from running_server import START_TIMEOUT, Server
from serving_requests import TIMEOUT, as_json, image_file, predicted, refused

from datamodules.labels import CODES
from handlers.model_spec import load_spec
from handlers.schema import DISCLAIMER, ERROR_STATUS, ErrorCode, ExplainResponse

# The server's own patience must run out first, so that its message is seen.
pytestmark = pytest.mark.timeout(3 * START_TIMEOUT)

MODEL_STORE = Path(__file__).resolve().parents[2] / "model_store"


def test_health(server: Server) -> None:
    response = requests.get(f"{server.gateway}/health", timeout=TIMEOUT)
    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "model_loaded": True}


def test_the_older_clients_request(server: Server, tmp_path: Path) -> None:
    f = tmp_path / "lesion.jpg"
    f.write_bytes(image_file())
    response = requests.post(
        f"{server.gateway}/predict",
        json={"image": base64.b64encode(open(f, "rb").read()).decode()},  # noqa: PTH123
        timeout=TIMEOUT,
    )
    prediction = predicted(response).prediction
    assert prediction.classes == ("Benign", "Malignant")
    assert sum(prediction.all_probabilities) == pytest.approx(1.0)
    assert prediction.confidence == max(prediction.all_probabilities)
    winner = prediction.all_probabilities.index(prediction.confidence)
    assert prediction.predicted_class == prediction.classes[winner]


def test_a_response_is_complete(server: Server) -> None:
    response = predicted(
        requests.post(f"{server.gateway}/predict", json=as_json(image_file()), timeout=TIMEOUT)
    )
    spec = load_spec(MODEL_STORE)
    assert response.disclaimer == DISCLAIMER
    assert response.prediction.model == spec.info
    assert sorted(diagnosis.code for diagnosis in response.prediction.diagnoses) == sorted(CODES)
    probabilities = [diagnosis.probability for diagnosis in response.prediction.diagnoses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1.0, abs=1e-4)
    malignant = sum(one.probability for one in response.prediction.diagnoses if one.malignant)
    assert response.prediction.all_probabilities[1] == pytest.approx(malignant, abs=1e-4)
    assert response.prediction.risk.threshold == spec.operating_points.refer_threshold
    seen = response.prediction.input
    assert (seen.width, seen.height, seen.format) == (600, 450, "JPEG")


def test_every_way_in_gives_the_same_answer(server: Server) -> None:
    data = image_file(1)
    torchserve = f"{server.torchserve}/predictions/skin_lesion"
    gateway = f"{server.gateway}/predict"
    data_url = {"image": f"data:image/jpeg;base64,{as_json(data)['image']}"}
    ways: list[tuple[str, dict[str, Any]]] = [
        (gateway, {"json": as_json(data)}),
        (gateway, {"json": data_url}),
        (gateway, {"data": json.dumps(as_json(data))}),
        (gateway, {"data": data, "headers": {"Content-Type": "image/jpeg"}}),
        (gateway, {"files": {"image": data}}),
        (torchserve, {"json": as_json(data)}),
        (torchserve, {"data": data}),
        (torchserve, {"data": data, "headers": {"Content-Type": "image/jpeg"}}),
        (torchserve, {"files": {"image": data}}),
        (torchserve, {"files": {"upload": ("lesion.jpg", data, "image/jpeg")}}),
    ]
    answers = [predicted(requests.post(url, **way, timeout=TIMEOUT)) for url, way in ways]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("request_body", "expected"),
    [
        (b"", (400, "invalid_json")),
        (b"not json", (400, "invalid_json")),
        (b'{"image": "', (400, "invalid_json")),
        (b"{}", (400, "missing_image")),
        (b"[]", (400, "missing_image")),
        (b"null", (400, "missing_image")),
        (b'{"image": null}', (400, "invalid_base64")),
        (b'{"image": NaN}', (400, "invalid_json")),
        (b'{"image": "a b!"}', (400, "invalid_base64")),
        (b'{"image": ""}', (400, "empty_image")),
        (as_json(b"plain text"), (415, "not_an_image")),
        (as_json(image_file(file_format="TIFF")), (415, "not_an_image")),
        (as_json(image_file()[:2000]), (400, "truncated_image")),
        (as_json(image_file(size=(4, 4))), (400, "image_too_small")),
        (as_json(bytes(17 * 1024 * 1024)), (413, "image_too_large")),
    ],
)
def test_every_wrong_input_is_a_4xx_with_a_reason(
    server: Server, request_body: bytes | dict[str, str], expected: tuple[int, str]
) -> None:
    body = json.dumps(request_body).encode() if isinstance(request_body, dict) else request_body
    headers = {"Content-Type": "application/json"}
    responses = [
        requests.post(url, data=body, headers=headers, timeout=TIMEOUT)
        for url in (f"{server.gateway}/predict", f"{server.torchserve}/predictions/skin_lesion")
    ]
    assert [refused(response) for response in responses] == [expected] * 2
    assert responses[0].content == responses[1].content


def test_a_body_over_the_limit_is_refused_by_the_gateway(server: Server) -> None:
    response = requests.post(
        f"{server.gateway}/predict", data=bytes(25 * 1024 * 1024), timeout=TIMEOUT
    )
    assert refused(response) == (413, "image_too_large")


def test_good_requests_survive_bad_neighbours(server: Server) -> None:
    """What is sent at once is answered one by one, each with its own image's result."""
    url = f"{server.gateway}/predict"

    def post(body: dict[str, str]) -> requests.Response:
        return requests.post(url, json=body, timeout=TIMEOUT)

    good = [as_json(image_file(seed)) for seed in range(6)]
    alone = [predicted(post(body)) for body in good]
    bad = [as_json(b"no image"), {"image": "%"}, {}, as_json(image_file()[:999])]
    mixed = [body for number in range(6) for body in (good[number], bad[number % 4])] * 2
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(post, mixed))
    assert [predicted(response) for response in responses[::2]] == alone * 2
    assert all(refused(response)[0] in {400, 415} for response in responses[1::2])


def test_an_explanation_is_the_prediction_and_where_it_comes_from(server: Server) -> None:
    prediction = predicted(
        requests.post(f"{server.gateway}/predict", json=as_json(image_file()), timeout=TIMEOUT)
    ).prediction
    answers = []
    for url in (f"{server.gateway}/explain", f"{server.torchserve}/explanations/skin_lesion"):
        response = requests.post(url, json=as_json(image_file()), timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        answers.append(ExplainResponse.model_validate_json(response.content).explanation)
    assert answers[0] == answers[1]
    assert answers[0].prediction == prediction
    assert np.shape(answers[0].activation_map) == (7, 7)
    with Image.open(io.BytesIO(base64.b64decode(answers[0].heatmap))) as heatmap:
        assert heatmap.size == (224, 224)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_the_same_answer_from_torchserve_and_gateway(
    server: Server, name: str
) -> None:
    expected, make = HOSTILE[name]
    data = make()
    headers = {"Content-Type": "image/jpeg"}
    for url in (f"{server.gateway}/predict", f"{server.torchserve}/predictions/skin_lesion"):
        response = requests.post(url, data=data, headers=headers, timeout=TIMEOUT)
        if expected == GOOD:
            predicted(response)
        else:
            assert refused(response) == (ERROR_STATUS[ErrorCode(expected)], expected)


def test_a_batch_of_files_that_take_long_costs_no_worker(server: Server) -> None:
    def post(url: str) -> requests.Response:
        headers = {"Content-Type": "image/bmp"}
        return requests.post(url, data=endless_bmp(), headers=headers, timeout=TIMEOUT)

    urls = [f"{server.gateway}/predict", f"{server.torchserve}/predictions/skin_lesion"] * 3
    with ThreadPoolExecutor(len(urls)) as pool:
        responses = list(pool.map(post, urls))
    for response in responses:
        if response.status_code == 200:  # a fast machine is done in time
            assert predicted(response).prediction.input.width == 8_000_000
        else:
            assert refused(response) == (413, "image_too_large")
    predicted(
        requests.post(f"{server.gateway}/predict", json=as_json(image_file()), timeout=TIMEOUT)
    )


def test_metrics_are_counted_by_gateway_and_torchserve(server: Server) -> None:
    for body in (as_json(image_file()), {}):
        requests.post(f"{server.gateway}/predict", json=body, timeout=TIMEOUT)
    for url in (server.gateway, server.metrics):
        text = requests.get(f"{url}/metrics", timeout=TIMEOUT).text
        assert re.search(r"^skin_lesion_results_total{.*level=.* [1-9]", text, re.MULTILINE)
        assert re.search(r'^skin_lesion_rejected_total{.*code="missing_image"', text, re.MULTILINE)
        assert re.search(r"^skin_lesion_request_.*seconds_bucket{", text, re.MULTILINE)


def test_the_documentation_is_served(server: Server) -> None:
    page = requests.get(f"{server.gateway}/docs", timeout=TIMEOUT)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "openapi.json" in page.text
    document = requests.get(f"{server.gateway}/openapi.json", timeout=TIMEOUT).json()
    assert document["openapi"] == "3.1.0"
