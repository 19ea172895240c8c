"""How fast training is, as ratios within one run.

    python -m benchmarks.training [--root DIR]

Compares, in images per second, each measured in turn and in a process of its own for several
rounds:

plain      a usual float32, NCHW Lightning loop that decodes and augments image by image
ours       ``python -m lightning_module fit`` with its default configuration, at either of the image
           sizes that it trains at one after the other
limit      forward, backward and step of our network alone, on tensors in memory, in our
           precision, layout and allocator settings, with as many frozen blocks, at the same sizes
keras      ``model.fit`` of the same network, if TensorFlow is installed
decoding   reading batches of 600x450 JPEGs, decoded in the loop
cache      the same batches from the cache

The first steps of each are left out. Where no size is named, it is 224 pixels. The schedule is the
default configuration's: its epochs at the one size and at the other, taken together. Nothing else
should run on the machine.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor
from torch.nn import functional
from torchvision.models import mobilenet_v2

from benchmarks.plain_training import plain
from datamodules.cache import cached_pixels
from datamodules.labels import DIAGNOSES
from datamodules.lesion_images import LesionImages
from datamodules.lesion_table import read_images
from datamodules.preprocess import IMAGE_SIZE
from datamodules.synthetic import write_synthetic
from lightning_module.allocator import keep_freed_memory
from lightning_module.cli import DEFAULT_CONFIG
from lightning_module.cli import main as lightning_main
from lightning_module.network import LesionNetwork
from lightning_module.precision import default_precision

BATCH = 32
WARM_UP = 4


@dataclass(frozen=True)
class Schedule:
    """How many epochs the default configuration trains at which size.

    Attributes:
        small_size: Side in pixels of the first epochs' images.
        small_epochs: How many these are.
        full_epochs: How many follow at the network's own size.
    """

    small_size: int
    small_epochs: int
    full_epochs: int

    @classmethod
    def default(cls) -> "Schedule":
        """Read the default configuration."""
        config = _default_config()
        full = config["data"]["full_size_epochs"]
        return cls(config["data"]["train_size"], config["trainer"]["max_epochs"] - full, full)

    def mean(self, small_speed: float, full_speed: float) -> float:
        """Return images per second of all epochs together."""
        epochs = self.small_epochs + self.full_epochs
        return epochs / (self.small_epochs / small_speed + self.full_epochs / full_speed)


def _default_config() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(DEFAULT_CONFIG.read_text())
    return config


def ours(root: Path, steps: int, size: int) -> float:
    """Measure ``fit`` with the default configuration at one size, past the head-only epoch."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "timer.json"
        # Nothing is frozen without pretrained weights; which ones does not matter for the speed.
        weights = Path(folder) / "weights.pth"
        torch.save(mobilenet_v2().state_dict(), weights)
        lightning_main(
            [
                "fit",
                f"--data.root={root}",
                f"--data.train_size={size}",
                "--data.full_size_epochs=0",
                f"--model.weights={weights}",
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


def limit(steps: int, size: int) -> float:
    """Measure the bare training step on tensors in memory, of images of one size."""
    keep_freed_memory()
    network = LesionNetwork(colour_constancy=True)
    network = network.to(memory_format=torch.channels_last).train()
    network.backbone[: _default_config()["model"]["frozen_blocks"]].eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    images = torch.rand(BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)
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


def _report(speeds: dict[str, list[float]], schedule: Schedule) -> None:
    median = {name: statistics.median(values) for name, values in speeds.items()}
    print(f"\n{'images/s':<16}{'median':>8}{'min':>8}{'max':>8}")
    for name, values in speeds.items():
        print(f"{name:<16}{median[name]:>8.1f}{min(values):>8.1f}{max(values):>8.1f}")
    print(
        f"\nschedule: {schedule.small_epochs} epochs at {schedule.small_size} pixels, "
        f"{schedule.full_epochs} at {IMAGE_SIZE}"
    )
    for name in ("ours", "limit"):
        median[f"{name}, schedule"] = schedule.mean(
            median[f"{name}, {schedule.small_size}"], median[f"{name}, {IMAGE_SIZE}"]
        )
    for part in (IMAGE_SIZE, schedule.small_size, "schedule"):
        fit = median[f"ours, {part}"]
        print(f"ours, {part}: {fit:.1f} images/s")
        for other in ("plain", f"limit, {part}", "keras"):
            if other in median:
                print(f"  / {other} = {fit / median[other]:.2f}")
    print(f"cache / decoding = {median['cache'] / median['decoding']:.2f}")


def _variant(options: argparse.Namespace) -> Callable[[], float]:
    root, synthetic, steps = options.root, options.synthetic, options.steps
    name, _, size = options.only.partition(", ")
    variants: dict[str, Callable[[], float]] = {
        "plain": lambda: plain(root, steps, BATCH, WARM_UP),
        "ours": lambda: ours(root, steps + WARM_UP, int(size)),
        "limit": lambda: limit(steps, int(size)),
        "decoding": lambda: batches(synthetic, None, steps),
        "cache": lambda: batches(synthetic, synthetic / "cache", steps),
        "keras": lambda: keras(steps),
    }
    return variants[name]


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
    schedule = Schedule.default()
    names = ["plain", "decoding", "cache"]
    names += [
        f"{name}, {size}"
        for size in (IMAGE_SIZE, schedule.small_size)
        for name in ("ours", "limit")
    ]
    if importlib.util.find_spec("tensorflow"):
        names.append("keras")
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, {default_precision()}")
    with tempfile.TemporaryDirectory() as folder:
        options.synthetic = Path(folder) / "synthetic"
        write_synthetic(options.synthetic, scale=12)
        options.root = options.root or options.synthetic
        speeds = _measure_all(names, options)
    _report(speeds, schedule)


if __name__ == "__main__":
    main()
