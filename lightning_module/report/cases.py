"""Images with what is known of them and what a network says of them."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datamodules.labels import MALIGNANT_INDICES
from lightning_module.evaluation import Outputs
from lightning_module.malignancy import malignancy
from lightning_module.report.intervals import Flags, Floats, lesion_weights
from lightning_module.screening import Screening


@dataclass(frozen=True)
class Cases:
    """The images of a split, or some of them.

    Attributes:
        rows: The data module's table: ``image_id``, ``lesion_id``, ``group``, ``dx``, ``label``,
            ``dx_type``, ``age``, ``sex``, ``localization``, ``dataset``, ``path``.
        labels: Diagnoses, ``int64 [N]``.
        malignant: What counts as malignant here, ``[N]``.
        probabilities: Calibrated, ``[N, 7]``.
        malignancy: Calibrated probability of malignancy, ``[N]``.
        flagged: Whether an image is too far from the training images, ``[N]``.
    """

    rows: pd.DataFrame
    labels: NDArray[np.int64]
    malignant: Flags
    probabilities: Floats
    malignancy: Floats
    flagged: Flags

    @classmethod
    def of(cls, rows: pd.DataFrame, outputs: Outputs, screening: Screening) -> Self:
        """Join a table's rows with a network's outputs, in the same order."""
        labels = rows["label"].to_numpy()
        probabilities = screening.calibration(outputs.logits)
        return cls(
            rows=rows,
            labels=labels,
            malignant=np.isin(labels, MALIGNANT_INDICES),
            probabilities=probabilities.double().numpy(),
            # Summed in float32, as in the exported graph, where the thresholds were fixed too.
            malignancy=malignancy(probabilities).double().numpy(),
            flagged=(screening.distance(outputs.early) > screening.distance_threshold).numpy(),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def weights(self) -> Floats:
        """Draw lesions, as :func:`~lightning_module.report.intervals.lesion_weights` does.

        Lesions that share near-duplicate images are drawn as the one that they most likely are.

        Returns:
            ``[1 + R, N]``.
        """
        return lesion_weights(self.rows["group"].tolist())

    def select(self, chosen: Flags) -> Self:
        """Keep the chosen images, ``[N]``."""
        return replace(
            self,
            rows=self.rows[chosen],
            **{
                name: getattr(self, name)[chosen]
                for name in ("labels", "malignant", "probabilities", "malignancy", "flagged")
            },
        )


def most_probable(cases: Cases) -> NDArray[np.int64]:
    """Choose the most probable diagnosis, ``int64 [N]``."""
    chosen: NDArray[np.int64] = cases.probabilities.argmax(axis=1)
    return chosen


def balanced_decision(cases: Cases, prior: Floats) -> NDArray[np.int64]:
    """Choose the diagnosis whose probability exceeds its prior the most, ``int64 [N]``.

    The decision with the highest balanced accuracy if the probabilities are right (Menon et al.,
    ICLR 2021, arXiv:2007.07314).
    """
    # A diagnosis that validation does not hold can not be chosen.
    divisor = np.where(prior > 0, prior, np.inf)
    chosen: NDArray[np.int64] = (cases.probabilities / divisor).argmax(axis=1)
    return chosen
