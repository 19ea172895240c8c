"""The API's description: what it promises, and that real answers keep it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_files import noise
from jsonschema import Draft202012Validator
from tiny_images import base64_text, image_file
from torchserve_worker import Worker, json_parameter, malformed

from handlers.openapi import openapi, openapi_json
from handlers.schema import ERROR_STATUS, HealthResponse

GOLDEN = Path(__file__).parent / "golden"
ANSWERS = [
    ("predict", "PredictResponse"),
    ("explain", "ExplainResponse"),
    ("error", "ErrorResponse"),
]


def validator(model: str) -> Draft202012Validator:
    document = openapi()
    schema = {"$ref": f"#/components/schemas/{model}", "components": document["components"]}
    return Draft202012Validator(schema)


def golden(name: str) -> dict[str, Any]:
    content = json.loads((GOLDEN / f"{name}.json").read_text())
    assert isinstance(content, dict)
    return content


def test_it_names_every_route_and_every_status() -> None:
    document = json.loads(openapi_json())
    assert set(document["paths"]) == {"/health", "/predict", "/explain", "/metrics"}
    for path in ("/predict", "/explain"):
        statuses = set(document["paths"][path]["post"]["responses"])
        expected = {str(status.value) for status in ERROR_STATUS.values()} - {"404", "405"}
        assert statuses == expected | {"200"}


def test_every_reference_leads_somewhere() -> None:
    text = openapi_json().decode()
    document = json.loads(text)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])


@pytest.mark.parametrize(("name", "model"), ANSWERS)
def test_golden_answers_keep_it_and_are_still_given(artefact: Path, name: str, model: str) -> None:
    """What clients of today rely on; a change here is a change for them."""
    expected = golden(name)
    Draft202012Validator.check_schema(openapi()["components"]["schemas"][model])
    validator(model).validate(expected)
    parameter = malformed() if name == "error" else json_parameter(image_file((200, 120, 60)))
    explain = [0] if name == "explain" else []
    ((_, content),) = Worker(artefact).handle([parameter], explain)
    assert _rounded(content) == _rounded(expected)


@pytest.mark.parametrize(("name", "model"), ANSWERS)
def test_what_lacks_a_field_does_not_keep_it(name: str, model: str) -> None:
    complete = golden(name)
    for lacking in _each_lacking_one_field(complete):
        assert not validator(model).is_valid(lacking), lacking


def test_health_and_requests_keep_it() -> None:
    healthy = HealthResponse(status="healthy", model_loaded=True).model_dump(mode="json")
    validator("HealthResponse").validate(healthy)
    body = {"image": base64_text(noise().tobytes())}
    validator("PredictRequest").validate(body)
    assert not validator("PredictRequest").is_valid({"image": 5})


def _each_lacking_one_field(content: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Copy the content once for each field of each object in it, without that field."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield {name: content[name] for name in content if name != key}
            yield from ({**content, key: lacking} for lacking in _each_lacking_one_field(value))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            for lacking in _each_lacking_one_field(value):
                yield [*content[:index], lacking, *content[index + 1 :]]


def _rounded(content: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out the digits, and the checksum, that differ between library versions."""
    if isinstance(content, dict):
        return {
            key: _rounded(value)
            for key, value in content.items()
            if key not in {"sha256", "heatmap"}
        }
    if isinstance(content, list):
        return [_rounded(value) for value in content]
    return round(content, 4) if isinstance(content, float) else content
