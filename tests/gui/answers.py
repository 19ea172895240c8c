"""Answers as the server would give them."""

import base64
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from datamodules.labels import DIAGNOSES
from handlers.schema import (
    DiagnosisProbability,
    ExplainResponse,
    Explanation,
    InputInfo,
    ModelInfo,
    Prediction,
    PredictResponse,
    Risk,
    RiskLevel,
)

_BENIGN_SHARES = {"nv": 0.8, "bkl": 0.15, "df": 0.03, "vasc": 0.02}
_MALIGNANT_SHARES = {"mel": 0.7, "bcc": 0.2, "akiec": 0.1}


def make_answer(
    malignancy: float = 0.03,
    level: RiskLevel = "Low",
    in_distribution: bool = True,
    warnings: Sequence[str] = (),
    sha256: str = "ab12cd34" * 8,
) -> PredictResponse:
    """Make a consistent answer for a probability of malignancy."""
    shares = {code: share * (1 - malignancy) for code, share in _BENIGN_SHARES.items()}
    shares |= {code: share * malignancy for code, share in _MALIGNANT_SHARES.items()}
    diagnoses = [
        DiagnosisProbability(
            code=one.code,
            name=one.name,
            description=one.description,
            probability=shares[one.code],
            malignant=one.malignant,
        )
        for one in DIAGNOSES
    ]
    return PredictResponse(
        prediction=Prediction(
            predicted_class="Malignant" if malignancy > 0.5 else "Benign",
            confidence=max(malignancy, 1 - malignancy),
            all_probabilities=(1 - malignancy, malignancy),
            classes=("Benign", "Malignant"),
            diagnoses=sorted(diagnoses, key=lambda one: -one.probability),
            risk=Risk(
                level=level,
                refer=level != "Low",
                threshold=0.09,
                meaning=f"What {level} means.",
                recommendation=f"What to do when it is {level}.",
            ),
            input=InputInfo(
                width=600,
                height=450,
                format="JPEG",
                in_distribution=in_distribution,
                warnings=list(warnings),
            ),
            model=ModelInfo(name="skin_lesion", version="1.2", created="2026-11-24", sha256=sha256),
        )
    )


def make_explanation(answer: PredictResponse | None = None) -> ExplainResponse:
    """Make an explanation whose heatmap is brightest in the middle."""
    return ExplainResponse(
        explanation=Explanation(
            prediction=(answer or make_answer()).prediction,
            activation_map=[[0.0] * 7] * 7,
            heatmap=make_heatmap(),
        )
    )


def make_heatmap() -> str:
    """Draw a heatmap of 224x224 pixels as a PNG in base64: viridis, yellow in the middle."""
    viridis = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
    palette = []
    for value in range(256):
        step, share = divmod(value / 255 * (len(viridis) - 1), 1)
        low, high = viridis[int(step)], viridis[min(int(step) + 1, len(viridis) - 1)]
        palette += [round(a + share * (b - a)) for a, b in zip(low, high, strict=True)]
    picture = Image.radial_gradient("L").resize((224, 224)).point(lambda value: 255 - value)
    picture.putpalette(palette)
    output = BytesIO()
    picture.convert("RGB").save(output, "PNG")
    return base64.b64encode(output.getvalue()).decode("ascii")
