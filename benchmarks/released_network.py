"""Measures the released network again, from what is delivered: its graph, thresholds and split.

    python -m benchmarks.released_network --root DIR

ONNX Runtime runs ``model_store/skin_lesion.onnx`` in float32 on the validation and test images of
``model_store/splits.csv``, and scikit-learn computes the figures: neither the training code nor
the report's own statistics have a part in it. Fails if a figure differs from ``model_spec.json``
by more than 0.001, which other copies of the images, scaled or compressed otherwise, may cause;
the model card says which were measured. The last row of each split leaves out the nevi that were
watched over time; only the card has that figure, for test.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics
from tqdm import tqdm

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import MALIGNANT_INDICES
from datamodules.preprocess import network_input
from handlers.model_spec import ModelSpec, load_spec

MODEL_STORE = Path(__file__).parents[1] / "model_store"
_TOLERANCE = 0.001


def main(args: Sequence[str] | None = None) -> int:
    """Print each figure beside the published one; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="HAM10000")
    options = parser.parse_args(args)
    spec = load_spec(MODEL_STORE)
    module = HAM10000DataModule(root=options.root, manifest=MODEL_STORE / "splits.csv")
    module.setup()
    print("| split | figure | published | measured |\n|---|---|---|---|")
    worst = 0.0
    for split, rows in (("validation", module.split("val")), ("test", module.split("test"))):
        outputs = _outputs([*map(Path, rows["path"])], spec)
        malignant = rows["label"].isin(MALIGNANT_INDICES).to_numpy()
        for name, value in _figures(rows, malignant, outputs, spec).items():
            published = spec.metrics[split][name]
            worst = max(worst, abs(value - published))
            print(f"| {split} | {name} | {published:.4f} | {value:.4f} |")
        others = (rows["dx_type"] != "follow_up").to_numpy()
        area = metrics.roc_auc_score(malignant[others], outputs["malignancy"][others])
        print(f"| {split} but follow-up | auroc | | {area:.4f} |")
    return int(worst > _TOLERANCE)


def _figures(
    rows: pd.DataFrame,
    malignant: NDArray[np.bool_],
    outputs: Mapping[str, NDArray[np.float32]],
    spec: ModelSpec,
) -> Mapping[str, float]:
    labels, score = rows["label"].to_numpy(), outputs["malignancy"]
    referred = score >= spec.operating_points.refer_threshold
    return {
        "images": len(rows),
        "auroc": metrics.roc_auc_score(malignant, score),
        "average_precision": metrics.average_precision_score(malignant, score),
        "sensitivity": metrics.recall_score(malignant, referred),
        "specificity": metrics.recall_score(~malignant, ~referred),
        "ppv": metrics.precision_score(malignant, referred),
        "npv": metrics.precision_score(~malignant, ~referred),
        "balanced_accuracy": metrics.balanced_accuracy_score(
            labels, outputs["probabilities"].argmax(1)
        ),
        "brier": metrics.brier_score_loss(malignant, score),
        "flagged": (outputs["distance"] > spec.distance_threshold).mean(),
    }


def _outputs(paths: Sequence[Path], spec: ModelSpec) -> dict[str, NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(MODEL_STORE / spec.network.file)
    names = ["probabilities", "malignancy", "distance"]
    answers = [
        session.run(names, {"images": network_input(path.read_bytes()).pixels[None]})
        for path in tqdm(paths, leave=False, unit="image")
    ]
    columns = zip(*answers, strict=True)
    return {name: np.concatenate(column) for name, column in zip(names, columns, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
