"""Which runtime should run the network: how fast each is, and what lower precision costs.

    python -m benchmarks.serving_runtimes [--root DIR] [--images N]

One image at a time on one thread, as a worker runs it. The accuracy is that of the network in
``model_store`` on the validation split of HAM10000, since a runtime is a choice and no result.
Frozen TorchScript and Inductor are measured on a network of the same shape, since the weights in
``model_store`` are in ONNX only. Lower precision is worth its speed only if AUROC drops by less
than 0.002 and balanced accuracy by less than 0.01. The largest change is that of the probability of
malignancy, from the first runtime's.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.serving_load import image_files
from datamodules.labels import DIAGNOSES, MALIGNANT_INDICES
from datamodules.preprocess import IMAGE_SIZE, network_input
from handlers.model_spec import load_spec
from handlers.runtime import Runtime as ServedRuntime

MODEL_STORE = Path(__file__).parents[1] / "model_store"
#: From ``uint8 [1, 224, 224, 3]`` to the seven probabilities.
Runtime = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def main(args: Sequence[str] | None = None) -> int:
    """Measure every runtime and print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, metavar="DIR", help="HAM10000, for the accuracy")
    parser.add_argument(
        "--images", type=int, default=10_000, help="at most, of the validation split"
    )
    options = parser.parse_args(args)
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"

    samples = [network_input(data).pixels[None] for data in image_files()]
    pixels, labels = _validation_split(options.root, options.images) if options.root else ([], [])
    print("| runtime | ms per image | AUROC | balanced accuracy | largest change |")
    print("|---|---|---|---|---|")
    exact = None
    for name, runtime in _runtimes(MODEL_STORE / load_spec(MODEL_STORE).network.file):
        accuracy = "not measured | | |"
        if pixels:
            answers = np.array([runtime(one).copy() for one in pixels], np.float64)
            exact = answers if exact is None else exact
            accuracy = _accuracy(answers, labels, exact)
        print(f"| {name} | {_milliseconds(runtime, samples):.2f} | {accuracy}", flush=True)
    for name, runtime in _torch_runtimes():
        print(f"| {name} | {_milliseconds(runtime, samples):.2f} | not measured | | |", flush=True)
    return 0


def _runtimes(path: Path) -> Iterator[tuple[str, Runtime]]:
    import onnxruntime  # not before it is told not to report its use
    import openvino

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    yield "ONNX Runtime float32", lambda x: session.run(["probabilities"], {"images": x})[0][0]
    core = openvino.Core()
    model = core.read_model(path)
    model.reshape([1, IMAGE_SIZE, IMAGE_SIZE, 3])
    for precision in ("f32", "bf16"):
        settings = {
            "INFERENCE_NUM_THREADS": 1,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": precision,
        }
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        yield f"OpenVINO {precision}", partial(_infer, request)
    served = ServedRuntime(path, (IMAGE_SIZE, IMAGE_SIZE, 3))
    yield "as served", lambda image: served.run(image[0])["probabilities"]


def _torch_runtimes() -> Iterator[tuple[str, Runtime]]:
    import torch
    from torch._inductor import config

    from lightning_module.calibration import Calibration
    from lightning_module.distance import Distance
    from lightning_module.graph import ScreeningGraph
    from lightning_module.network import LesionNetwork

    torch.set_num_threads(1)
    # With the weights as constants, as in TorchScript; else both are slower.
    config.freezing = True
    unused = Calibration(1.0, torch.zeros(len(DIAGNOSES)))
    graph = ScreeningGraph(
        LesionNetwork(colour_constancy=True), unused, Distance(torch.zeros(32), torch.eye(32))
    )
    graph.eval().to(memory_format=torch.channels_last)
    example = torch.zeros(1, IMAGE_SIZE, IMAGE_SIZE, 3, dtype=torch.uint8)
    frozen = torch.jit.freeze(torch.jit.trace(graph, example))
    yield "TorchScript float32, frozen", partial(_call, torch.jit.optimize_for_inference(frozen))
    yield "Inductor float32", partial(_call, torch.compile(graph))


def _call(network: Callable[..., Any], image: NDArray[np.uint8]) -> NDArray[np.float32]:
    import torch

    with torch.inference_mode():
        probabilities: NDArray[np.float32] = network(torch.from_numpy(image))[0][0].numpy()
    return probabilities


def _infer(request: Any, image: NDArray[np.uint8]) -> NDArray[np.float32]:  # noqa: ANN401
    return np.array(request.infer({"images": image})["probabilities"][0])


def _milliseconds(runtime: Runtime, samples: list[NDArray[np.uint8]]) -> float:
    times = []
    for number in range(300):
        start = time.perf_counter()
        runtime(samples[number % len(samples)])
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[50:])


def _validation_split(root: Path, count: int) -> tuple[list[NDArray[np.uint8]], list[int]]:
    from datamodules.ham10000 import HAM10000DataModule

    module = HAM10000DataModule(root=root)
    module.setup("validate")
    rows = module.split("val").iloc[:count]
    pixels = [network_input(Path(path).read_bytes()).pixels[None] for path in rows["path"]]
    return pixels, rows["label"].tolist()


def _accuracy(answers: NDArray[np.float64], labels: list[int], exact: NDArray[np.float64]) -> str:
    malignancy, exactly = (one[:, list(MALIGNANT_INDICES)].sum(1) for one in (answers, exact))
    auroc = roc_auc_score(np.isin(labels, MALIGNANT_INDICES), malignancy)
    balanced = balanced_accuracy_score(labels, answers.argmax(1))
    return f"{auroc:.4f} | {balanced:.4f} | {np.abs(malignancy - exactly).max():.3f} |"


if __name__ == "__main__":
    sys.exit(main())
