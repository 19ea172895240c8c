"""A complete artefact around a network so small that its answers are plain to see.

An image's mean colour decides: red is a melanoma, green a nevus, blue a keratosis that looks
unlike the training images.
"""

import hashlib
from pathlib import Path

import onnx
import onnx.parser

from datamodules.labels import DIAGNOSES
from datamodules.preprocess import IMAGE_SIZE, PREPROCESS_VERSION
from handlers.model_spec import (
    SPEC_FILE,
    DiagnosisLabel,
    ModelSpec,
    NetworkFile,
    OperatingPoints,
    RiskBand,
)

NETWORK_FILE = "skin_lesion.onnx"
DISTANCE_THRESHOLD = 0.5

_NETWORK = """
<ir_version: 10, opset_import: ["" : 18]>
tiny (uint8[N, 224, 224, 3] images) => (
    float[N, 7] probabilities, float[N] malignancy,
    float[N, 7, 7] activation_map, float[N] distance
)
<
    float[3, 7] weights = {0,0,0,0,8,0,0,  0,0,0,0,0,8,0,  0,0,8,0,0,0,0},
    float[7] malignant = {1,1,0,0,1,0,0},
    float[3] blueness = {-1,-1,1},
    float white = {255},
    int64[2] places = {1,2},
    int64[1] channels = {3},
    int64[5] blocks = {0,7,32,7,32},
    int64[2] within = {2,4}
>
{
    floats = Cast<to = 1>(images)
    scaled = Div(floats, white)
    colour = ReduceMean<keepdims = 0>(scaled, places)
    logits = MatMul(colour, weights)
    probabilities = Softmax<axis = 1>(logits)
    malignancy = MatMul(probabilities, malignant)
    blue = MatMul(colour, blueness)
    distance = Relu(blue)
    grey = ReduceMean<keepdims = 0>(scaled, channels)
    grid = Reshape(grey, blocks)
    activation_map = ReduceMean<keepdims = 0>(grid, within)
}
"""

_BANDS = [
    RiskBand(level="Low", lower=0.0, meaning="low meaning", recommendation="low advice"),
    RiskBand(level="Moderate", lower=0.1, meaning="mid meaning", recommendation="mid advice"),
    RiskBand(level="High", lower=0.6, meaning="high meaning", recommendation="high advice"),
]


def write_artefact(folder: Path, network: str = _NETWORK, **changes: object) -> ModelSpec:
    """Write the network and its description.

    Args:
        folder: Where to.
        network: Another network, in ONNX's textual form.
        changes: Fields of the description to be other than they should.
    """
    path = folder / NETWORK_FILE
    onnx.save(onnx.parser.parse_model(network), path)
    spec = ModelSpec(
        name="skin_lesion",
        version="0.1",
        created="2026-01-01",
        licence="MIT",
        network=NetworkFile(
            file=NETWORK_FILE,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            image_size=IMAGE_SIZE,
            preprocess_version=PREPROCESS_VERSION,
        ),
        diagnoses=[
            DiagnosisLabel(
                code=diagnosis.code,
                name=diagnosis.name,
                description=diagnosis.description,
                malignant=diagnosis.malignant,
            )
            for diagnosis in DIAGNOSES
        ],
        operating_points=OperatingPoints(refer_threshold=0.1, bands=_BANDS),
        distance_threshold=DISTANCE_THRESHOLD,
        metrics={},
        provenance={},
    ).model_copy(update=changes)
    (folder / SPEC_FILE).write_text(spec.model_dump_json())
    return spec


def network_text(old: str, new: str) -> str:
    """Return the network's text with one part replaced."""
    assert old in _NETWORK
    return _NETWORK.replace(old, new)
