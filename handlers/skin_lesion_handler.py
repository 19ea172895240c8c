"""The TorchServe handler.

TorchServe loads this file as a top-level module and insists on exactly one class in it. An
exception that leaves :meth:`SkinLesionHandler.handle` would fail a whole batch, so every request
gets its own answer and status.
"""

import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from ts.context import Context

from datamodules.preprocess import ImageError, NetworkInput, network_input
from handlers.jpeg_scans import refuse_endless_jpeg
from handlers.network import Network
from handlers.outcome import OUTCOME_HEADER, outcome
from handlers.payload import RequestError, image_bytes
from handlers.response import error_response, explain_response, predict_response
from handlers.schema import (
    ERROR_STATUS,
    ErrorCode,
    ErrorResponse,
    ExplainResponse,
    PredictResponse,
)
from handlers.time_limit import TimeIsUp, time_limit
from handlers.worker_metrics import WorkerMetrics

logger = logging.getLogger(__name__)

#: For one image. TorchServe kills a worker that takes 60 seconds for a batch of four.
READING_SECONDS: Final = 10.0


class SkinLesionHandler:
    """Answers requests with an image by what the exported network says of it."""

    def initialize(self, context: Context) -> None:
        """Load and warm up the network.

        Args:
            context: Names the folder into which the archive was unpacked.

        Raises:
            ArtefactError: If the archive holds no network that matches this code.
        """
        # TorchServe's worker tells of every request.
        logging.getLogger().setLevel(logging.WARNING)
        # A damaged file can draw tens of thousands of warnings from Pillow.
        warnings.filterwarnings("ignore", module="PIL")
        self._metrics = WorkerMetrics(context.metrics)
        self._network = Network(Path(context.system_properties["model_dir"]))

    def handle(self, data: Sequence[Mapping[str, object]], context: Context) -> list[str]:
        """Answer a batch of requests.

        Args:
            data: The parameters of each request.
            context: Takes each answer's status and headers, and the metrics.

        Returns:
            One JSON text per request, in order.
        """
        start = time.perf_counter()
        answers = [self._answer(record, context, index) for index, record in enumerate(data)]
        texts = [answer.model_dump_json() for answer in answers]
        outcomes = [outcome(answer) for answer in answers]
        self._metrics.count(outcomes, time.perf_counter() - start)
        for index, (answer, word) in enumerate(zip(answers, outcomes, strict=True)):
            context.set_response_header(index, OUTCOME_HEADER, word)
            context.set_response_content_type(index, "application/json")
            status = _status(answer)
            context.set_response_status(status.value, status.phrase, index)
        return texts

    def _answer(
        self, record: Mapping[str, object], context: Context, index: int
    ) -> PredictResponse | ExplainResponse | ErrorResponse:
        image = _read(record, _content_type(context, index))
        if isinstance(image, ErrorResponse):
            return image
        try:
            output = self._network.run(image.pixels)
            if _wants_explanation(context, index):
                explained = self._network.explain(image.pixels, output)
                return explain_response(self._network.spec, explained, image)
            return predict_response(self._network.spec, output, image)
        except Exception:
            logger.exception("The network failed, or its output makes no valid response.")
            return _internal_error()


def _content_type(context: Context, index: int) -> str:
    # TorchServe files a parameter's media type among the headers, under the parameter's name.
    body = context.get_request_header(index, "body")
    return str(body.get("content-type", "")) if isinstance(body, dict) else ""


def _wants_explanation(context: Context, index: int) -> bool:
    # Set by TorchServe for what comes to /explanations.
    return bool(context.get_request_header(index, "explain") == "True")


def _read(record: Mapping[str, object], content_type: str) -> NetworkInput | ErrorResponse:
    try:
        data = image_bytes(record, content_type)
        with time_limit(READING_SECONDS):
            refuse_endless_jpeg(data)
            return network_input(data)
    except TimeIsUp:
        return error_response(
            ErrorCode.IMAGE_TOO_LARGE,
            "The image takes too long to decode; open it and save it again, smaller or as JPEG.",
        )
    except RequestError as error:
        return error_response(error.code, str(error))
    except ImageError as error:
        return error_response(ErrorCode(error.code), str(error))
    except Exception:
        logger.exception("A request could not be read.")
        return _internal_error()


def _internal_error() -> ErrorResponse:
    return error_response(
        ErrorCode.INTERNAL_ERROR,
        "The server failed on this image; the fault is not yours. Its log says more.",
    )


def _status(answer: BaseModel) -> HTTPStatus:
    if isinstance(answer, ErrorResponse):
        return ERROR_STATUS[answer.error.code]
    return HTTPStatus.OK
