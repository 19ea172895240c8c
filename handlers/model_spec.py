"""``model_spec.json``: what an exported network says of itself.

``lightning_module.export`` writes it, the handler refuses a network that does not match it, and
the risk bands in every response come from it. Pydantic and the standard library only: the file
is packed into the ``.mar``.
"""

import hashlib
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from handlers.schema import ModelInfo, Probability, RiskLevel

SPEC_FILE: Final = "model_spec.json"
#: Name under which the network is exported and served.
MODEL_NAME: Final = "skin_lesion"
#: Names of the ONNX file's input and outputs; :class:`NetworkFile` tells their shapes.
INPUT: Final = "images"
OUTPUTS: Final = ("probabilities", "malignancy", "activation_map", "distance")


class ArtefactError(RuntimeError):
    """A model artefact that is missing, damaged or does not match its description."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkFile(_Strict):
    """The ONNX file and how to feed it.

    Input ``images``: ``uint8 [N, 224, 224, 3]``, RGB. Outputs: ``probabilities float32 [N, 7]``
    (calibrated, sum 1), ``malignancy float32 [N]`` in ``[0, 1]``, ``activation_map
    float32 [N, 7, 7]`` (malignancy evidence by place, unbounded) and ``distance float32 [N]``
    (from the training images, 0 or more).

    Attributes:
        file: Its name.
        sha256: Of its content.
        image_size: Side in pixels.
        preprocess_version: That of :mod:`datamodules.preprocess`.
        bfloat16: Whether most of the network may be computed in bfloat16, since its answers to the
            validation images are as good.
    """

    file: str
    sha256: str
    image_size: int
    preprocess_version: int
    bfloat16: bool = False


class DiagnosisLabel(_Strict):
    """One of the network's outputs, in output order."""

    code: str
    name: str
    description: str
    malignant: bool


class RiskBand(_Strict):
    """Probabilities of malignancy from ``lower`` up to the next band's ``lower``."""

    level: RiskLevel
    lower: Probability
    meaning: str
    recommendation: str


class OperatingPoints(_Strict):
    """Thresholds on the probability of malignancy, fixed on the validation split.

    Attributes:
        refer_threshold: From here on a referral is advised.
        bands: Low, Moderate, High; ascending ``lower``, the first 0.
    """

    refer_threshold: Probability
    bands: list[RiskBand]

    @model_validator(mode="after")
    def _check_bands(self) -> Self:
        levels = tuple(band.level for band in self.bands)
        lower = [band.lower for band in self.bands]
        if levels != get_args(RiskLevel) or lower != sorted(lower) or lower[0] != 0:
            raise ValueError(
                f"the risk bands are {levels} from {lower}, but must be {get_args(RiskLevel)} "
                "with ascending limits, the first 0"
            )
        return self

    def band(self, malignancy: float) -> RiskBand:
        """Return the band that a probability of malignancy in ``[0, 1]`` falls into."""
        return next(band for band in reversed(self.bands) if malignancy >= band.lower)


class ModelSpec(_Strict):
    """Everything that the server and a reader must know of a network.

    Attributes:
        spec_version: Version of this description.
        name: Name under which the network is served.
        version: The network's own version.
        created: Day of the export, ISO 8601.
        licence: Licence of the network file.
        network: The ONNX file.
        diagnoses: The outputs in order.
        operating_points: Thresholds and risk bands.
        distance_threshold: Images farther than this from the training images are flagged.
        metrics: Figures by split, as ``lightning_module.report`` computes them.
        provenance: Data, split sizes, seed, recipe and library versions.
    """

    spec_version: Literal[1] = 1
    name: str
    version: str
    created: str
    licence: str
    network: NetworkFile
    diagnoses: list[DiagnosisLabel]
    operating_points: OperatingPoints
    distance_threshold: float
    metrics: dict[str, dict[str, float]]
    provenance: dict[str, Any]

    @property
    def info(self) -> ModelInfo:
        """What a response says about the network."""
        return ModelInfo(
            name=self.name, version=self.version, created=self.created, sha256=self.network.sha256
        )


def load_spec(folder: Path) -> ModelSpec:
    """Read ``model_spec.json`` and check that the network beside it is the one it describes.

    Args:
        folder: Where the specification and the network lie.

    Returns:
        The specification.

    Raises:
        ArtefactError: If a file is missing or unreadable, or the network's checksum differs.
    """
    path = folder / SPEC_FILE
    try:
        spec = ModelSpec.model_validate_json(path.read_bytes())
        checksum = hashlib.sha256((folder / spec.network.file).read_bytes()).hexdigest()
    except OSError as error:
        raise ArtefactError(
            f"{error.filename} can not be read; restore it, name another folder with "
            "--model-store, or make it with 'python -m lightning_module export'."
        ) from error
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ArtefactError(
            f"{path} is not a valid model description; export the network again ({reason})."
        ) from error
    if checksum != spec.network.sha256:
        raise ArtefactError(
            f"{folder / spec.network.file} has SHA-256 {checksum}, but {path} expects "
            f"{spec.network.sha256}; export the network again."
        )
    return spec
