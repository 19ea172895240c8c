"""How many processes shall serve the network."""

from typing import Final

from handlers.resources import usable_cores, usable_memory

MAX_WORKERS: Final = 64
#: Memory of one worker, in bytes; most of it is torch, which TorchServe's worker imports.
_WORKER_MEMORY: Final = 600_000_000


def default_workers() -> int:
    """Return as many workers as the cores can use, and half of the free memory can hold.

    Of more than four cores, a quarter is left to TorchServe's front end and the gateway, which take
    that share of a request's processor time.
    """
    cores = usable_cores()
    useful = cores if cores <= 4 else max(4, cores * 3 // 4)
    affordable = usable_memory() // 2 // _WORKER_MEMORY
    return max(1, min(useful, affordable, MAX_WORKERS))
