"""What can be wrong with a data set."""

from collections.abc import Sequence
from typing import Final

_NAMED: Final = 5


class DatasetError(RuntimeError):
    """A data set that is missing, incomplete, damaged or not in a known layout."""


def first_line(error: BaseException) -> str:
    """Return the first line of what a library says, which may go on for pages."""
    return str(error).strip().partition("\n")[0]


def name_some(names: Sequence[str]) -> str:
    """List the first few names of many for a message: ``a, b, c, d, e and 37 more``."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
