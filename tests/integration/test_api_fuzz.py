"""Requests made up from the API's own description, sent to the real server (schemathesis)."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from running_server import START_TIMEOUT, Server
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving_requests import TIMEOUT

pytestmark = pytest.mark.timeout(3 * START_TIMEOUT)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/predict", GenerationMode.POSITIVE),
        ("POST", "/predict", GenerationMode.NEGATIVE),
        ("POST", "/explain", GenerationMode.POSITIVE),
        ("POST", "/explain", GenerationMode.NEGATIVE),
        ("GET", "/health", GenerationMode.POSITIVE),
        ("GET", "/metrics", GenerationMode.POSITIVE),
    ],
)
def test_every_answer_is_as_described(
    server: Server, method: str, path: str, mode: GenerationMode
) -> None:
    """With bodies that keep to the description, and with bodies that do not."""
    api = schemathesis.openapi.from_url(f"{server.gateway}/openapi.json")
    cases = api[path][method].as_strategy(generation_mode=mode)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def check(case: schemathesis.Case) -> None:
        response = case.call(timeout=TIMEOUT)
        case.validate_response(response, checks=CHECKS)

    check()
