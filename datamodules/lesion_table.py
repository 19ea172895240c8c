"""The table of all images of a data set: read, grouped and split as the options say."""

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datamodules.held_out import hold_out
from datamodules.labels import CODES
from datamodules.lesion_groups import lesion_groups, near_duplicate_pairs
from datamodules.manifest import apply_manifest, read_origin
from datamodules.metadata import read_metadata, read_official_test
from datamodules.splits import EXCLUDED, assign_splits

TestSet = Literal["split", "official"]

#: Of 24 splits of HAM10000 the one whose difficulty is most typical (``docs/recipes.md``).
SPLIT_SEED: Final = 23


@dataclass(frozen=True)
class SplitOptions:
    """How a data set is split.

    Attributes:
        test_set: ``split`` tests on a part of the training images, ``official`` on the test set
            of the ISIC 2018 challenge.
        val_fraction: Share of the groups that goes to validation; unused with ``folds``.
        test_fraction: Share of the groups that goes to test; unused with the official test set.
        seed: Seed of the shuffle.
        folds: Number of parts that take turns as the validation split, or ``None``.
        fold: Which of them it is.
        held_out: ``COLUMN=VALUE``: lesions with such an image go to test, or ``None``.
        manifest: Split manifest of an earlier run to repeat, whatever the other options say.
    """

    test_set: TestSet = "split"
    val_fraction: float = 0.1
    test_fraction: float = 0.1
    seed: int = SPLIT_SEED
    folds: int | None = None
    fold: int = 0
    held_out: str | None = None
    manifest: Path | None = None

    def as_made(self) -> "SplitOptions":
        """Return the options that the manifest's split was made with, so far as it tells them."""
        if self.manifest is None:
            return self
        made = read_origin(self.manifest)
        told = {field.name: made[field.name] for field in fields(self) if field.name in made}
        return replace(self, **told | {"manifest": self.manifest})

    def origin(self) -> dict[str, Any]:
        """Describe the split for its manifest."""
        options = asdict(self) | {"manifest": self.manifest and self.manifest.name}
        return {"package_version": version("skin-lesion-screening"), **options}


def read_images(
    root: Path, test_set: TestSet = "split", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Read which images there are.

    Args:
        root: Folder of the data set.
        test_set: ``official`` adds the official test set.
        allow_missing: Leave the ``path`` of an image without a file empty instead of raising.

    Returns:
        The columns of :func:`datamodules.metadata.read_metadata`, and ``official_test``
        (``bool``); one row per image.

    Raises:
        DatasetError: If the data set is missing or damaged.
    """
    table = read_metadata(root, allow_missing=allow_missing).assign(official_test=False)
    if test_set == "official":
        test = read_official_test(root, allow_missing=allow_missing).assign(official_test=True)
        table = pd.concat([table, test], ignore_index=True)
    absent = [code for code in CODES if code not in set(table["dx"])]
    if absent:
        warnings.warn(
            f"{len(absent)} of the {len(CODES)} diagnoses have no image: {', '.join(absent)}. A "
            "network can not learn them from this data set.",
            stacklevel=2,
        )
    return table


def split_images(
    table: pd.DataFrame,
    options: SplitOptions,
    read: Callable[[int], NDArray[np.uint8]],
    cache_dir: Path,
) -> pd.DataFrame:
    """Group the images and assign them to splits.

    Args:
        table: What :func:`read_images` gave.
        options: How to split.
        read: Gives the pixels of the image in a row; called only if near-duplicates have to be
            searched.
        cache_dir: Where the pairs of near-duplicates are kept.

    Returns:
        ``table`` with the columns ``group`` and ``split``.

    Raises:
        DatasetError: If the manifest is damaged or of another data set.
        SplitError: If the data set can not be split as asked.
    """

    def groups() -> pd.Series:
        return lesion_groups(table, near_duplicate_pairs(table, read, cache_dir))

    if options.manifest is not None:
        return table.join(apply_manifest(table, options.manifest, groups))
    grouped = table.assign(group=groups())
    return grouped.assign(split=_split(grouped, options))


def _split(table: pd.DataFrame, options: SplitOptions) -> pd.Series:
    official = table["official_test"]
    # A lesion of the official test set must not be trained on.
    free = ~table["group"].isin(table.loc[official, "group"])
    split = pd.Series(EXCLUDED, index=table.index, name="split").mask(official, "test")
    split[free] = assign_splits(
        table[free],
        val_fraction=options.val_fraction,
        test_fraction=options.test_fraction if options.test_set == "split" else None,
        seed=options.seed,
        folds=options.folds,
        fold=options.fold,
    )
    return split if options.held_out is None else hold_out(table, split, options.held_out)
