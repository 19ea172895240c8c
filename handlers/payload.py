"""From what TorchServe hands to a handler to the bytes of an image file.

A body arrives as ``{"body": bytearray}``, or as ``{"body": <decoded JSON>}`` from a TorchServe that
was not started by :mod:`handlers.torchserve`, except for JSON that it could not decode. The parts
of a multipart form, and URL parameters, arrive under their own names.
"""

import re
from collections.abc import Mapping
from typing import Final

from pybase64 import b64decode
from pydantic_core import from_json

from datamodules.preprocess import MAX_BYTES
from handlers.schema import ErrorCode

#: Largest request body, in bytes: the largest image in base64, with room for what surrounds it.
MAX_REQUEST_BYTES: Final = 24 * 1024 * 1024

#: Most commas in a JSON body. Each may begin another value, and millions of them take seconds and a
#: gigabyte to read; base64 holds none, and a data URL one.
_MAX_COMMAS: Final = 1_000

#: The content type of what is an image file for certain, whatever it begins with.
IMAGE_FILE: Final = "image/*"

#: Of the largest image, with two characters of line break after every 76, as MIME has it.
_MAX_BASE64_LENGTH: Final = 4 * (MAX_BYTES // 3 + 1) * 78 // 76 + 2
_LINE_BREAKS: Final = b"\r\n"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: With parameters, and of a file whose type the browser does not know.
_DATA_URL: Final = re.compile(
    r"data:(?:image/[\w.+-]+|application/octet-stream)?(?:;[\w.+-]+=[^;,]*)*;base64,",
    re.IGNORECASE,
)
_MAX_DATA_URL_PREFIX: Final = 1_000
_FIELDS: Final = ("image", "data", "body")
_HOW_TO_SEND: Final = (
    'send JSON {"image": "<base64>"} as application/json, the bytes of the image file as '
    'image/jpeg or another image type, or one multipart field "image"'
)


class RequestError(ValueError):
    """A request that holds no usable image file.

    Attributes:
        code: The reason, as the response gives it.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def image_bytes(record: Mapping[str, object], content_type: str) -> bytes:
    """Find the image file in one request.

    Args:
        record: The request's parameters by name, as TorchServe hands them over.
        content_type: The media type of the body; empty if the request named none.

    Returns:
        The content of the image file, not yet looked at.

    Raises:
        RequestError: If there is no image, or its JSON or base64 is malformed.
    """
    value = _only_field(record)
    if isinstance(value, bytes | bytearray):
        if not _is_json(value, content_type):
            return bytes(value)
        value = _parse_json(value)
    if not isinstance(value, Mapping) or "image" not in value:
        raise RequestError(
            ErrorCode.MISSING_IMAGE, f'The request has no field "image"; {_HOW_TO_SEND}.'
        )
    return _decode_base64(value["image"])


def _only_field(record: Mapping[str, object]) -> object:
    names = [name for name in _FIELDS if name in record] or list(record)
    if len(names) != 1:
        raise RequestError(
            ErrorCode.MISSING_IMAGE,
            f"The request has {len(names)} fields that could be the image; {_HOW_TO_SEND}.",
        )
    return record[names[0]]


def _is_json(body: bytes | bytearray, content_type: str) -> bool:
    if content_type.startswith("image/"):
        return False
    # No image format begins with a brace: this is JSON whose sender forgot to say so.
    return content_type == "application/json" or _begins_with_brace(body)


def _begins_with_brace(body: bytes | bytearray) -> bool:
    return body.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"{"


def _parse_json(body: bytes | bytearray) -> object:
    if _has_more_commas(body, _MAX_COMMAS):
        raise RequestError(
            ErrorCode.INVALID_JSON, f"The JSON holds too many values; {_HOW_TO_SEND}."
        )
    try:
        # Several times as fast as the standard library's, and limits the nesting.
        return from_json(body.removeprefix(_BYTE_ORDER_MARK), allow_inf_nan=False)
    except ValueError as error:
        raise RequestError(
            ErrorCode.INVALID_JSON, f"The request is not valid JSON ({error}); {_HOW_TO_SEND}."
        ) from error


def _has_more_commas(body: bytes | bytearray, count: int) -> bool:
    # Where there are few, searching is many times as fast as counting.
    position = -1
    for _ in range(count + 1):
        position = body.find(b",", position + 1)
        if position < 0:
            return False
    return True


def _decode_base64(text: object) -> bytes:
    if not isinstance(text, str):
        raise RequestError(
            ErrorCode.INVALID_BASE64, 'The field "image" must be a string with base64 text.'
        )
    if prefix := _DATA_URL.match(text, 0, _MAX_DATA_URL_PREFIX):
        text = text[prefix.end() :]
    if len(text) > _MAX_BASE64_LENGTH:
        raise RequestError(
            ErrorCode.IMAGE_TOO_LARGE, f"The image has more than the accepted {MAX_BYTES:,} bytes."
        )
    try:
        return _decode(text)
    except ValueError as error:
        raise RequestError(
            ErrorCode.INVALID_BASE64,
            'The field "image" is not valid base64; encode the whole file, with padding.',
        ) from error


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        # Many encoders break lines, which the older system did not mind.
        return b64decode(text.encode("ascii").translate(None, _LINE_BREAKS), validate=True)
