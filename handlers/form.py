"""Finds the image in a multipart form, so that TorchServe need not.

TorchServe answers some forms that it can not read with a 500.
"""

import io

import multipart

from handlers.payload import MAX_REQUEST_BYTES, RequestError, image_bytes
from handlers.schema import ErrorCode

_MAX_PARTS = 16


def file_in_form(body: bytes, content_type: str) -> bytes:
    """Return the content of the only image file in a form.

    Args:
        body: The whole body.
        content_type: Its media type, with the boundary.

    Raises:
        RequestError: If it is no form, or none with one image.
    """
    _, options = multipart.parse_options_header(content_type)
    record: dict[str, object] = {}
    try:
        parts = multipart.MultipartParser(
            io.BytesIO(body),
            options.get("boundary", ""),
            part_limit=_MAX_PARTS,
            # Never to disk: it is somebody's skin.
            spool_limit=MAX_REQUEST_BYTES,
            memory_limit=MAX_REQUEST_BYTES,
        )
        for part in parts:
            if part.name in record:
                raise ValueError("two fields have the same name")
            record[part.name] = part.raw
    except (multipart.MultipartError, ValueError, LookupError) as error:
        raise RequestError(
            ErrorCode.MISSING_IMAGE,
            f'The request is not a readable form ({error}); send one multipart field "image".',
        ) from error
    return image_bytes(record, "")
