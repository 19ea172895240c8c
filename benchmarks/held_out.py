"""What networks say of a source of images that one of them has seen and another has not.

    python -m benchmarks.held_out --root DIR --held-out dx_type=follow_up RUN RUN ...

Each RUN is a folder with the ``predictions.csv`` of a test split. Only images that are test for all
runs count, so that all figures are of the same images: of the malignant ones against the benign
ones of the source, and against the other benign ones. In brackets: 95% by a bootstrap over lesions.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from datamodules.held_out import COLUMNS
from datamodules.labels import MALIGNANT_INDICES
from datamodules.metadata import read_metadata
from lightning_module.operating_points import REFER_SENSITIVITY, threshold_at_sensitivity
from lightning_module.report.intervals import Estimate, lesion_weights


def main(args: Sequence[str] | None = None) -> None:
    """Print one row per run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="HAM10000")
    parser.add_argument("--held-out", required=True, metavar="COLUMN=VALUE")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    options = parser.parse_args(args)

    predictions = [
        pd.read_csv(run / "predictions.csv", index_col="image_id") for run in options.runs
    ]
    common = sorted(set.intersection(*(set(table.index) for table in predictions)))
    images = read_metadata(options.root).set_index("image_id").loc[common]
    malignant = images["label"].isin(MALIGNANT_INDICES).to_numpy()
    column, _, value = options.held_out.partition("=")
    if column not in COLUMNS or not (images[column] == value).any():
        parser.error(f"no image that is test in all runs has {options.held_out}")
    source = (images[column] == value).to_numpy()
    parts = [malignant | source, malignant | ~source]
    weights = lesion_weights(predictions[0].loc[common, "group"].tolist())

    counts = [int((part & ~malignant).sum()) for part in parts]
    print(
        f"{malignant.sum()} malignant images, {counts[0]} benign of the source, {counts[1]} others."
    )
    print(f"Referred: at the threshold that catches {REFER_SENSITIVITY:.0%} of the malignant.\n")
    print("| run | AUROC, source | AUROC, others | referred, source | referred, others |")
    print("|---|---|---|---|---|")
    for run, table in zip(options.runs, predictions, strict=True):
        scores = table.loc[common, "malignancy"].to_numpy()
        referred = scores >= threshold_at_sensitivity(scores, malignant, REFER_SENSITIVITY)
        areas = [_auroc(malignant[part], scores[part], weights[:, part]) for part in parts]
        shares = [f"{referred[part & ~malignant].mean():.1%}" for part in parts]
        print(f"| {run.name} | {' | '.join([*areas, *shares])} |")


def _auroc(
    malignant: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> str:
    area = partial(roc_auc_score, malignant, scores)
    estimate = Estimate.of(np.array([area(sample_weight=drawn) for drawn in weights]))
    assert estimate is not None
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
