"""How fast training is, as ratios within one run.

    python -m benchmarks.training [--root DIR]

Compares, in images per second, each measured in turn for several rounds:

plain      a usual float32, NCHW Lightning loop that decodes and augments image by image
ours       ``python -m lightning_module fit`` with its default configuration
limit      forward, backward and step alone, on tensors in memory, in our precision and layout
keras      ``model.fit`` of the same network, if TensorFlow is installed
decoding   reading batches of 600x450 JPEGs, decoded in the loop
cache      the same batches from the cache

The first steps of each are left out. Nothing else should run on the machine.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision.models import mobilenet_v2
from torchvision.transforms import v2

from benchmarks.step_timer import StepTimer
from datamodules.cache import cached_pixels
from datamodules.ham10000 import LesionImages
from datamodules.labels import DIAGNOSES
from datamodules.lesion_table import read_images
from datamodules.synthetic import write_synthetic
from lightning_module.cli import main as lightning_main
from lightning_module.network import LesionNetwork
from lightning_module.precision import default_precision

BATCH = 32
WARM_UP = 4


class PlainImages(Dataset[tuple[Tensor, int]]):
    """The usual data set: PIL and torchvision transforms, image by image."""

    transform = v2.Compose(
        [
            v2.PILToTensor(),
            v2.RandomResizedCrop(224, scale=(0.3, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomVerticalFlip(),
            v2.RandomRotation(180),
            v2.ColorJitter(0.25, 0.25, 0.1),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )

    def __init__(self, paths: list[str], labels: list[int], length: int) -> None:
        self.paths, self.labels, self.length = paths, labels, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        index %= len(self.paths)
        return self.transform(Image.open(self.paths[index]).convert("RGB")), self.labels[index]


class PlainModule(pl.LightningModule):
    """The usual LightningModule."""

    def __init__(self) -> None:
        super().__init__()
        self.network = mobilenet_v2(num_classes=len(DIAGNOSES))

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the cross-entropy."""
        loss = functional.cross_entropy(self.network(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Use AdamW."""
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def plain(root: Path, steps: int) -> float:
    """Measure the usual Lightning loop: images per second."""
    rows = read_images(root)
    images = PlainImages(rows["path"].tolist(), rows["label"].tolist(), BATCH * steps)
    timer = StepTimer(WARM_UP)
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[timer],
    )
    trainer.fit(PlainModule(), DataLoader(images, BATCH, shuffle=True, num_workers=2))
    return BATCH / timer.seconds_per_step


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
    network = LesionNetwork().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
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


def _measure(variants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    speeds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds):
        for name, variant in variants.items():
            print(f"round {number + 1}/{rounds}: {name} ...", file=sys.stderr, flush=True)
            with contextlib.redirect_stdout(io.StringIO()):
                speeds[name].append(variant())
    return speeds


def _report(speeds: dict[str, list[float]], ratios: Iterable[tuple[str, str]]) -> None:
    median = {name: statistics.median(values) for name, values in speeds.items()}
    print(f"\n{'images/s':<10}{'median':>10}{'min':>10}{'max':>10}")
    for name, values in speeds.items():
        print(f"{name:<10}{median[name]:>10.1f}{min(values):>10.1f}{max(values):>10.1f}")
    print()
    for above, below in ratios:
        if above in median and below in median:
            print(f"{above} / {below} = {median[above] / median[below]:.2f}")


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, help="a HAM10000 folder; synthetic images if absent")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=18, help="timed; at most 18 if synthetic")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        synthetic = Path(folder) / "synthetic"
        write_synthetic(synthetic, scale=12)
        root = options.root or synthetic
        steps = options.steps
        variants: dict[str, Callable[[], float]] = {
            "plain": lambda: plain(root, steps + WARM_UP),
            "ours": lambda: ours(root, steps + WARM_UP),
            "limit": lambda: limit(steps),
            "decoding": lambda: batches(synthetic, None, steps),
            "cache": lambda: batches(synthetic, Path(folder) / "cache", steps),
        }
        if importlib.util.find_spec("tensorflow"):
            variants["keras"] = lambda: keras(steps)
        print(
            f"{torch.get_num_threads()} threads, torch {torch.__version__}, {default_precision()}"
        )
        speeds = _measure(variants, options.rounds)
    _report(
        speeds,
        [("ours", "plain"), ("ours", "limit"), ("ours", "keras"), ("cache", "decoding")],
    )


if __name__ == "__main__":
    main()
