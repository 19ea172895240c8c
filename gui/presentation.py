"""Turns the server's answer into the texts and grades that a person sees; knows no widgets."""

from enum import Enum

from handlers.schema import DiagnosisProbability, PredictResponse

#: Confidence in the predicted class from which on it counts as high or as moderate.
_HIGH_CONFIDENCE = 0.85
_MODERATE_CONFIDENCE = 0.65


class ConfidenceGrade(Enum):
    """How sure the network is of the predicted class, in three steps."""

    HIGH = "High confidence"
    MODERATE = "Moderate confidence"
    LOW = "Low confidence"


def confidence_grade(confidence: float) -> ConfidenceGrade:
    """Grade a probability in ``[0, 1]``."""
    if confidence >= _HIGH_CONFIDENCE:
        return ConfidenceGrade.HIGH
    if confidence >= _MODERATE_CONFIDENCE:
        return ConfidenceGrade.MODERATE
    return ConfidenceGrade.LOW


def shown_grade(answer: PredictResponse) -> ConfidenceGrade | None:
    """Return the grade to show with an answer, or None where it would reassure wrongly.

    "Benign" is the more probable class far above the risk levels' bounds, so that it may have a
    high confidence where the lesion should be seen; and doubtful images have doubtful confidences.
    """
    prediction = answer.prediction
    reassures = prediction.predicted_class == "Benign" and prediction.risk.level != "Low"
    if reassures or not prediction.input.in_distribution:
        return None
    return confidence_grade(prediction.confidence)


def percent(probability: float) -> str:
    """Write a probability in ``[0, 1]`` as percent, never rounded to certainty.

    One decimal; ``<0.1%`` and ``>99.9%`` beyond that.
    """
    if 0.0 < probability < 0.001:
        return "<0.1%"
    if 0.999 < probability < 1.0:
        return ">99.9%"
    return f"{100 * probability:.1f}%"


def class_probabilities(answer: PredictResponse) -> list[tuple[str, float]]:
    """Return the two classes with their probabilities, in the server's order."""
    prediction = answer.prediction
    return list(zip(prediction.classes, prediction.all_probabilities, strict=True))


def group_of(diagnosis: DiagnosisProbability) -> str:
    """Return whether a diagnosis counts as malignant, in a word."""
    return "Malignant" if diagnosis.malignant else "Benign"


def model_line(answer: PredictResponse) -> str:
    """Name the model that answered: name, version, day of export and start of its checksum."""
    model = answer.prediction.model
    return (
        f"Model {model.name} {model.version}  ·  exported {model.created}  ·  "
        f"SHA-256 {model.sha256[:12]}"
    )


def doubt(answer: PredictResponse) -> str:
    """Return what follows a class or a risk that should not be relied on; empty if it may be."""
    return "" if answer.prediction.input.in_distribution else " (not reliable)"


def reservations(answer: PredictResponse) -> list[str]:
    """Return why the result should be distrusted; empty if there is no reason."""
    seen = answer.prediction.input
    if seen.warnings or seen.in_distribution:
        return seen.warnings
    return ["The image does not resemble the dermoscopic images that the model has learned from."]
