"""Lesions that only the test split may have, to see what a network says of what it never saw.

Figures on images like those it learned from say little about another camera or clinic. HAM10000
has four sources (column ``dataset``, in the newer editions of its metadata only), and whatever was
watched over time (``dx_type`` ``follow_up``) was taken by one kind of camera.
"""

from typing import Final

import pandas as pd

from datamodules.splits import SplitError

COLUMNS: Final = ("dataset", "dx_type", "sex", "localization")


def held_out_groups(table: pd.DataFrame, condition: str) -> pd.Series:
    """Find the groups with an image that a condition holds out.

    Args:
        table: Columns ``group`` and :data:`COLUMNS`; one row per image.
        condition: ``COLUMN=VALUE`` with one of these columns.

    Returns:
        ``bool`` for each row, with the index of ``table``.

    Raises:
        SplitError: If there is no such column, or no image with that value.
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
    return table["group"].isin(table.loc[chosen, "group"])
