"""How fast training is, as ratios within one run.

    python -m benchmarks.training [--root DIR]

Compares, in images per second, each measured in turn and in a process of its own for several
rounds:

plain      a usual float32, NCHW Lightning loop that decodes and augments image by image
ours       ``python -m lightning_module fit`` with its default configuration
limit      forward, backward and step of our network alone, on tensors in memory, in our
           precision, layout and allocator settings
keras      ``model.fit`` of the same network, if TensorFlow is installed
decoding   reading batches of 600x450 JPEGs, decoded in the loop
cache      the same batches from the cache

The first steps of each are left out. Nothing else should run on the machine.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.plain_training import plain
from datamodules.cache import cached_pixels
from datamodules.labels import DIAGNOSES
from datamodules.lesion_images import LesionImages
from datamodules.lesion_table import read_images
from datamodules.synthetic import write_synthetic
from lightning_module.allocator import keep_freed_memory
from lightning_module.cli import main as lightning_main
from lightning_module.network import LesionNetwork
from lightning_module.precision import default_precision

BATCH = 32
WARM_UP = 4


def ours(root: Path, steps: int) -> float:
    """Measure ``fit`` with the default configuration, past the head-only epoch."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "timer.json"
        lightning_main(
            [
                "fit",
                f"--data.root={root}",
                "--model.weights=none",
                "--model.head_epochs=0",
                f"--trainer.default_root_dir={folder}/run",
                "--trainer.max_epochs=1",
                f"--trainer.limit_train_batches={steps}",
                "--trainer.limit_val_batches=2",
                "--trainer.enable_progress_bar=false",
                "--trainer.callbacks+=benchmarks.step_timer.StepTimer",
                f"--trainer.callbacks.warm_up={WARM_UP}",
                f"--trainer.callbacks.report={report}",
            ]
        )
        return BATCH / float(json.loads(report.read_text())["seconds_per_step"])


def limit(steps: int) -> float:
    """Measure the bare training step on tensors in memory."""
    keep_freed_memory()
    network = LesionNetwork(colour_constancy=True)
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    images = torch.rand(BATCH, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, len(DIAGNOSES), (BATCH,))
    mixed = default_precision() == "bf16-mixed"

    def step(_: int) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = functional.cross_entropy(network(images).float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return BATCH / _seconds_each(step, steps)


def keras(steps: int) -> float:
    """Measure Keras' ``fit`` of MobileNetV2 on the same batch size, from memory."""
    import numpy as np
    import tensorflow as tf

    network = tf.keras.applications.MobileNetV2(weights=None, classes=len(DIAGNOSES))
    network.compile("adam", "sparse_categorical_crossentropy")
    images = np.random.default_rng(0).random((BATCH * 4, 224, 224, 3), np.float32)
    labels = np.zeros(len(images), np.int64)
    network.fit(images, labels, BATCH, verbose=0)
    start = time.perf_counter()
    epochs = max(1, steps // 4)
    network.fit(images, labels, BATCH, epochs=epochs, verbose=0)
    return BATCH * 4 * epochs / (time.perf_counter() - start)


def batches(root: Path, cache_dir: Path | None, steps: int) -> float:
    """Measure reading batches of 600x450 images, through the cache or not."""
    rows = read_images(root)
    cache = None if cache_dir is None else cached_pixels(rows["path"].tolist(), cache_dir)
    images = LesionImages(rows, cache)
    shuffled = torch.randperm(len(images)).tolist()

    def read(step: int) -> Tensor:
        first = step * BATCH % (len(images) - BATCH)
        return images.__getitems__(shuffled[first : first + BATCH])["image"].float()

    return BATCH / _seconds_each(read, steps)


def _seconds_each(step: Callable[[int], object], steps: int) -> float:
    for index in range(WARM_UP):
        step(index)
    start = time.perf_counter()
    for index in range(steps):
        step(index)
    return (time.perf_counter() - start) / steps


def _measure_all(names: Sequence[str], options: argparse.Namespace) -> dict[str, list[float]]:
    speeds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(options.rounds):
        for name in names:
            print(f"round {number + 1}/{options.rounds}: {name} ...", file=sys.stderr, flush=True)
            speeds[name].append(_measure_alone(name, options))
    return speeds


def _measure_alone(name: str, options: argparse.Namespace) -> float:
    """Measure in a new process: what one variant does to the allocator stays with it."""
    command = [sys.executable, "-m", "benchmarks.training", f"--steps={options.steps}"]
    command += [f"--only={name}", f"--root={options.root}", f"--synthetic={options.synthetic}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
    if result.returncode:
        sys.exit(f"error: {name} failed:\n{result.stderr}")
    return float(result.stdout.splitlines()[-1])


def _report(speeds: dict[str, list[float]], ratios: Iterable[tuple[str, str]]) -> None:
    median = {name: statistics.median(values) for name, values in speeds.items()}
    print(f"\n{'images/s':<10}{'median':>10}{'min':>10}{'max':>10}")
    for name, values in speeds.items():
        print(f"{name:<10}{median[name]:>10.1f}{min(values):>10.1f}{max(values):>10.1f}")
    print()
    for above, below in ratios:
        if above in median and below in median:
            print(f"{above} / {below} = {median[above] / median[below]:.2f}")


def _variant(options: argparse.Namespace) -> Callable[[], float]:
    root, synthetic, steps = options.root, options.synthetic, options.steps
    variants: dict[str, Callable[[], float]] = {
        "plain": lambda: plain(root, steps, BATCH, WARM_UP),
        "ours": lambda: ours(root, steps + WARM_UP),
        "limit": lambda: limit(steps),
        "decoding": lambda: batches(synthetic, None, steps),
        "cache": lambda: batches(synthetic, synthetic / "cache", steps),
        "keras": lambda: keras(steps),
    }
    return variants[options.only]


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, help="a HAM10000 folder; synthetic images if absent")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=18, help="timed; at most 18 if synthetic")
    # What the processes that measure are started with.
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--synthetic", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.only:
        print(_variant(options)())
        return
    names = ["plain", "ours", "limit", "decoding", "cache"]
    if importlib.util.find_spec("tensorflow"):
        names.append("keras")
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {default_precision()}")
    with tempfile.TemporaryDirectory() as folder:
        options.synthetic = Path(folder) / "synthetic"
        write_synthetic(options.synthetic, scale=12)
        options.root = options.root or options.synthetic
        speeds = _measure_all(names, options)
    _report(
        speeds,
        [("ours", "plain"), ("ours", "limit"), ("ours", "keras"), ("cache", "decoding")],
    )


if __name__ == "__main__":
    main()
