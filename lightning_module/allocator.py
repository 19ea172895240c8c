"""Makes the C library keep freed memory instead of handing it back to the system, and in one piece.

A training step on the CPU allocates and frees gigabytes of tensors. By default glibc maps each
large one anew, and the system then clears it page by page, which took a quarter of the time.
"""

import contextlib
import ctypes
import sys
from typing import Final

import torch
from torch import nn

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


def allocate_gradients(module: nn.Module) -> None:
    """Give each parameter that has no gradient yet one of zeros, to be added to.

    What the backward pass allocates lies between what it frees, and keeps that from being used for
    anything larger: gradients that come and go with each step cost a quarter of a gigabyte.
    """
    for parameter in module.parameters():
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
