import numpy as np
import pandas as pd

from lightning_module.report.cases import Cases


def test_lesions_with_near_duplicate_images_are_drawn_together() -> None:
    rows = pd.DataFrame({"lesion_id": ["a", "b", "c", "d"], "group": ["a", "a", "c", "d"]})
    nothing = np.zeros(4)
    cases = Cases(
        rows=rows,
        labels=np.zeros(4, np.int64),
        malignant=nothing.astype(bool),
        probabilities=np.zeros((4, 7)),
        malignancy=nothing,
        flagged=nothing.astype(bool),
    )
    weights = cases.weights()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 0] != weights[:, 2]).any()
    assert (weights[:, 2] != weights[:, 3]).any()
