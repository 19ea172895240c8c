"""HTTP client of the analysis server: bytes in, typed answers or typed errors out."""

import base64
import ipaddress
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ValidationError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from gui import errors
from handlers.schema import (
    SCHEMA_VERSION,
    ErrorResponse,
    HealthResponse,
    PredictRequest,
    PredictResponse,
)

DEFAULT_URL: Final = "http://127.0.0.1:5000"
#: Seconds to connect and to wait for the next bytes of an answer.
Timeout = tuple[float, float]

#: A gateway that restarts its workers answers these for a moment.
_PASSING_STATUSES: Final = (
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_ERROR_OF_STATUS: Final[dict[int, type[errors.ClientError]]] = {
    HTTPStatus.BAD_REQUEST: errors.BadRequestError,
    HTTPStatus.UNAUTHORIZED: errors.AccessDeniedError,
    HTTPStatus.FORBIDDEN: errors.AccessDeniedError,
    HTTPStatus.NOT_FOUND: errors.NotFoundError,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.NotFoundError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.ImageTooLargeError,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: errors.UnsupportedImageError,
    HTTPStatus.TOO_MANY_REQUESTS: errors.BusyError,
    HTTPStatus.SERVICE_UNAVAILABLE: errors.NotReadyError,
    HTTPStatus.GATEWAY_TIMEOUT: errors.ServerTimeoutError,
    HTTPStatus.INSUFFICIENT_STORAGE: errors.OutOfResourcesError,
}

Answer = TypeVar("Answer", bound=BaseModel)


class AnalysisClient:
    """Client of one analysis server.

    Safe to use from several threads: every call opens a session of its own, so a request that
    hangs holds up no other.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        predict_timeout: Timeout = (3.0, 30.0),
        health_timeout: Timeout = (3.0, 5.0),
    ) -> None:
        """Remember the server; connects to nothing yet.

        Args:
            url: Address of the gateway, such as ``http://127.0.0.1:5000``.
            predict_timeout: For an analysis.
            health_timeout: For a health check.
        """
        self.url = url.rstrip("/")
        self._predict_timeout = predict_timeout
        self._health_timeout = health_timeout

    def predict(self, image: bytes) -> PredictResponse:
        """Have an image analysed.

        Args:
            image: Content of an image file.

        Raises:
            ClientError: One of its subclasses, if there is no usable answer.
        """
        body = PredictRequest(image=base64.b64encode(image).decode("ascii"))
        retry = Retry(
            connect=0,
            read=False,
            status=2,
            status_forcelist=_PASSING_STATUSES,
            allowed_methods=None,  # the analysis changes nothing, so POST may be repeated
            backoff_factor=0.2,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        response = self._request("POST", "/predict", self._predict_timeout, retry, body)
        if response.status_code != HTTPStatus.OK:
            raise _status_error(response)
        answer = _json_object(response)
        version = answer.get("schema_version", SCHEMA_VERSION)
        if version != SCHEMA_VERSION:
            raise errors.UnknownSchemaVersionError(
                f"It answered in format version {version}; this client knows {SCHEMA_VERSION}."
            )
        return _parse(PredictResponse, answer)

    def health(self) -> HealthResponse:
        """Ask whether the server is ready to analyse.

        Raises:
            ClientError: One of its subclasses, if there is no usable answer.
        """
        response = self._request("GET", "/health", self._health_timeout, Retry(0, read=False))
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
            raise _status_error(response)
        return _parse(HealthResponse, _json_object(response))

    def _request(
        self, method: str, path: str, timeout: Timeout, retry: Retry, body: BaseModel | None = None
    ) -> requests.Response:
        with requests.Session() as session:
            # A proxy configured for the internet can not reach this computer's loopback address.
            session.trust_env = not _is_loopback(self.url)
            session.mount("http://", HTTPAdapter(max_retries=retry))
            session.mount("https://", HTTPAdapter(max_retries=retry))
            try:
                return session.request(
                    method,
                    self.url + path,
                    json=body.model_dump() if body else None,
                    timeout=timeout,
                    allow_redirects=False,
                )
            except requests.Timeout as error:
                raise errors.ServerTimeoutError(f"No answer from {self.url} in time.") from error
            except requests.ConnectionError as error:
                raise _connection_error(error, self.url) from error
            except ValueError as error:  # requests' InvalidURL and its kin are ValueErrors
                raise errors.BadAddressError(f"'{self.url}' can not be used.") from error
            except requests.RequestException as error:
                raise errors.ConnectionLostError(f"{self.url} sent a broken answer.") from error


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connection_error(error: requests.ConnectionError, url: str) -> errors.ClientError:
    # Only a connection that was never made reaches requests as exhausted retries.
    if error.args and isinstance(error.args[0], MaxRetryError):
        return errors.UnreachableError(f"No connection to {url}.")
    return errors.ConnectionLostError(f"{url} closed the connection before it had answered.")


def _status_error(response: requests.Response) -> errors.ClientError:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        default: type[errors.ClientError] = errors.ServerFailedError
    elif status >= HTTPStatus.BAD_REQUEST:
        default = errors.BadRequestError
    else:
        default = errors.UnexpectedAnswerError
    return _ERROR_OF_STATUS.get(status, default)(_server_message(response))


def _server_message(response: requests.Response) -> str:
    try:
        return ErrorResponse.model_validate_json(response.content).error.message
    except ValidationError:
        return f"The server answered with status {response.status_code}."


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as error:
        raise errors.NotJsonError(f"{response.url} did not answer with JSON.") from error
    if not isinstance(answer, dict):
        raise errors.UnexpectedAnswerError(f"{response.url} did not answer with a JSON object.")
    return answer


def _parse(model: type[Answer], answer: dict[str, Any]) -> Answer:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:3])
        raise errors.UnexpectedAnswerError(f"Missing or wrong in the answer: {fields}.") from error
