"""Makes the C library keep freed memory instead of handing it back to the system.

A training step on the CPU allocates and frees gigabytes of tensors. By default glibc maps each
large one anew, and the system then clears it page by page, which took a quarter of the time.
"""

import contextlib
import ctypes
import sys
from typing import Final

# From glibc's malloc.h.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
#: Larger than any tensor of a training step.
_LARGE: Final = 1 << 30
#: However much lies free: what a step frees together may be more than any threshold.
_NEVER: Final = -1


def keep_freed_memory() -> None:
    """Tell glibc to reuse large blocks; does nothing where there is another C library."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # musl has no mallopt
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)
