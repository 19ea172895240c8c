"""Figures of a data set."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from datamodules.cache import read_pixels
from datamodules.labels import CODES

#: Pairs that a figure shows at most; the most doubtful ones come first.
_MOST_PAIRS: Final = 60
_PAIRS_A_ROW: Final = 4
_SIDE: Final = 160


def plot_table(table: pd.DataFrame, path: Path) -> None:
    """Draw what the images are of.

    Args:
        table: Columns ``dx``, ``split``, ``lesion_id``, ``age`` and ``width``.
        path: PNG file to write.
    """
    # Not pyplot: it keeps figures, and looks for a screen.
    figure = Figure(figsize=(12, 8), layout="constrained")
    (diagnoses, lesions), (ages, sites) = figure.subplots(2, 2)
    counts = pd.crosstab(table["dx"], table["split"]).reindex(list(CODES), fill_value=0)
    bottom = np.zeros(len(counts))
    for name in counts:
        diagnoses.bar(list(CODES), counts[name], bottom=bottom, label=str(name))
        bottom += counts[name].to_numpy()
    diagnoses.set(title="Images of each diagnosis", ylabel="images")
    diagnoses.legend()
    sizes = table["lesion_id"].value_counts().value_counts().sort_index()
    lesions.bar(sizes.index.astype(str), sizes)
    lesions.set(title="Images of a lesion", xlabel="images", ylabel="lesions", yscale="log")
    ages.hist(table["age"].dropna(), bins=range(0, 100, 5))
    ages.set(title="Age", xlabel="years", ylabel="images")
    places = table["localization"].fillna("not known").value_counts().head(12)[::-1]
    sites.barh(places.index, places)
    sites.set(title="Body site", xlabel="images")
    figure.savefig(path, dpi=120)


def plot_near_duplicates(table: pd.DataFrame, pairs: pd.DataFrame, path: Path) -> None:
    """Show pairs of near-duplicates side by side, so that a person can judge them.

    Args:
        table: Columns ``image_id`` and ``path``.
        pairs: Columns ``image_id``, ``other_image_id`` and ``matches``; nothing is written if
            there are none.
        path: PNG file to write.
    """
    if pairs.empty:
        return
    shown = pairs.sort_values("matches").head(_MOST_PAIRS)
    files = dict(zip(table["image_id"], table["path"], strict=True))
    rows = -(-len(shown) // _PAIRS_A_ROW)
    figure = Figure(figsize=(4 * _PAIRS_A_ROW, 2.3 * rows), layout="constrained")
    for axes in (grid := figure.subplots(rows, _PAIRS_A_ROW, squeeze=False)).flat:
        axes.axis("off")
    pairs_shown = zip(shown["image_id"], shown["other_image_id"], shown["matches"], strict=True)
    for axes, (first, second, matches) in zip(grid.flat, pairs_shown, strict=False):
        images = [
            Image.fromarray(read_pixels(files[image_id])).resize((_SIDE * 4 // 3, _SIDE))
            for image_id in (first, second)
        ]
        axes.imshow(np.hstack([np.asarray(image) for image in images]))
        axes.set_title(f"{first}  {second}\n{matches} matches", fontsize=8)
    figure.savefig(path, dpi=100)
