"""Whole numbers on the command line, within bounds."""

import argparse
from collections.abc import Callable


def integer(lower: int, upper: int) -> Callable[[str], int]:
    """Return what makes a number of an argument, as ``argparse`` takes it for ``type``.

    Args:
        lower: Least number that is accepted.
        upper: Greatest number that is accepted.

    Returns:
        A function that raises ``argparse.ArgumentTypeError`` for anything else.
    """

    def parse(text: str) -> int:
        if not (text.isdecimal() and lower <= int(text) <= upper):
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a whole number from {lower} to {upper}"
            )
        return int(text)

    return parse
