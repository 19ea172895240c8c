"""HTTP client of the analysis server: bytes in, typed answers or typed errors out."""

import base64
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, NamedTuple, TypeVar

import requests
from PIL import Image
from pydantic import BaseModel, ValidationError
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url
from urllib3.exceptions import MaxRetryError, ProtocolError
from urllib3.util import Retry

from gui import errors
from gui.analyser import Heatmap
from gui.server_address import ServerAddress, ServerKind, check_token, without_password
from handlers.schema import (
    SCHEMA_VERSION,
    ErrorResponse,
    ExplainResponse,
    HealthResponse,
    PredictRequest,
    PredictResponse,
)

#: Longest wait for the answer to a health check, in seconds.
_HEALTH_TIMEOUT: Final = 5.0
#: For a moment, a gateway that restarts its workers answers these, or a proxy in front of it.
_PASSING_STATUSES: Final = (
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_ERROR_OF_STATUS: Final[dict[int, type[errors.ClientError]]] = {
    HTTPStatus.BAD_REQUEST: errors.BadRequestError,
    HTTPStatus.UNAUTHORIZED: errors.TokenRefusedError,
    HTTPStatus.FORBIDDEN: errors.AccessDeniedError,
    HTTPStatus.NOT_FOUND: errors.NotFoundError,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.NotFoundError,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: errors.ProxyFailedError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.ImageTooLargeError,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: errors.UnsupportedImageError,
    HTTPStatus.TOO_MANY_REQUESTS: errors.BusyError,
    HTTPStatus.BAD_GATEWAY: errors.ConnectionLostError,
    HTTPStatus.SERVICE_UNAVAILABLE: errors.NotReadyError,
    HTTPStatus.GATEWAY_TIMEOUT: errors.ServerTimeoutError,
    HTTPStatus.INSUFFICIENT_STORAGE: errors.OutOfResourcesError,
}


class _Paths(NamedTuple):
    predict: str
    explain: str
    health: str


_PATHS: Final[dict[ServerKind, _Paths]] = {
    "gateway": _Paths("/predict", "/explain", "/health"),
    "torchserve": _Paths("/predictions/skin_lesion", "/explanations/skin_lesion", "/ping"),
}

_Request = TypeVar("_Request", bound=requests.PreparedRequest)
Answer = TypeVar("Answer", bound=BaseModel)


class AnalysisClient:
    """Client of one analysis server.

    Safe to use from several threads: every call opens a session of its own, so a request that
    hangs holds up no other.
    """

    def __init__(self, server: ServerAddress, token: Callable[[], str] = lambda: "") -> None:
        """Remember the server; connects to nothing yet.

        Args:
            server: Where it is.
            token: Returns the access token, or an empty text if none is needed; called on the
                thread of the request, since a keyring may take its time.
        """
        self._server = server
        self._paths = _PATHS[self._server.kind]
        self._token = token

    def predict(self, image: bytes) -> PredictResponse:
        """Have an image analysed.

        Args:
            image: Content of an image file.

        Raises:
            ClientError: One of its subclasses, if there is no usable answer.
        """
        return self._ask(self._paths.predict, image, PredictResponse)

    def explain(self, image: bytes) -> Heatmap:
        """Ask where in an image the network found what it says.

        Args:
            image: Content of an image file.

        Raises:
            ClientError: One of its subclasses, if there is no usable answer.
        """
        answer = self._ask(self._paths.explain, image, ExplainResponse)
        try:
            data = base64.b64decode(answer.explanation.heatmap, validate=True)
            with Image.open(BytesIO(data), formats=("PNG",)) as heatmap:
                picture = heatmap.convert("RGB")
        except Exception as error:  # Pillow reports damage through a dozen different exceptions
            raise errors.NoExplanationError(f"Its picture is damaged ({error}).") from error
        return Heatmap(picture, answer.explanation.prediction.model.sha256)

    def health(self) -> HealthResponse:
        """Ask whether the server is ready to analyse.

        Raises:
            ClientError: One of its subclasses, if there is no usable answer.
        """
        timeout = min(_HEALTH_TIMEOUT, self._server.answer_timeout)
        response = self._request("GET", self._paths.health, timeout, Retry(0, read=False))
        if self._server.kind == "torchserve":
            return _ping_health(response)
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
            raise _status_error(response)
        return _parse(HealthResponse, _json_object(response))

    def _ask(self, path: str, image: bytes, model: type[Answer]) -> Answer:
        body = PredictRequest(image=base64.b64encode(image).decode("ascii"))
        retry = Retry(
            connect=0,
            read=False,
            other=0,  # TLS: a certificate does not mend itself
            status=2,
            status_forcelist=_PASSING_STATUSES,
            allowed_methods=None,  # the analysis changes nothing, so POST may be repeated
            backoff_factor=0.2,
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        response = self._request("POST", path, self._server.answer_timeout, retry, body)
        if response.status_code != HTTPStatus.OK:
            raise _status_error(response)
        answer = _json_object(response)
        version = answer.get("schema_version", SCHEMA_VERSION)
        if version != SCHEMA_VERSION:
            raise errors.UnknownSchemaVersionError(
                f"It answered in format version {version}; this client knows {SCHEMA_VERSION}."
            )
        return _parse(model, answer)

    def _request(
        self, method: str, path: str, timeout: float, retry: Retry, body: BaseModel | None = None
    ) -> requests.Response:
        url, shown = self._server.url, self._server.shown
        token = check_token(self._token())
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            # As a stream, it is sent in blocks. The time to connect is also that for sending, and
            # a large image as a whole may need more, but no block of it does.
            content = BytesIO(body.model_dump_json().encode())
        with requests.Session() as session:
            # A proxy configured for the internet can not reach this computer's loopback address.
            session.trust_env = not self._server.is_loopback
            session.mount("http://", HTTPAdapter(max_retries=retry))
            session.mount("https://", HTTPAdapter(max_retries=retry))
            try:
                return session.request(
                    method,
                    url + path,
                    data=content,
                    headers=headers,
                    auth=_credentials(url),
                    timeout=(self._server.connect_timeout, timeout),
                    allow_redirects=False,
                )
            except requests.ReadTimeout as error:  # in connecting, it is a ConnectionError
                raise errors.ServerTimeoutError(f"No answer from {shown} in time.") from error
            except requests.ConnectionError as error:
                raise _connection_error(error, shown) from error
            except ValueError as error:  # requests' InvalidURL and its kin are ValueErrors
                raise _address_error(error, shown) from error
            except requests.RequestException as error:
                raise errors.ConnectionLostError(f"{shown} sent a broken answer.") from error


def _credentials(url: str) -> tuple[str, str] | Callable[[_Request], _Request]:
    """Return the name and password in an address, or what leaves a request as it is.

    With neither, a password in a .netrc file would take the token's place.
    """
    credentials = get_auth_from_url(url)
    return credentials if any(credentials) else lambda request: request


def _address_error(error: ValueError, url: str) -> errors.ClientError:
    """Tell whose address can not be used: that of a server, which may be shown, or of a proxy."""
    is_http = url.lower().startswith(("http://", "https://"))
    # What requests says of a proxy of SOCKS for which it lacks a package.
    needs_package = is_http and isinstance(error, requests.exceptions.InvalidSchema)
    if needs_package or isinstance(error, requests.exceptions.InvalidProxyURL):
        return errors.ProxyFailedError(f"Its address can not be used: {error}.")
    return errors.BadAddressError(f"'{url}' can not be used.")


def _connection_error(error: requests.ConnectionError, url: str) -> errors.ClientError:
    """Tell what went wrong with a server, whose address may be shown."""
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.exceptions.ProxyError):
        return errors.ProxyFailedError(f"No way through it to {url}.")
    if isinstance(cause, ProtocolError) and isinstance(cause.args[-1], TimeoutError):
        return errors.ServerTimeoutError(f"{url} did not take the image.")
    # Only a connection that was never made reaches requests as exhausted retries.
    if not isinstance(cause, MaxRetryError):
        return errors.ConnectionLostError(f"{url} closed the connection before it had answered.")
    if isinstance(error, requests.exceptions.SSLError):
        return errors.EncryptionError(f"No encrypted connection to {url} ({cause.reason}).")
    return errors.UnreachableError(f"No connection to {url}.")


def _status_error(response: requests.Response) -> errors.ClientError:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        default: type[errors.ClientError] = errors.ServerFailedError
    elif status >= HTTPStatus.BAD_REQUEST:
        default = errors.BadRequestError
    else:
        default = errors.UnexpectedAnswerError
    error = _ERROR_OF_STATUS.get(status, default)(_server_message(response))
    seconds = response.headers.get("Retry-After", "")
    if isinstance(error, errors.BusyError) and seconds.isdecimal():
        error.retry_after = int(seconds)
    return error


def _ping_health(response: requests.Response) -> HealthResponse:
    # TorchServe answers 500 with "Unhealthy" while it has no worker.
    status = _json_object(response).get("status")
    if not isinstance(status, str) or "ealthy" not in status:
        raise errors.NotFoundError(f"{without_password(response.url)} is not TorchServe.")
    is_ready = response.status_code == HTTPStatus.OK and status == "Healthy"
    return HealthResponse(status="healthy" if is_ready else "unavailable", model_loaded=is_ready)


def _server_message(response: requests.Response) -> str:
    if response.is_redirect:
        return f"It refers to {response.headers['Location']}."
    try:
        return ErrorResponse.model_validate_json(response.content).error.message
    except ValidationError:
        return f"The server answered with status {response.status_code}."


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as error:
        raise errors.NotJsonError(
            f"{without_password(response.url)} did not answer with JSON."
        ) from error
    if not isinstance(answer, dict):
        raise errors.UnexpectedAnswerError(
            f"{without_password(response.url)} did not answer with a JSON object."
        )
    return answer


def _parse(model: type[Answer], answer: dict[str, Any]) -> Answer:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:3])
        raise errors.UnexpectedAnswerError(f"Missing or wrong in the answer: {fields}.") from error
