"""The images that the network gets most wrong."""

from pathlib import Path
from typing import Final

from PIL import Image

from datamodules.cache import read_pixels
from lightning_module.report.cases import Cases
from lightning_module.report.plot_style import saved_figure

_COLUMNS: Final = 6
_MOST: Final = 12
#: HAM10000's own frames; the network sees them squashed.
_WIDTH, _HEIGHT = 240, 180


def plot_misses(test: Cases, refer_threshold: float, path: Path) -> None:
    """Show the malignant lesions that are given the lowest probabilities and are not referred."""
    missed = test.malignant & (test.malignancy < refer_threshold)
    _plot(test.select(missed), path, lowest=True)


def plot_false_alarms(test: Cases, refer_threshold: float, path: Path) -> None:
    """Show the benign lesions that are given the highest probabilities and are referred."""
    referred = ~test.malignant & (test.malignancy >= refer_threshold)
    _plot(test.select(referred), path, lowest=False)


def _plot(cases: Cases, path: Path, *, lowest: bool) -> None:
    """Show one image of each lesion, the worst first; nothing is written if there are none."""
    scored = cases.rows.assign(malignancy=cases.malignancy)
    worst = scored.sort_values("malignancy", ascending=lowest).drop_duplicates("lesion_id")
    worst = worst.head(_MOST)
    if worst.empty:
        return
    rows = -(-len(worst) // _COLUMNS)
    with saved_figure(path, 1.75 * _COLUMNS, 1.75 * rows) as figure:
        grid = figure.subplots(rows, _COLUMNS, squeeze=False)
        for axes in grid.flat:
            axes.axis("off")
        for axes, image in zip(grid.flat, worst.itertuples(), strict=False):
            pixels = Image.fromarray(read_pixels(str(image.path)))
            axes.imshow(pixels.resize((_WIDTH, _HEIGHT)))
            axes.set_title(
                f"{image.dx}  {image.malignancy:.1%}\n{image.image_id}", fontsize=7, pad=3
            )
