"""What tests of whole runs share: a network whose answers differ, and runs of their own process."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from datamodules.preprocess import network_input
from lightning_module.classifier import LesionClassifier
from tests.conftest import REPOSITORY

TWO_PROCESSES = (
    "--trainer.accelerator=cpu",
    "--trainer.devices=2",
    "--trainer.strategy=ddp",
)


@pytest.fixture(scope="session")
def lively_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, checkpoint: Path, synthetic_root: Path
) -> Path:
    """A checkpoint of a random network that, unlike a barely trained one, tells images apart."""
    torch.manual_seed(0)
    model = LesionClassifier(weights="none")
    files = sorted(synthetic_root.glob("*/*.jpg"))[:32]
    pixels = torch.stack([torch.from_numpy(network_input(f.read_bytes()).pixels) for f in files])
    for module in model.train().modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0  # one batch gives the statistics
    with torch.no_grad():
        logits = model(pixels.permute(0, 3, 1, 2) / 255)
        model.network.head.weight.mul_(2 / logits.std(dim=0).mean())
    state = torch.load(checkpoint, weights_only=True)
    state["state_dict"] = model.state_dict()
    path = tmp_path_factory.mktemp("lively") / "lively.ckpt"
    torch.save(state, path)
    return path


@pytest.fixture(scope="session")
def lively_weights(tmp_path_factory: pytest.TempPathFactory, lively_checkpoint: Path) -> Path:
    """The backbone of that network, as ``--model.weights`` takes it."""
    state = torch.load(lively_checkpoint, weights_only=True)["state_dict"]
    prefix = "network.backbone."
    features = {
        f"features.{name.removeprefix(prefix)}": value
        for name, value in state.items()
        if name.startswith(prefix)
    }
    path = tmp_path_factory.mktemp("lively") / "lively.pth"
    torch.save(features, path)
    return path


def run_alone(
    arguments: Sequence[str],
    launcher: Sequence[str] = (sys.executable, "-m", "lightning_module"),
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, or in those that a launcher starts."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*launcher, *arguments],
        cwd=REPOSITORY,
        # PYTHONPATH: the callback that kills is found in the tests.
        env={**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
