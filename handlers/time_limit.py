"""Ends what takes too long in the main thread of a process.

Some of Pillow's decoders are loops in Python that a file of a kilobyte can keep busy for minutes.
The signal of a timer gets in between; it can not interrupt a decoder in C, but those are fast.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

#: Seconds between signals, if the first exception was lost where none can be raised.
_AGAIN: Final = 0.5


class TimeIsUp(BaseException):
    """The time was used up. No ``Exception``: Pillow takes many of those for damage."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TimeIsUp` in the block when it has taken so long.

    A timer that was running before goes on afterwards, later by as long as the block took.

    Args:
        seconds: By the clock on the wall.
    """
    handler = signal.signal(signal.SIGALRM, _end)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _end(number: int, frame: FrameType | None) -> None:
    raise TimeIsUp
