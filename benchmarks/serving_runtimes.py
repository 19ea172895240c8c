"""Which runtime should run the network: how fast each is, and what lower precision costs.

    python -m benchmarks.serving_runtimes [--root DIR] [--images N] [--workers N]

First one image at a time on one thread, as a worker runs it; then through the real server, which
eight clients ask for 600x450 JPEGs at TorchServe's own address. The accuracy is that of the network
in ``model_store`` on the validation split of HAM10000, since a runtime is a choice and no result.
TorchScript and AOTInductor are measured on a network of the same shape, since the weights in
``model_store`` are in ONNX only. Lower precision is worth its speed only if AUROC drops by less
than 0.002 and balanced accuracy by less than 0.01. The largest change is that of the probability of
malignancy, from the first runtime's.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.runtime_candidates import Runtime, candidates
from benchmarks.serving_contenders import TORCHSERVE, ours, running
from benchmarks.serving_load import image_files, json_body, measure
from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import MALIGNANT_INDICES
from datamodules.preprocess import IMAGE_SIZE, network_input
from handlers.archive import MODEL_STORE
from handlers.model_spec import load_spec

_CLIENTS = 8
_SECONDS = 15.0


def main(args: Sequence[str] | None = None) -> int:
    """Measure every runtime and print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, metavar="DIR", help="HAM10000, for the accuracy")
    parser.add_argument(
        "--images", type=int, default=10_000, help="at most, of the validation split"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(args)
    os.environ["OMP_NUM_THREADS"] = "1"

    accuracy = _Accuracy(options.root, options.images)
    print("| runtime | ms per image | served, requests/s | AUROC | balanced accuracy | change |")
    print("|---|---|---|---|---|---|")
    for candidate in candidates():
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary)
            runtime = candidate.open(candidate.prepare(root))
            shares = accuracy.cells(runtime) if candidate.export is None else "| | |"
            speed = f"{_milliseconds(runtime):.2f} | {_served(root, options.workers):.1f}"
            print(f"| {candidate.name} | {speed} | {shares}", flush=True)
    for name, runtime in _whole():
        print(f"| {name} | {_milliseconds(runtime):.2f} | | {accuracy.cells(runtime)}", flush=True)
    return 0


class _Accuracy:
    """Measures how well a runtime answers, on validation images if there are any."""

    def __init__(self, root: Path | None, count: int) -> None:
        self._pixels, self._labels = _validation_split(root, count) if root else ([], [])
        self._exact: NDArray[np.float64] | None = None

    def cells(self, runtime: Runtime) -> str:
        """Return AUROC, balanced accuracy and change as cells of the table."""
        if not self._pixels:
            return "| | |"
        answers = np.array([runtime(image) for image in self._pixels], np.float64)
        malignancy = answers[:, list(MALIGNANT_INDICES)].sum(1)
        exact = self._exact = malignancy if self._exact is None else self._exact
        auroc = roc_auc_score(np.isin(self._labels, MALIGNANT_INDICES), malignancy)
        balanced = balanced_accuracy_score(self._labels, answers.argmax(1))
        return f"{auroc:.4f} | {balanced:.4f} | {np.abs(malignancy - exact).max():.3f} |"


def _validation_split(root: Path, count: int) -> tuple[list[NDArray[np.uint8]], list[int]]:
    module = HAM10000DataModule(root=root, manifest=MODEL_STORE / "splits.csv")
    module.setup("validate")
    rows = module.split("val").iloc[:count]
    pixels = [network_input(Path(path).read_bytes()).pixels for path in rows["path"]]
    return pixels, rows["label"].tolist()


def _whole() -> Iterator[tuple[str, Runtime]]:
    """Yield OpenVINO with the whole network in one precision."""
    import openvino  # not before ``handlers`` has kept it from reporting its use

    core = openvino.Core()
    model = core.read_model(MODEL_STORE / load_spec(MODEL_STORE).network.file)
    model.reshape([1, IMAGE_SIZE, IMAGE_SIZE, 3])
    for precision in ("f32", "bf16"):
        settings = {
            "INFERENCE_NUM_THREADS": 1,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": precision,
        }
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        yield f"OpenVINO, wholly {precision}", partial(_infer, request)


def _infer(request: Any, image: NDArray[np.uint8]) -> NDArray[np.float32]:  # noqa: ANN401
    return np.array(request.infer({"images": image[None]})["probabilities"][0])


def _milliseconds(runtime: Runtime) -> float:
    images = [network_input(data).pixels for data in image_files()]
    times = []
    for number in range(300):
        start = time.perf_counter()
        runtime(images[number % len(images)])
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[50:])


def _served(root: Path, workers: int) -> float:
    """Return the requests per second of a server that is started from a folder."""
    server = ours(workers, root)
    bodies = [json_body(data) for data in image_files()]
    with running(server):
        load = asyncio.run(measure(server.endpoints[TORCHSERVE], bodies, _CLIENTS, _SECONDS))
    if load.failures:
        raise RuntimeError(f"{load.failures} requests failed.")
    return load.per_second


if __name__ == "__main__":
    sys.exit(main())
