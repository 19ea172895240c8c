"""Requests to a real server, and what its answers must look like."""

import base64
import io

import numpy as np
import requests
from PIL import Image

from handlers.schema import ErrorResponse, PredictResponse

#: Seconds; generous, since a training may be running beside the tests.
TIMEOUT = 120


def image_file(
    seed: int = 0, file_format: str = "JPEG", size: tuple[int, int] = (600, 450)
) -> bytes:
    """Return the content of a file with a smooth random image."""
    coarse = np.random.default_rng(seed).integers(60, 230, (6, 8, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(buffer, file_format)
    return buffer.getvalue()


def as_json(data: bytes) -> dict[str, str]:
    return {"image": base64.b64encode(data).decode()}


def predicted(response: requests.Response) -> PredictResponse:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    return PredictResponse.model_validate_json(response.content)


def refused(response: requests.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"].startswith("application/json")
    error = ErrorResponse.model_validate_json(response.content).error
    assert error.message
    return response.status_code, error.code.value
