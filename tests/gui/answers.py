"""Answers as the server would give them."""

from collections.abc import Sequence

from datamodules.labels import DIAGNOSES
from handlers.schema import (
    DiagnosisProbability,
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
            model=ModelInfo(
                name="skin_lesion", version="1.2", created="2026-11-24", sha256="ab12cd34" * 8
            ),
        )
    )
