"""The seven HAM10000 diagnoses, their one fixed order, and which of them are malignant.

Standard library only, so that every part of the project can import it. The order of
:data:`DIAGNOSES` is the order of the network's outputs; the exported artefact carries it along,
and the desktop client learns it from the server's answer.

The malignant set (melanoma, basal cell carcinoma, actinic keratosis / Bowen's disease) is the
grouping of the data set's own authors: Tschandl et al., Nat. Med. 26, 1229 (2020),
doi:10.1038/s41591-020-0942-0.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis as HAM10000 labels it.

    Attributes:
        code: The value of the metadata column ``dx``.
        name: Name to show to a person.
        description: One or two plain sentences for a lay reader.
        malignant: Whether it counts as malignant (or as its precursor) here.
    """

    code: str
    name: str
    description: str
    malignant: bool


DIAGNOSES: tuple[Diagnosis, ...] = (
    Diagnosis(
        "akiec",
        "Actinic keratosis / Bowen's disease",
        "Sun-damaged, scaly skin with abnormal cells in its outer layer; "
        "untreated, it can grow into squamous cell carcinoma.",
        malignant=True,
    ),
    Diagnosis(
        "bcc",
        "Basal cell carcinoma",
        "The most common skin cancer. It grows slowly and rarely spreads, "
        "but destroys the tissue around it.",
        malignant=True,
    ),
    Diagnosis(
        "bkl",
        "Benign keratosis",
        "Harmless thickened skin: seborrheic keratosis, solar lentigo or "
        "lichen-planus-like keratosis.",
        malignant=False,
    ),
    Diagnosis(
        "df",
        "Dermatofibroma",
        "A harmless firm nodule of fibrous tissue, often after a small injury or insect bite.",
        malignant=False,
    ),
    Diagnosis(
        "mel",
        "Melanoma",
        "A dangerous cancer of the pigment cells that can spread early; "
        "usually curable when it is removed in time.",
        malignant=True,
    ),
    Diagnosis(
        "nv",
        "Melanocytic nevus",
        "An ordinary mole: a harmless cluster of pigment cells.",
        malignant=False,
    ),
    Diagnosis(
        "vasc",
        "Vascular lesion",
        "Harmless changes of small blood vessels: angioma, angiokeratoma, "
        "pyogenic granuloma or bleeding.",
        malignant=False,
    ),
)

CODES: tuple[str, ...] = tuple(diagnosis.code for diagnosis in DIAGNOSES)

MALIGNANT_INDICES: tuple[int, ...] = tuple(
    index for index, diagnosis in enumerate(DIAGNOSES) if diagnosis.malignant
)

#: The two classes of the binary question, in the order of ``all_probabilities``.
CLASSES: Final = ("Benign", "Malignant")
