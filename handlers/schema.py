"""The JSON that goes over the wire: requests, responses and error codes.

This is the one place where it is described. The handler writes these types, the gateway and the
desktop client read them. Pydantic and the standard library only, so that the client needs no
more. Readers ignore fields they do not know, so a newer server may add some without raising
:data:`SCHEMA_VERSION`.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

#: Raised when a field changes its meaning or goes away.
SCHEMA_VERSION: Final = 1

DISCLAIMER: Final = (
    "For education and research only. Not a medical device and not a diagnosis: "
    "have any lesion that worries you examined by a doctor."
)

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
RiskLevel = Literal["Low", "Moderate", "High"]
ClassName = Literal["Benign", "Malignant"]


class _Frozen(BaseModel):
    # Every answer has the fields with a default, too, although readers do without them.
    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class PredictRequest(_Frozen):
    """Body of ``POST /predict``."""

    image: str = Field(description="Content of a JPEG, PNG, BMP or GIF file, base64-encoded.")


class DiagnosisProbability(_Frozen):
    """How probable the network finds one of the seven diagnoses."""

    code: str
    name: str
    description: str
    probability: Probability
    malignant: bool


class Risk(_Frozen):
    """The risk band of the result, from operating points fixed on validation data.

    Attributes:
        level: The band.
        refer: Whether the probability of malignancy reaches ``threshold``.
        threshold: Probability of malignancy from which on a referral is advised.
        meaning: What the level says, with the figures behind it.
        recommendation: What to do, for a lay reader.
    """

    level: RiskLevel
    refer: bool
    threshold: Probability
    meaning: str
    recommendation: str


class InputInfo(_Frozen):
    """What the server saw of the image.

    Attributes:
        width: Width in pixels, EXIF rotation applied.
        height: Height in pixels.
        format: ``JPEG``, ``PNG``, ``BMP`` or ``GIF``.
        in_distribution: Whether the image resembles those that the network has learned from.
        warnings: Reasons to distrust the result, for a lay reader.
    """

    width: int
    height: int
    format: str
    in_distribution: bool
    warnings: list[str]


class ModelInfo(_Frozen):
    """Which network answered."""

    name: str
    version: str
    created: str = Field(description="Day of the export, ISO 8601.")
    sha256: str = Field(description="SHA-256 of the network file.")


class Prediction(_Frozen):
    """One image's result.

    The first three fields are the contract of the older system and never change.

    Attributes:
        predicted_class: The more probable of the two classes.
        confidence: Its probability.
        all_probabilities: Probabilities in the order of ``classes``; they sum to 1.
        classes: The two classes.
        diagnoses: The seven diagnoses, most probable first.
        risk: Risk band and recommendation.
        input: What the server saw of the image.
        model: Which network answered.
    """

    predicted_class: ClassName
    confidence: Probability
    all_probabilities: tuple[Probability, Probability]
    classes: tuple[ClassName, ClassName]
    diagnoses: list[DiagnosisProbability] = Field(min_length=1)
    risk: Risk
    input: InputInfo
    model: ModelInfo

    @field_validator("classes")
    @classmethod
    def _must_differ(cls, classes: tuple[ClassName, ClassName]) -> tuple[ClassName, ClassName]:
        if classes[0] == classes[1]:
            raise ValueError(f"The two classes are both '{classes[0]}'; one of each is needed.")
        return classes


class PredictResponse(_Frozen):
    """Answer to a prediction request that succeeded."""

    success: Literal[True] = True
    prediction: Prediction
    schema_version: int = SCHEMA_VERSION
    disclaimer: str = DISCLAIMER


class Explanation(_Frozen):
    """Where in the image the network found what it says.

    Attributes:
        prediction: The result that is explained.
        activation_map: 7 rows of 7, the first at the top: how much each part of the image raised
            (above 0) or lowered the log-odds of malignancy; the mean over the image and its
            mirror images.
        heatmap: The raising parts as a picture of 224x224 pixels: an RGB PNG in the viridis
            colours, dark for none and yellow for the strongest, base64-encoded.
    """

    prediction: Prediction
    activation_map: list[list[float]]
    heatmap: str


class ExplainResponse(_Frozen):
    """Answer to an explanation request that succeeded."""

    success: Literal[True] = True
    explanation: Explanation
    schema_version: int = SCHEMA_VERSION
    disclaimer: str = DISCLAIMER


class HealthResponse(_Frozen):
    """Answer to ``GET /health``."""

    status: Literal["healthy", "unavailable"]
    model_loaded: bool


class ErrorCode(StrEnum):
    """Every reason for which a request can fail."""

    INVALID_JSON = "invalid_json"
    MISSING_IMAGE = "missing_image"
    UNAUTHORIZED = "unauthorized"
    INVALID_BASE64 = "invalid_base64"
    EMPTY_IMAGE = "empty_image"
    IMAGE_TOO_SMALL = "image_too_small"
    TRUNCATED_IMAGE = "truncated_image"
    NOT_AN_IMAGE = "not_an_image"
    IMAGE_TOO_LARGE = "image_too_large"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TIMEOUT = "request_timeout"
    OVERLOADED = "overloaded"
    MODEL_UNAVAILABLE = "model_unavailable"
    TIMEOUT = "timeout"
    INTERNAL_ERROR = "internal_error"


#: The HTTP status that goes with each code: 4xx for the caller's mistakes, 5xx for ours.
ERROR_STATUS: Final[dict[ErrorCode, HTTPStatus]] = {
    ErrorCode.INVALID_JSON: HTTPStatus.BAD_REQUEST,
    ErrorCode.MISSING_IMAGE: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_BASE64: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.EMPTY_IMAGE: HTTPStatus.BAD_REQUEST,
    ErrorCode.IMAGE_TOO_SMALL: HTTPStatus.BAD_REQUEST,
    ErrorCode.TRUNCATED_IMAGE: HTTPStatus.BAD_REQUEST,
    ErrorCode.NOT_AN_IMAGE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.IMAGE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.REQUEST_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    ErrorCode.OVERLOADED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.MODEL_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    ErrorCode.INTERNAL_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class ErrorDetail(_Frozen):
    """What was wrong and how to mend it."""

    code: ErrorCode
    message: str


class ErrorResponse(_Frozen):
    """Answer to a request that failed."""

    success: Literal[False] = False
    error: ErrorDetail
    schema_version: int = SCHEMA_VERSION
