"""Which forms hold an image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.form import file_in_form
from handlers.payload import RequestError
from handlers.schema import ErrorCode

FILE = b"\x89PNG\r\n\x1a\n\r\n--b \xff\xfe\x00 any bytes\r\n"
TYPE = "multipart/form-data; boundary=bound"


def form(*fields: tuple[str, bytes]) -> bytes:
    parts = [
        b'--bound\r\nContent-Disposition: form-data; name="%b"; filename="x"\r\n\r\n%b\r\n'
        % (name.encode(), data)
        for name, data in fields
    ]
    return b"".join(parts) + b"--bound--\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        [("image", FILE)],
        [("upload", FILE)],
        [("comment", b"hello"), ("image", FILE)],
        [("data", FILE)],
    ],
)
def test_the_file_comes_out_unchanged(fields: list[tuple[str, bytes]]) -> None:
    assert file_in_form(form(*fields), TYPE) == FILE


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(), TYPE),
        (form(("a", FILE), ("b", FILE)), TYPE),
        (form(("image", FILE), ("image", FILE)), TYPE),
        (form(*[(str(number), b"x") for number in range(99)]), TYPE),
        (form(("image", FILE))[:-20], TYPE),
        (form(("image", FILE)), "multipart/form-data"),
        (form(("image", FILE)), "multipart/form-data; boundary=other"),
        (form(("image", FILE)), "multipart/form-data; boundary=\xff"),
        (b"--bound\r\n\r\nno header\r\n--bound--\r\n", TYPE),
        (b"", TYPE),
    ],
)
def test_what_holds_no_image_is_the_callers_mistake(body: bytes, content_type: str) -> None:
    with pytest.raises(RequestError) as caught:
        file_in_form(body, content_type)
    assert caught.value.code is ErrorCode.MISSING_IMAGE


@given(st.binary(), st.text())
def test_anything_else_too(body: bytes, boundary: str) -> None:
    with pytest.raises(RequestError):
        file_in_form(body, f"multipart/form-data; boundary={boundary}")
