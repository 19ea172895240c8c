"""The REST API's description, generated from :mod:`handlers.schema`."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from handlers.schema import (
    DISCLAIMER,
    ERROR_STATUS,
    ErrorCode,
    ErrorResponse,
    ExplainResponse,
    HealthResponse,
    PredictRequest,
    PredictResponse,
)

Json = dict[str, Any]

_IMAGE_TYPES: Final = (
    "image/jpeg",
    "image/png",
    "image/bmp",
    "image/gif",
    "application/octet-stream",
)

_REFERENCE: Final = "#/components/schemas/{model}"
#: What a request without an image can be answered: it is no HTTP, or its token is wrong.
_HTTP_ERRORS: Final = (ErrorCode.INVALID_JSON, ErrorCode.UNAUTHORIZED)
#: What a request with an image can be answered besides the result.
_ANALYSIS_ERRORS: Final = tuple(
    code for code in ErrorCode if code not in {ErrorCode.NOT_FOUND, ErrorCode.METHOD_NOT_ALLOWED}
)


@cache
def openapi_json() -> bytes:
    """Return the OpenAPI 3.1 document."""
    return json.dumps(openapi(), ensure_ascii=False).encode()


def openapi() -> Json:
    """Return the OpenAPI 3.1 document as Python objects."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Skin lesion screening",
            "version": version("skin-lesion-screening"),
            "description": DISCLAIMER,
        },
        "paths": {
            "/health": {"get": _health()},
            "/predict": {
                "post": _analysis("predict", "What the network sees in an image", PredictResponse)
            },
            "/explain": {
                "post": _analysis(
                    "explain", "The same, and where in the image it sees it", ExplainResponse
                )
            },
            "/metrics": {"get": _metrics()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed only where the server was started with a token.",
                }
            },
        },
    }


def _schemas() -> Json:
    _, schemas = models_json_schema(
        [
            (PredictRequest, "validation"),
            (PredictResponse, "serialization"),
            (ExplainResponse, "serialization"),
            (HealthResponse, "serialization"),
            (ErrorResponse, "serialization"),
        ],
        ref_template=_REFERENCE,
    )
    definitions: Json = schemas["$defs"]
    return definitions


def _health() -> Json:
    return {
        "operationId": "health",
        "summary": "Whether the network is loaded and answers; a token that is sent must be right",
        "security": [{}, {"token": []}],
        "responses": {
            "200": _json_response("It is.", "HealthResponse"),
            **_error_responses(_HTTP_ERRORS),
            "503": _json_response("It is not: starting, stopping or broken.", "HealthResponse"),
        },
    }


def _metrics() -> Json:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "operationId": "metrics",
        "summary": "Counters and latencies in Prometheus' text form",
        "security": [{}, {"token": []}],
        "responses": {
            "200": {"description": "All metrics.", "content": text},
            **_error_responses(_HTTP_ERRORS),
        },
    }


def _analysis(name: str, summary: str, answer: type) -> Json:
    binary = {"schema": {"type": "string", "format": "binary"}}
    form = {"type": "object", "required": ["image"], "properties": {"image": binary["schema"]}}
    return {
        "operationId": name,
        "summary": summary,
        "security": [{}, {"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REFERENCE.format(model="PredictRequest")}},
                **dict.fromkeys(_IMAGE_TYPES, binary),
                "multipart/form-data": {"schema": form},
            },
        },
        "responses": {
            "200": _json_response("The result.", answer.__name__),
            **_error_responses(_ANALYSIS_ERRORS),
        },
    }


def _error_responses(possible: Iterable[ErrorCode]) -> Json:
    codes: dict[int, list[str]] = {}
    for code in possible:
        codes.setdefault(ERROR_STATUS[code].value, []).append(f"`{code}`")
    return {
        str(status): _json_response(", ".join(names), "ErrorResponse")
        for status, names in sorted(codes.items())
    }


def _json_response(description: str, model: str) -> Json:
    schema = {"$ref": _REFERENCE.format(model=model)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
