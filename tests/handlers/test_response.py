"""What the network's numbers become."""

import numpy as np
import pytest
from tiny_artefact import DISTANCE_THRESHOLD, write_artefact

from datamodules.labels import CODES
from datamodules.preprocess import NetworkInput
from handlers.model_spec import ModelSpec
from handlers.network import NetworkOutput
from handlers.response import SMALL_WARNING, UNFAMILIAR_WARNING, predict_response
from handlers.schema import DISCLAIMER, Prediction

PROBABILITIES = np.array([0.05, 0.1, 0.15, 0.02, 0.2, 0.45, 0.03], np.float32)


@pytest.fixture
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return write_artefact(tmp_path_factory.mktemp("artefact"))


def predict(
    spec: ModelSpec,
    malignancy: float = 0.35,
    distance: float = 0.0,
    size: tuple[int, int] = (600, 450),
) -> Prediction:
    image = NetworkInput(np.zeros((224, 224, 3), np.uint8), *size, "JPEG")
    output = NetworkOutput(PROBABILITIES, malignancy, np.zeros((7, 7), np.float32), distance)
    return predict_response(spec, output, image).prediction


@pytest.mark.parametrize(
    ("malignancy", "predicted_class", "confidence"),
    [
        (0.0, "Benign", 1.0),
        (0.25, "Benign", 0.75),
        (0.5, "Malignant", 0.5),
        (1.0, "Malignant", 1.0),
    ],
)
def test_the_older_contract(
    spec: ModelSpec, malignancy: float, predicted_class: str, confidence: float
) -> None:
    prediction = predict(spec, malignancy)
    assert prediction.predicted_class == predicted_class
    assert prediction.confidence == confidence
    assert prediction.classes == ("Benign", "Malignant")
    assert prediction.all_probabilities == (1 - malignancy, malignancy)


def test_diagnoses_are_sorted_and_keep_their_probabilities(spec: ModelSpec) -> None:
    diagnoses = predict(spec).diagnoses
    assert [diagnosis.code for diagnosis in diagnoses] == [
        "nv", "mel", "bkl", "bcc", "akiec", "vasc", "df",
    ]  # fmt: skip
    for diagnosis in diagnoses:
        expected = PROBABILITIES[CODES.index(diagnosis.code)]
        assert diagnosis.probability == pytest.approx(float(expected))
        assert diagnosis.malignant == (diagnosis.code in {"akiec", "bcc", "mel"})


@pytest.mark.parametrize(
    ("malignancy", "level", "refer"),
    [
        (0.0, "Low", False),
        (0.0999, "Low", False),
        (0.1, "Moderate", True),
        (0.6, "High", True),
        (1.0, "High", True),
    ],
)
def test_risk_follows_the_operating_points_not_one_half(
    spec: ModelSpec, malignancy: float, level: str, refer: bool
) -> None:
    risk = predict(spec, malignancy).risk
    assert (risk.level, risk.refer, risk.threshold) == (level, refer, 0.1)
    band = next(band for band in spec.operating_points.bands if band.level == level)
    assert (risk.meaning, risk.recommendation) == (band.meaning, band.recommendation)


def test_an_unfamiliar_image_is_answered_with_a_warning(spec: ModelSpec) -> None:
    at_threshold = predict(spec, distance=DISTANCE_THRESHOLD).input
    assert at_threshold.in_distribution
    assert at_threshold.warnings == []
    beyond = predict(spec, distance=DISTANCE_THRESHOLD + 1e-6).input
    assert not beyond.in_distribution
    assert beyond.warnings == [UNFAMILIAR_WARNING]


@pytest.mark.parametrize(
    ("size", "warnings"),
    [((224, 224), []), ((223, 600), [SMALL_WARNING]), ((600, 223), [SMALL_WARNING])],
)
def test_a_small_image_is_answered_with_a_warning(
    spec: ModelSpec, size: tuple[int, int], warnings: list[str]
) -> None:
    info = predict(spec, size=size).input
    assert (info.width, info.height, info.format) == (*size, "JPEG")
    assert info.warnings == warnings


def test_single_precision_a_hair_outside_0_to_1_is_no_error(spec: ModelSpec) -> None:
    assert predict(spec, malignancy=1.0000001).all_probabilities == (0.0, 1.0)
    assert predict(spec, malignancy=-1e-8).all_probabilities == (1.0, 0.0)


def test_nan_never_becomes_a_response(spec: ModelSpec) -> None:
    with pytest.raises(ValueError, match="nan"):
        predict(spec, malignancy=float("nan"))


def test_a_response_names_the_network_and_carries_the_disclaimer(spec: ModelSpec) -> None:
    image = NetworkInput(np.zeros((224, 224, 3), np.uint8), 300, 300, "PNG")
    response = predict_response(
        spec, NetworkOutput(PROBABILITIES, 0.35, np.zeros((7, 7), np.float32), 0.0), image
    )
    assert response.prediction.model.sha256 == spec.network.sha256
    assert response.prediction.model.version == spec.version
    assert response.disclaimer == DISCLAIMER
