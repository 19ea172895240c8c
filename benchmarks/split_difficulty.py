"""How hard the splits of several seeds are to learn, and which of them is the most typical.

    python -m benchmarks.split_difficulty --root DIR [--weights FILE] [--seeds N]

The learner is the same for all and takes seconds: logistic regression on the features of a
MobileNetV2 that has seen ImageNet only. What it finds hard says little of what a trained network
does, but much of how far figures on a tenth of the lesions depend on which lesions they are.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import MALIGNANT_INDICES
from datamodules.splits import assign_splits
from lightning_module.network import LesionNetwork
from lightning_module.operating_points import REFER_SENSITIVITY, threshold_at_sensitivity

_FRACTION = 0.1
_COMPONENTS = 200
_FIGURES = ("validation AUROC", "test AUROC", "test sensitivity")


def features(datamodule: HAM10000DataModule, weights: str) -> NDArray[np.float64]:
    """Describe every image by early and late features of the pretrained network, ``[N, 200]``."""
    network = LesionNetwork(colour_constancy=True)
    network.load_pretrained(weights)
    network.eval().to(memory_format=torch.channels_last)
    described = []
    with torch.inference_mode():
        for batch in tqdm(datamodule.evaluation_loader(datamodule.table), "features", unit="batch"):
            early = network.early_features(batch["image"].float() / 255)
            late = network.late_features(early).mean(dim=(2, 3))
            pooled = (late, early.mean(dim=(2, 3)), early.std(dim=(2, 3)))
            described.append(torch.cat(pooled, dim=1).numpy())
    scaled = StandardScaler().fit_transform(np.concatenate(described))
    components = PCA(_COMPONENTS, random_state=0).fit_transform(scaled)
    result: NDArray[np.float64] = components / components[:, 0].std()
    return result


def figures(datamodule: HAM10000DataModule, x: NDArray[np.float64], seed: int) -> list[float]:
    """Learn from the training split of a seed and measure the others, as ``_FIGURES`` names it."""
    table = datamodule.table
    splits = assign_splits(table, val_fraction=_FRACTION, test_fraction=_FRACTION, seed=seed)
    split = splits.to_numpy()
    labels = table["label"].to_numpy()
    malignant = np.isin(labels, MALIGNANT_INDICES)
    train, val, test = (split == name for name in ("train", "val", "test"))
    learner = LogisticRegression(max_iter=300).fit(x[train], labels[train])
    scores = learner.predict_proba(x)[:, list(MALIGNANT_INDICES)].sum(axis=1)
    threshold = threshold_at_sensitivity(scores[val], malignant[val], REFER_SENSITIVITY)
    return [
        float(roc_auc_score(malignant[val], scores[val])),
        float(roc_auc_score(malignant[test], scores[test])),
        float((scores[test & malignant] >= threshold).mean()),
    ]


def main() -> None:
    """Measure the splits of all seeds and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, help="a HAM10000 folder")
    parser.add_argument("--weights", default="DEFAULT", help="as --model.weights takes them")
    parser.add_argument("--seeds", type=int, default=24, help="how many, from 0")
    options = parser.parse_args()
    datamodule = HAM10000DataModule(root=options.root)
    datamodule.setup()
    x = features(datamodule, options.weights)
    rows = np.array([figures(datamodule, x, seed) for seed in tqdm(range(options.seeds), "splits")])
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    print(f"{'seed':>9}", *(f"{name:>17}" for name in _FIGURES))
    for name, row in [*enumerate(rows), ("mean", mean), ("deviation", deviation)]:
        print(f"{name:>9}", *(f"{figure:>17.3f}" for figure in row))
    # Of a split that is unusual in any of them, the others say little.
    typical = np.square((rows - mean) / deviation).sum(axis=1).argmin()
    print(f"The most typical in all of them is seed {typical}.")


if __name__ == "__main__":
    main()
