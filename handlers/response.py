"""From the network's output to the response that a person reads."""

import math
from typing import Final

import numpy as np

from datamodules.labels import CLASSES
from datamodules.preprocess import IMAGE_SIZE, NetworkInput
from handlers.heatmap import heatmap_png
from handlers.model_spec import ModelSpec
from handlers.network import NetworkOutput
from handlers.schema import (
    DiagnosisProbability,
    ErrorCode,
    ErrorDetail,
    ErrorResponse,
    ExplainResponse,
    Explanation,
    InputInfo,
    Prediction,
    PredictResponse,
    Risk,
)

UNFAMILIAR_WARNING: Final = (
    "This does not look like the close-up skin images that the network has learned from. "
    "Do not rely on the result."
)
SMALL_WARNING: Final = (
    f"The image has fewer than {IMAGE_SIZE} pixels on a side, so detail is missing. "
    "Use a larger one for a more reliable result."
)


def predict_response(
    spec: ModelSpec, output: NetworkOutput, image: NetworkInput
) -> PredictResponse:
    """Put one image's result into words.

    Args:
        spec: Description of the network that was run.
        output: What it said.
        image: What it was shown.

    Returns:
        The response to a request that succeeded.

    Raises:
        ValueError: If the network's numbers are not finite.
    """
    return PredictResponse(prediction=_prediction(spec, output, image))


def explain_response(
    spec: ModelSpec, output: NetworkOutput, image: NetworkInput
) -> ExplainResponse:
    """Put one image's result into words, and show where in the image it comes from.

    Args:
        spec: Description of the network that was run.
        output: What it said.
        image: What it was shown.

    Returns:
        The response to a request that succeeded.

    Raises:
        ValueError: If the network's numbers are not finite.
    """
    if not np.isfinite(output.activation_map).all():
        raise ValueError("The network gave an activation map that is not finite.")
    return ExplainResponse(
        explanation=Explanation(
            prediction=_prediction(spec, output, image),
            activation_map=output.activation_map.tolist(),
            heatmap=heatmap_png(output.activation_map),
        )
    )


def error_response(code: ErrorCode, message: str) -> ErrorResponse:
    """Return the response to a request that failed."""
    return ErrorResponse(error=ErrorDetail(code=code, message=message))


def _prediction(spec: ModelSpec, output: NetworkOutput, image: NetworkInput) -> Prediction:
    malignancy = _probability(output.malignancy)
    all_probabilities = (1.0 - malignancy, malignancy)
    winner = int(malignancy >= 0.5)
    return Prediction(
        predicted_class=CLASSES[winner],
        confidence=all_probabilities[winner],
        all_probabilities=all_probabilities,
        classes=CLASSES,
        diagnoses=_diagnoses(spec, output),
        risk=_risk(spec, malignancy),
        input=_input_info(spec, output, image),
        model=spec.info,
    )


def _probability(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"The network gave {value} as a probability.")
    # Single precision can end a hair outside.
    return min(max(value, 0.0), 1.0)


def _diagnoses(spec: ModelSpec, output: NetworkOutput) -> list[DiagnosisProbability]:
    diagnoses = [
        DiagnosisProbability(
            code=label.code,
            name=label.name,
            description=label.description,
            probability=_probability(float(probability)),
            malignant=label.malignant,
        )
        for label, probability in zip(spec.diagnoses, output.probabilities, strict=True)
    ]
    return sorted(diagnoses, key=lambda diagnosis: diagnosis.probability, reverse=True)


def _risk(spec: ModelSpec, malignancy: float) -> Risk:
    points = spec.operating_points
    band = points.band(malignancy)
    return Risk(
        level=band.level,
        refer=malignancy >= points.refer_threshold,
        threshold=points.refer_threshold,
        meaning=band.meaning,
        recommendation=band.recommendation,
    )


def _input_info(spec: ModelSpec, output: NetworkOutput, image: NetworkInput) -> InputInfo:
    in_distribution = output.distance <= spec.distance_threshold
    warnings = []
    if not in_distribution:
        warnings.append(UNFAMILIAR_WARNING)
    if min(image.width, image.height) < IMAGE_SIZE:
        warnings.append(SMALL_WARNING)
    return InputInfo(
        width=image.width,
        height=image.height,
        format=image.format,
        in_distribution=in_distribution,
        warnings=warnings,
    )
