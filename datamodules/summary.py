"""Tells what is in a data set, and what may mislead who trains on it."""

from pathlib import Path
from typing import Final

import pandas as pd

from datamodules.cache import read_pixels
from datamodules.errors import name_some
from datamodules.inspection import inspect_images
from datamodules.labels import CODES
from datamodules.lesion_groups import describe_groups, search_near_duplicates
from datamodules.lesion_table import SplitOptions, TestSet, read_images, split_images
from datamodules.metadata import COLUMNS, SOURCE
from datamodules.splits import EXCLUDED, SPLITS, SplitError
from datamodules.summary_plots import plot_near_duplicates, plot_table

NOT_SPLIT: Final = "not split"
_TELLING_SHARE: Final = 0.2


def summarise(root: Path, test_set: TestSet, cache_dir: Path, output: Path | None) -> None:
    """Print a summary of a data set.

    Args:
        root: Folder of the data set.
        test_set: ``official`` includes the official test set.
        cache_dir: Where the pairs of near-duplicates are kept.
        output: Folder that gets figures, and tables of all images and of the near-duplicates.

    Raises:
        DatasetError: If there is no data set, or its metadata is damaged.
    """
    everything = read_images(root, test_set, allow_missing=True)
    everything = everything.join(inspect_images(everything))
    table = everything[everything["problem"] == ""].reset_index(drop=True)
    paths = table["path"].tolist()
    pairs = search_near_duplicates(table, lambda row: read_pixels(paths[row]), cache_dir)
    try:
        table = split_images(
            table, SplitOptions(test_set), lambda row: read_pixels(paths[row]), cache_dir
        )
    except SplitError as error:
        print(f"The data set can not be split as it is by default: {error}\n")
        table = table.assign(group=table["lesion_id"], split=NOT_SPLIT)

    print(f"{root.resolve()}: {len(everything)} images. {describe_groups(table)}")
    _print("Images of each diagnosis in each split", count_splits(table))
    if table[SOURCE].notna().any():
        _print("Images of each diagnosis from each source", pd.crosstab(table["dx"], table[SOURCE]))
    _print("Lesions by their number of images", count_images_per_lesion(table))
    _print("Missing values", everything[list(COLUMNS)].isna().sum().to_frame("rows"))
    _print("Image sizes of each diagnosis, in pixels", count_sizes(table))
    print(f"\n{describe_sizes(table)}")
    print(f"\n{describe_problems(everything)}")
    print(f"\n{describe_exact_duplicates(table)}")
    _print("Near-duplicate images under different lesions", describe_pairs(table, pairs))
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        everything.join(table.set_index("image_id")[["group", "split"]], on="image_id").to_csv(
            output / "images.csv", index=False
        )
        pairs.to_csv(output / "near_duplicates.csv", index=False)
        plot_table(table, output / "summary.png")
        plot_near_duplicates(table, pairs, output / "near_duplicates.png")
        print(f"\nFigures, and tables of all images and of the near-duplicates: {output}")


def count_splits(table: pd.DataFrame) -> pd.DataFrame:
    """Count images by diagnosis (rows) and split (columns), and lesions by diagnosis."""
    counts = pd.crosstab(table["dx"], table["split"])
    splits = [name for name in (*SPLITS, EXCLUDED, NOT_SPLIT) if name in counts]
    counts = counts[splits].reindex(list(CODES), fill_value=0)
    counts["images"] = counts.sum(axis=1)
    counts["lesions"] = table.groupby("dx")["lesion_id"].nunique().reindex(CODES, fill_value=0)
    return pd.concat([counts, counts.sum().to_frame("all").T])


def count_images_per_lesion(table: pd.DataFrame) -> pd.DataFrame:
    """Count lesions by how many images they have."""
    sizes = table["lesion_id"].value_counts()
    return sizes.value_counts().sort_index().rename_axis("images").to_frame("lesions")


def count_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """Count images by diagnosis (rows) and size (columns)."""
    size = table["width"].astype(int).astype(str) + "x" + table["height"].astype(int).astype(str)
    counts = pd.crosstab(table["dx"], size.rename("size"))
    return counts.reindex([code for code in CODES if code in counts.index])


def describe_sizes(table: pd.DataFrame) -> str:
    """Warn if the size of an image gives its diagnosis away."""
    counts = count_sizes(table)
    # The share of each diagnosis' images whose size occurs with that diagnosis only.
    alone = counts.columns[(counts > 0).sum(axis=0) == 1]
    own = counts[alone].sum(axis=1) / counts.sum(axis=1)
    telling = own.index[own > _TELLING_SHARE].tolist() if len(counts) > 1 else []
    if not telling:
        return "No diagnosis can be told from the size of its images."
    return (
        f"Beware: many images of {', '.join(telling)} have a size that no other diagnosis has. A "
        "network can learn their sharpness instead of the lesion, unless augmentation hides it."
    )


def describe_problems(table: pd.DataFrame) -> str:
    """Count and name the files that can not be used."""
    bad = table[table["problem"] != ""]
    if bad.empty:
        return "All image files can be read."
    names = bad["path"].where(bad["path"] != "", bad["image_id"])
    lines = [f"  {name}: {why}" for name, why in zip(names, bad["problem"], strict=True)][:10]
    return "\n".join([f"{len(bad)} image files are missing or damaged, among them:", *lines])


def describe_exact_duplicates(table: pd.DataFrame) -> str:
    """Count and name the files that hold the same bytes."""
    copies = table[table["sha256"].duplicated(keep=False)]
    if copies.empty:
        return "No two image files are the same."
    sets = copies.groupby("sha256")["image_id"].agg(" = ".join)
    return f"{len(sets)} sets of identical image files: {name_some(sets.tolist())}."


def describe_pairs(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """List the near-duplicates with what the metadata say of both images."""
    rows = table.set_index("image_id")[["lesion_id", "dx", "age", "sex", "localization"]]
    first = rows.loc[pairs["image_id"]].reset_index()
    second = rows.loc[pairs["other_image_id"]].reset_index()
    both = {
        column: first[column]
        .astype(str)
        .where(
            first[column].eq(second[column]) | (first[column].isna() & second[column].isna()),
            first[column].astype(str) + " / " + second[column].astype(str),
        )
        for column in first.columns
    }
    return pd.DataFrame({**both, "matches": pairs["matches"].to_numpy()})


def _print(title: str, table: pd.DataFrame) -> None:
    text = table.to_string() if len(table) else "none"
    print(f"\n{title}\n{text}")
