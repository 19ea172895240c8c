"""Lesions that only the test split may have, to see what a network says of what it never saw.

Figures on images like those it learned from say little about another camera or clinic. HAM10000
has four sources (column ``dataset``, in the newer editions of its metadata only), and whatever was
watched over time (``dx_type`` ``follow_up``) was taken by one kind of camera.
"""

from typing import Final

import pandas as pd

from datamodules.splits import EXCLUDED, SplitError

COLUMNS: Final = ("dataset", "dx_type", "sex", "localization")


def hold_out(table: pd.DataFrame, split: pd.Series, condition: str) -> pd.Series:
    """Move the groups that have an image of some kind to the test split.

    All others stay where they are, so that a network trained without them can be compared with
    one trained as usual, on the same images.

    Args:
        table: Columns ``group``, ``dx`` and :data:`COLUMNS`; one row per image.
        split: The split of each row, with the index of ``table``.
        condition: ``COLUMN=VALUE`` with one of these columns.

    Returns:
        The split of each row.

    Raises:
        SplitError: If there is no such column, no image with that value, or a diagnosis would be
            left to the test split alone.
    """
    column, _, value = condition.partition("=")
    if column not in COLUMNS:
        raise SplitError(
            f"'--data.held_out {condition}' is not of the form COLUMN=VALUE with one of the "
            f"columns {', '.join(COLUMNS)}."
        )
    chosen = table[column] == value
    if not chosen.any():
        values = sorted(table[column].dropna().unique())
        there = f"there are: {', '.join(values)}" if values else "it is not in these metadata"
        raise SplitError(f"'--data.held_out {condition}': no image has this {column}; {there}.")
    held_out = table["group"].isin(table.loc[chosen, "group"]) & (split != EXCLUDED)
    moved = split.mask(held_out, "test")
    for name in ("train", "val"):
        absent = set(table["dx"]) - set(table.loc[moved == name, "dx"])
        if absent:
            raise SplitError(
                f"'--data.held_out {condition}' leaves no image of {', '.join(sorted(absent))} to "
                f"the {name} split; hold less out, or use other fractions."
            )
    return moved
