"""Applies a function to many items in threads, with bounded memory and a progress bar."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items worked on together; bounds memory, since a thread pool has no limit of its own.
_CHUNK: Final = 256


def in_threads(
    function: Callable[[Item], Result], items: Sequence[Item], name: str, unit: str = "image"
) -> Iterator[Result]:
    """Apply a function that mostly leaves Python's lock.

    Args:
        function: Called with one item at a time, from several threads.
        items: What to work on.
        name: Shown beside the progress bar, which appears when the work takes over a second.
        unit: What an item is, for the progress bar.

    Yields:
        The results in the order of the items.
    """
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(items), desc=name, unit=unit, delay=1, leave=False) as progress,
    ):
        for start in range(0, len(items), _CHUNK):
            for result in pool.map(function, items[start : start + _CHUNK]):
                progress.update()
                yield result
