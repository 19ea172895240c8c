"""The handler inside TorchServe's own service object, without the socket."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tiny_images import base64_text
from ts.context import Context
from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl
from ts.service import Service

from handlers.archive import CONFIG
from handlers.schema import ErrorResponse, PredictResponse
from handlers.skin_lesion_handler import SkinLesionHandler

Parameter = tuple[str, str, object]  # name, media type, value: what TorchServe's frontend sends


def json_parameter(data: bytes) -> Parameter:
    return ("body", "application/json", {"image": base64_text(data)})


def malformed() -> Parameter:
    return ("body", "application/json", bytearray(b'{"image": "'))


class Worker:
    """A worker that has loaded an artefact."""

    def __init__(self, folder: Path) -> None:
        self.handler = SkinLesionHandler()
        self.metrics = MetricsCacheYamlImpl(str(CONFIG / "metrics.yaml"))
        self.service = Service(
            "skin_lesion",
            str(folder),
            None,
            self.handler.handle,
            None,
            1,
            metrics_cache=self.metrics,
        )
        self.handler.initialize(self.context)

    @property
    def context(self) -> Context:
        return self.service.context

    def handle(
        self, parameters: Sequence[Parameter], explain: Sequence[int] = ()
    ) -> list[tuple[int, dict[str, Any]]]:
        """Return status and JSON of each request of one batch; some came to /explanations."""
        headers, records, _ = Service.retrieve_data_for_inference(
            [
                {
                    "requestId": str(index).encode(),
                    "headers": [{"name": b"explain", "value": str(index in explain).encode()}],
                    "parameters": [{"name": name, "contentType": media_type, "value": value}],
                }
                for index, (name, media_type, value) in enumerate(parameters)
            ]
        )
        self.context.request_processor = headers
        answers = self.handler.handle(records, self.context)
        assert len(answers) == len(parameters)
        for index in range(len(answers)):
            assert self.context.get_response_content_type(index) == "application/json"
        return [
            (self.context.get_response_status(index)[0], json.loads(answer))
            for index, answer in enumerate(answers)
        ]


def predicted(answer: tuple[int, dict[str, Any]]) -> str:
    status, content = answer
    assert status == 200, content
    return PredictResponse.model_validate(content).prediction.diagnoses[0].code


def refused(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, content = answer
    return status, ErrorResponse.model_validate(content).error.code.value
