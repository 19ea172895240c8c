"""What the processor could do at best: decode and network in bare processes, without any server."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving_load import Load, image_files
from datamodules.preprocess import network_input
from handlers.network import Network

_network: Network
_files: list[bytes]
_barrier: Barrier


@contextmanager
def bare_processes(model_store: Path, count: int) -> Iterator[Callable[[float], Load]]:
    """Keep processes with a network each.

    Args:
        model_store: Where the exported network lies.
        count: How many processes, each with one thread.

    Yields:
        What keeps them busy for so many seconds and tells how fast they were.
    """
    context = multiprocessing.get_context("spawn")
    os.environ["OMP_NUM_THREADS"] = "1"
    with context.Pool(count, _load, (model_store, context.Barrier(count))) as pool:

        def measure(seconds: float) -> Load:
            latencies = pool.map(_latencies, [seconds] * count, chunksize=1)
            return Load(seconds, np.concatenate(latencies), failures=0)

        yield measure


def _load(model_store: Path, barrier: Barrier) -> None:
    global _network, _files, _barrier
    _network, _files, _barrier = Network(model_store), image_files(), barrier


def _latencies(seconds: float) -> NDArray[np.float64]:
    _barrier.wait()  # so that each process takes one task, and all begin together
    ends = [time.perf_counter()]
    while ends[-1] - ends[0] < seconds:
        _network.run(network_input(_files[len(ends) % len(_files)]).pixels)
        ends.append(time.perf_counter())
    return np.diff(ends)
