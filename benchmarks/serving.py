"""How fast the server is, beside what a user might take instead, in one run on one machine.

    python -m benchmarks.serving [--seconds S] [--workers N] [--peers-python PATH]

Each contender serves the network of ``model_store`` in OpenVINO, as our server does, to one, eight
and 32 clients that send 600x450 JPEGs as JSON, from this process. Two do not: FastAPI a second time
with ONNX Runtime in float32, and the Flask + Keras server of the old design, whose MobileNetV2 has
the same shape. The in-process limit is decode and network alone, in as many bare processes.
Nothing else should run on the machine. The peers are measured if the interpreter that
``--peers-python`` names has them:

    pip install fastapi uvicorn litserve flask tensorflow-cpu
    pip install openvino onnxruntime pillow numpy pydantic
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.serving_contenders import Contender, contenders, running
from benchmarks.serving_limit import in_process_limit
from benchmarks.serving_load import Load, image_files, json_body, large_photograph, measure

MODEL_STORE = Path(__file__).parents[1] / "model_store"
CLIENTS = (1, 8, 32)
_TURNS = 3
_HEAD = (
    "| server | clients | requests/s | p50 ms | p95 ms | p99 ms | failures | memory MB | start s |"
)


def main(args: Sequence[str] | None = None) -> int:
    """Measure everything and print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="for each measurement")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peers-python", default=sys.executable, metavar="PATH")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="contenders with this in the name"
    )
    options = parser.parse_args(args)

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    together, alone = in_process_limit(MODEL_STORE, options.workers)
    print(f"In-process limit: {together:.0f} images/s; one image alone {1000 * alone:.1f} ms.\n")
    print(f"{_HEAD}\n|{'---|' * 9}")
    with tempfile.TemporaryDirectory() as folder:
        for contender in contenders(options.workers, options.peers_python, Path(folder)):
            if options.only in contender.name:
                _measure(contender, options.seconds)
    return 0


def _measure(contender: Contender, seconds: float) -> None:
    if not contender.is_installed():
        print(f"| {contender.name} | skipped: needs {', '.join(contender.needs)} |")
        return
    bodies = [json_body(data) for data in image_files()]
    with running(contender) as server:
        for clients in CLIENTS:
            for name, load in _in_turns(contender.endpoints, bodies, clients, seconds).items():
                process = f"{server.memory():.0f} | {server.cold_start:.1f} |"
                print(f"| {name} | {clients} | {_figures(load)} | {process}", flush=True)
        large = [json_body(large_photograph())]
        for name, load in _in_turns(contender.endpoints, large, 1, seconds / 3).items():
            print(f"| {name}, 12 megapixels | 1 | {_figures(load)} | | |", flush=True)


def _in_turns(
    endpoints: Mapping[str, str], bodies: Sequence[bytes], clients: int, seconds: float
) -> dict[str, Load]:
    """Load the addresses of one server in turns, so that a slow moment falls on all of them."""
    loads: dict[str, list[Load]] = {name: [] for name in endpoints}
    for _ in range(_TURNS):
        for name, url in endpoints.items():
            loads[name].append(asyncio.run(measure(url, bodies, clients, seconds / _TURNS)))
    return {name: Load.total(turns) for name, turns in loads.items()}


def _figures(load: Load) -> str:
    milliseconds = 1000 * np.percentile(load.latencies, [50, 95, 99])
    latencies = " | ".join(f"{one:.1f}" for one in milliseconds)
    return f"{load.per_second:.1f} | {latencies} | {load.failures}"


if __name__ == "__main__":
    sys.exit(main())
