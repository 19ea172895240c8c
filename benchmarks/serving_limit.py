"""What the processor could do at best: decode and network in bare processes, without any server."""

import multiprocessing
import os
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.serving_load import image_files
from datamodules.preprocess import network_input
from handlers.network import Network

_SECONDS = 10.0


def in_process_limit(model_store: Path, processes: int) -> tuple[float, float]:
    """Measure it.

    Args:
        model_store: Where the exported network lies.
        processes: How many run at the same time, each with one thread.

    Returns:
        Images per second of all processes together, and seconds for one image in a single one.
    """
    together = _run(model_store, processes)
    alone = _run(model_store, 1)
    return together, 1.0 / alone


def _run(model_store: Path, processes: int) -> float:
    context = multiprocessing.get_context("spawn")
    os.environ["OMP_NUM_THREADS"] = "1"
    barrier = context.Barrier(processes)
    with context.Pool(processes, _remember, (barrier,)) as pool:
        counts = pool.map(_images_per_second, [model_store] * processes, chunksize=1)
    return sum(counts)


_barrier: Barrier


def _remember(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _images_per_second(model_store: Path) -> float:
    network = Network(model_store)
    files = image_files()
    for data in files[:10]:
        network.run([network_input(data).pixels])
    _barrier.wait()
    count = 0
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < _SECONDS:
        network.run([network_input(files[count % len(files)]).pixels])
        count += 1
    return count / elapsed
