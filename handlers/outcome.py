"""How a request ended, in one word: for the metrics, and for a gateway that need not read JSON."""

from typing import Final

from handlers.schema import ErrorCode, ErrorResponse, ExplainResponse, PredictResponse

#: Response header with the outcome; it marks an answer as the handler's own, not TorchServe's.
OUTCOME_HEADER: Final = "X-Outcome"

_ERRORS: Final = frozenset(code.value for code in ErrorCode)


def outcome(answer: PredictResponse | ExplainResponse | ErrorResponse) -> str:
    """Return the risk level of a result (``Low``, ``Moderate`` or ``High``), or an error's code."""
    match answer:
        case PredictResponse():
            return answer.prediction.risk.level
        case ExplainResponse():
            return answer.explanation.prediction.risk.level
        case ErrorResponse():
            return answer.error.code.value


def is_error(outcome: str) -> bool:
    """Tell whether an outcome is an error's code."""
    return outcome in _ERRORS
