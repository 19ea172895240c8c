"""How fast the server is, beside what a user might take instead, in one run on one machine.

    python -m benchmarks.serving [--seconds S] [--turns N] [--workers N] [--peers-python PATH]

Each contender serves the network of ``model_store`` in OpenVINO, as our server does, to one, eight
and 32 clients that send 600x450 JPEGs as JSON, from this process. Two do not: FastAPI a second time
with ONNX Runtime in float32, and the Flask + Keras server of the old design, whose MobileNetV2 has
the same shape. The limit is decoding and network alone, in bare processes: one beside one client,
as many as workers beside eight.

All servers run at once and are loaded one after the other, in several turns, so that a processor
that is faster at one time than at another changes the ratios little. Nothing else should run on the
machine. The peers are measured if the interpreter that ``--peers-python`` names has them:

    pip install fastapi uvicorn litserve flask tensorflow-cpu
    pip install openvino onnxruntime pillow numpy pydantic
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.serving_contenders import (
    GATEWAY,
    TORCHSERVE,
    Contender,
    Running,
    contenders,
    running,
)
from benchmarks.serving_limit import bare_processes
from benchmarks.serving_load import Load, image_files, json_body, large_photograph, measure

MODEL_STORE = Path(__file__).parents[1] / "model_store"
_LIMIT = "decoding and network alone"
_LARGE = "1, 12 megapixels"
_HEAD = "| server | clients | requests/s | p50 ms | p95 ms | p99 ms | failures |"

#: What is measured: by name and clients, what puts it under load for so many seconds.
Measurements = Mapping[tuple[str, str], Callable[[float], Load]]
#: How it went, in each turn.
Loads = Mapping[tuple[str, str], Sequence[Load]]


def main(args: Sequence[str] | None = None) -> int:
    """Measure everything and print tables; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=16.0, help="for each measurement")
    parser.add_argument("--turns", type=int, default=8, help="that these are divided into")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peers-python", default=sys.executable, metavar="PATH")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="contenders with this in the name"
    )
    options = parser.parse_args(args)

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        every = contenders(options.workers, options.peers_python, folder)
        servers = _start([one for one in every if options.only in one.name], stack)
        alone = stack.enter_context(bare_processes(MODEL_STORE, 1))
        together = stack.enter_context(bare_processes(MODEL_STORE, options.workers))
        urls = {name: url for contender, _ in servers for name, url in contender.endpoints.items()}
        measurements = _measurements(urls, alone, together)
        loads = _in_turns(measurements, options.seconds, options.turns)
        for contender, server in servers:
            start = f"first answer after {server.cold_start:.1f} s"
            print(f"{contender.name}: {start}, {server.memory():.0f} MB after the load")
    _print_loads(loads)
    if GATEWAY in urls:
        _print_ratios(loads)
    return 0


def _start(chosen: Sequence[Contender], stack: ExitStack) -> list[tuple[Contender, Running]]:
    """Start the servers, one after the other, as long as the stack lasts."""
    servers = []
    for contender in chosen:
        if contender.is_installed():
            servers.append((contender, stack.enter_context(running(contender))))
        else:
            print(f"{contender.name} is left out: it needs {', '.join(contender.needs)}")
    return servers


def _measurements(
    urls: Mapping[str, str], alone: Callable[[float], Load], together: Callable[[float], Load]
) -> Measurements:
    """Return what is measured: what is compared, one soon after the other."""
    small = [json_body(data) for data in image_files()]
    large = [json_body(large_photograph())]

    def of(bodies: Sequence[bytes], clients: int, case: str) -> Measurements:
        return {(name, case): partial(_load, url, bodies, clients) for name, url in urls.items()}

    return {
        (_LIMIT, "1"): alone,
        **of(small, 1, "1"),
        **of(large, 1, _LARGE),
        (_LIMIT, "8"): together,
        **of(small, 8, "8"),
        **of(small, 32, "32"),
    }


def _load(url: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Load:
    return asyncio.run(measure(url, bodies, clients, seconds))


def _in_turns(measurements: Measurements, seconds: float, turns: int) -> Loads:
    loads: dict[tuple[str, str], list[Load]] = {key: [] for key in measurements}
    order = [key for _ in range(turns) for key in measurements]
    for key in tqdm(order, unit="measurement"):
        loads[key].append(measurements[key](seconds / turns))
    return loads


def _print_loads(loads: Loads) -> None:
    print(f"\n{_HEAD}\n|{'---|' * 7}")
    names = list(dict.fromkeys(name for name, _ in loads))
    for name, clients in sorted(loads, key=lambda key: names.index(key[0])):
        load = Load.total(loads[name, clients])
        p50, p95, p99 = 1000 * np.percentile(load.latencies, [50, 95, 99])
        latencies = f"{p50:.1f} | {p95:.1f} | {p99:.1f}"
        print(f"| {name} | {clients} | {load.per_second:.1f} | {latencies} | {load.failures} |")


def _print_ratios(loads: Loads) -> None:
    """Print ratios, with the standard errors that the turns show."""
    speeds = {key: np.array([load.per_second for load in turns]) for key, turns in loads.items()}
    times = {
        key: np.array([np.median(load.latencies) for load in turns]) for key, turns in loads.items()
    }
    names = [name for name, clients in loads if clients == "32"]
    ours = speeds[TORCHSERVE, "8"]
    print(f"\n| | ratio |\n|{'---|' * 2}")
    print(f"| {TORCHSERVE} to the limit, 8 clients | {_ratio(ours, speeds[_LIMIT, '8'])} |")
    print(f"| {GATEWAY} to TorchServe, 8 clients | {_ratio(speeds[GATEWAY, '8'], ours)} |")
    for name in names:
        if name not in (GATEWAY, TORCHSERVE):
            print(f"| TorchServe to {name}, 8 clients | {_ratio(ours, speeds[name, '8'])} |")
    for name in names:
        ratio = _ratio(times[name, _LARGE], times[name, "1"])
        print(f"| {name}, median time of 12 megapixels to 600x450 | {ratio} |")
    print()


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> str:
    error = np.std(above / below, ddof=1) / np.sqrt(len(above)) if len(above) > 1 else np.nan
    return f"{above.sum() / below.sum():.3f} ± {error:.3f}"


if __name__ == "__main__":
    sys.exit(main())
