"""What counts as an image in a request, and what each mistake is called."""

import base64
import json

import pytest
from tiny_images import base64_text

from datamodules.preprocess import MAX_BYTES
from handlers.payload import IMAGE_FILE, MAX_REQUEST_BYTES, RequestError, image_bytes
from handlers.schema import ErrorCode

FILE = b"\x89PNG\xff\xfe\x00 any bytes"
TEXT = base64_text(FILE)
JSON = "application/json"


@pytest.mark.parametrize(
    ("record", "content_type"),
    [
        ({"body": {"image": TEXT}}, JSON),
        ({"body": bytearray(json.dumps({"image": TEXT}).encode())}, JSON),
        ({"body": bytearray(json.dumps({"image": TEXT}).encode())}, "text/plain"),
        ({"body": bytearray(b"\n " + json.dumps({"image": TEXT}).encode())}, ""),
        ({"body": {"image": f"data:image/png;base64,{TEXT}"}}, JSON),
        ({"body": {"image": f"data:image/svg+xml;BASE64,{TEXT}"}}, JSON),
        ({"body": {"image": f"data:image/png;name=a%20b.png;charset=utf-8;base64,{TEXT}"}}, JSON),
        ({"body": {"image": f"data:application/octet-stream;base64,{TEXT}"}}, JSON),
        ({"body": {"image": f"data:;base64,{TEXT}"}}, JSON),
        ({"body": {"image": f"{TEXT[:8]}\n{TEXT[8:]}\r\n"}}, JSON),
        ({"body": bytearray(b"\xef\xbb\xbf" + json.dumps({"image": TEXT}).encode())}, JSON),
        ({"body": bytearray(b"\xef\xbb\xbf {" + f'"image": "{TEXT}"}}'.encode())}, ""),
        ({"body": {"image": TEXT, "more": 1}}, JSON),
        ({"body": bytearray(FILE)}, ""),
        ({"body": bytearray(FILE)}, "image/png"),
        ({"image": bytearray(FILE)}, ""),
        ({"data": bytearray(FILE)}, ""),
        ({"photo.png": bytearray(FILE)}, ""),
        ({"verbose": bytearray(b"1"), "body": bytearray(FILE)}, "image/png"),
    ],
)
def test_every_accepted_form_gives_the_same_file(
    record: dict[str, object], content_type: str
) -> None:
    assert image_bytes(record, content_type) == FILE


def test_what_is_an_image_for_certain_is_not_taken_for_json() -> None:
    body = json.dumps({"image": TEXT}).encode()
    assert image_bytes({"body": bytearray(body)}, IMAGE_FILE) == body


@pytest.mark.parametrize(
    ("record", "content_type", "code"),
    [
        ({"body": bytearray(b"not json")}, JSON, ErrorCode.INVALID_JSON),
        ({"body": bytearray(b'{"image": ')}, JSON, ErrorCode.INVALID_JSON),
        ({"body": bytearray(b'{"image": ')}, "", ErrorCode.INVALID_JSON),
        ({"body": bytearray(b"")}, JSON, ErrorCode.INVALID_JSON),
        ({"body": bytearray(b"\xff\xfe\x00")}, JSON, ErrorCode.INVALID_JSON),
        ({"body": bytearray(b"[" * 100_000)}, JSON, ErrorCode.INVALID_JSON),
        ({"body": {}}, JSON, ErrorCode.MISSING_IMAGE),
        ({"body": {"picture": TEXT}}, JSON, ErrorCode.MISSING_IMAGE),
        ({"body": [TEXT]}, JSON, ErrorCode.MISSING_IMAGE),
        ({"body": None}, JSON, ErrorCode.MISSING_IMAGE),
        ({"body": TEXT}, "text/plain", ErrorCode.MISSING_IMAGE),
        ({}, "", ErrorCode.MISSING_IMAGE),
        ({"a": bytearray(FILE), "b": bytearray(FILE)}, "", ErrorCode.MISSING_IMAGE),
        ({"image": bytearray(FILE), "data": bytearray(FILE)}, "", ErrorCode.MISSING_IMAGE),
        ({"body": {"image": None}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": 5}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": TEXT[:-1]}}, JSON, ErrorCode.INVALID_BASE64),
        # A plus that a form has taken for a space.
        ({"body": {"image": TEXT[:8] + " " + TEXT[9:]}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": TEXT[:8] + "\v" + TEXT[8:]}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": TEXT[:8] + "\u00a0" + TEXT[8:]}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": bytearray(b"\xef\xbb\xbf")}, JSON, ErrorCode.INVALID_JSON),
        ({"body": {"image": "Ünïcödé="}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": f"data:image/png,{TEXT}"}}, JSON, ErrorCode.INVALID_BASE64),
        ({"body": {"image": f"data:text/html;base64,{TEXT}"}}, JSON, ErrorCode.INVALID_BASE64),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(
    record: dict[str, object], content_type: str, code: ErrorCode
) -> None:
    with pytest.raises(RequestError) as caught:
        image_bytes(record, content_type)
    assert caught.value.code is code


@pytest.mark.parametrize("values", [b"[],", b"1,", b'{"a":[[]]},'])
def test_json_of_millions_of_values_is_refused_before_it_is_read(values: bytes) -> None:
    body = bytearray(b'{"image": [' + values * 1_000_000 + b"1]}")
    with pytest.raises(RequestError, match="too many values") as caught:
        image_bytes({"body": body}, JSON)
    assert caught.value.code is ErrorCode.INVALID_JSON


def test_further_fields_do_no_harm() -> None:
    fields = ", ".join(f'"field{number}": [1, 2]' for number in range(200))
    body = bytearray(f'{{"image": "data:image/png;base64,{TEXT}", {fields}}}'.encode())
    assert image_bytes({"body": body}, JSON) == FILE


def test_overlong_base64_is_refused_before_it_is_decoded() -> None:
    # Not decodable: were it decoded first, the code would be another.
    text = "!" * (4 * MAX_BYTES // 3 * 78 // 76 + 16)
    with pytest.raises(RequestError) as caught:
        image_bytes({"body": {"image": text}}, JSON)
    assert caught.value.code is ErrorCode.IMAGE_TOO_LARGE


def test_the_largest_image_fits_into_base64_and_into_a_request() -> None:
    largest = bytes(MAX_BYTES)
    text = base64.encodebytes(largest).decode().replace("\n", "\r\n")
    assert image_bytes({"body": {"image": text}}, JSON) == largest
    assert len(json.dumps({"image": f"data:image/jpeg;base64,{text}"})) <= MAX_REQUEST_BYTES
    text = base64_text(largest)
    assert image_bytes({"body": {"image": text}}, JSON) == largest
    assert len(json.dumps({"image": f"data:image/jpeg;base64,{text}"})) <= MAX_REQUEST_BYTES


def test_a_data_url_that_never_ends_costs_nothing() -> None:
    text = "data:" + ";a=b" * 4_000_000 + ";base64,"
    with pytest.raises(RequestError) as caught:
        image_bytes({"body": {"image": text}}, JSON)
    assert caught.value.code is ErrorCode.INVALID_BASE64
