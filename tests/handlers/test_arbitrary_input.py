"""Whatever arrives, only the documented errors come out (property-based)."""

import base64
import json
import math

import pytest
from hostile_files import animated, encoded, noise, with_scans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_artefact import write_artefact
from torchserve_worker import Worker

from datamodules.preprocess import FORMATS, ImageError, network_input
from handlers.jpeg_scans import refuse_endless_jpeg
from handlers.payload import RequestError, image_bytes
from handlers.schema import ERROR_STATUS, ErrorCode, ErrorResponse, PredictResponse

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
# No deadline: the machine may be busy.
bounded = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

CALLERS_MISTAKES = [code for code, status in ERROR_STATUS.items() if status < 500]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
MEDIA_TYPES = st.sampled_from(["", "application/json", "image/png", "text/plain"]) | st.text()
FILES = [
    encoded(noise(size=(40, 30)), "JPEG"),
    encoded(noise(size=(40, 30)), "JPEG", progressive=True),
    encoded(noise("CMYK", (40, 30)), "JPEG"),
    encoded(noise("LA", (40, 30)), "PNG"),
    encoded(noise("I;16", (40, 30)), "PNG"),
    encoded(noise("P", (40, 30)), "GIF"),
    encoded(noise("P", (40, 30)), "BMP"),
    encoded(noise(size=(40, 30)), "BMP"),
    animated("GIF"),
    with_scans((40, 30), 9),
]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """An image file with some bytes changed, left out or put in."""
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 6))):
        # Headers are more interesting than pixels.
        position = draw(st.integers(0, min(200, len(data))) | st.integers(0, len(data)))
        removed = draw(st.sampled_from([0, 1, 1, 2, 4, 50]))
        data[position : position + removed] = draw(st.binary(max_size=4))
    return bytes(data)


@bounded
@given(st.dictionaries(st.text(max_size=5) | st.just("image"), JSON, max_size=3), MEDIA_TYPES)
def test_a_record_of_any_kind(record: dict[str, object], content_type: str) -> None:
    assert _mistake(record, content_type) in (*CALLERS_MISTAKES, None)


@bounded
@given(st.binary() | JSON.map(lambda value: json.dumps({"image": value}).encode()), MEDIA_TYPES)
def test_a_body_of_any_kind(body: bytes, content_type: str) -> None:
    assert _mistake({"body": bytearray(body)}, content_type) in (*CALLERS_MISTAKES, None)


@bounded
@given(st.binary())
def test_base64_comes_back_as_the_bytes_it_was_made_of(data: bytes) -> None:
    body = bytearray(json.dumps({"image": base64.b64encode(data).decode()}).encode())
    assert image_bytes({"body": body}, "application/json") == data


@settings(bounded, max_examples=400)
@given(damaged_files())
def test_a_damaged_file(data: bytes) -> None:
    try:
        refuse_endless_jpeg(data)
        seen = network_input(data)
    except ImageError as error:
        assert error.code in CALLERS_MISTAKES  # noqa: PT017 - either way is right
        return
    assert seen.pixels.shape == (224, 224, 3)
    assert seen.format in FORMATS
    assert min(seen.width, seen.height) >= 8


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    folder = tmp_path_factory.mktemp("artefact")
    write_artefact(folder)
    return Worker(folder)


@bounded
@given(st.lists(damaged_files() | st.binary(), min_size=1, max_size=3))
def test_the_handler_answers_every_one_of_a_batch(worker: Worker, batch: list[bytes]) -> None:
    for status, content in worker.handle([("body", "", bytearray(data)) for data in batch]):
        if status == 200:
            prediction = PredictResponse.model_validate(content).prediction
            assert math.isclose(sum(prediction.all_probabilities), 1.0)
        else:
            assert 400 <= status < 500
            assert ErrorResponse.model_validate(content).error.message


def _mistake(record: dict[str, object], content_type: str) -> ErrorCode | None:
    try:
        image_bytes(record, content_type)
    except RequestError as error:
        return error.code
    return None
