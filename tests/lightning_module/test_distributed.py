"""Two real processes learn, measure and resume as one does."""

import signal
import socket
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import torch

from lightning_module.cli import main
from tests.conftest import REPOSITORY, quick_options
from tests.lightning_module.conftest import TWO_PROCESSES, run_alone
from tests.lightning_module.test_resume import assert_same_end, fit_options, kill_at


def torchrun(options: list[str]) -> subprocess.CompletedProcess[str]:
    """Run two processes by the script that ``deploy`` offers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    launcher = [str(REPOSITORY / "deploy" / "torchrun.sh")]
    return run_alone([*options, "--trainer.accelerator=cpu"], launcher, PROCESSES="2", PORT=port)


def metrics_of(folder: Path, prefix: str) -> dict[str, float]:
    """Return the last logged value of each metric."""
    latest = sorted((folder / "logs").glob("version_*"))[-1]
    table = pd.read_csv(latest / "metrics.csv")
    return {
        name: table[name].dropna().iloc[-1] for name in table.columns if name.startswith(prefix)
    }


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, synthetic_root: Path, lively_weights: Path
) -> Path:
    """The folder of a training by two processes, started by Lightning itself."""
    folder = tmp_path_factory.mktemp("distributed")
    options = [*fit_options(synthetic_root, lively_weights, folder), *TWO_PROCESSES]
    finished = run_alone(
        [*options, "--trainer.callbacks+=tests.lightning_module.keeper.KeepWeights"]
    )
    assert finished.returncode == 0, finished.stderr
    return folder


def test_only_one_process_writes(trained: Path) -> None:
    assert [path.name for path in (trained / "logs").iterdir()] == ["version_0"]
    assert len(list((trained / "logs").rglob("events.out.tfevents.*"))) == 1
    names = [path.name for path in (trained / "checkpoints").iterdir()]
    assert len(names) == 2
    assert "last.ckpt" in names


def test_metrics_while_training_are_those_of_its_checkpoint(
    trained: Path, synthetic_root: Path, tmp_path: Path
) -> None:
    """The two processes measured the very weights that one of them saved, each image once."""
    last = trained / "checkpoints" / "last.ckpt"
    main(["validate", *quick_options(synthetic_root, tmp_path), f"--ckpt_path={last}"])
    expected = metrics_of(tmp_path, "val_")
    assert len(expected) == 6
    assert metrics_of(trained, "val_") == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("command", ["validate", "test"])
def test_two_processes_measure_what_one_does(
    command: str, synthetic_root: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    folders = one, two = tmp_path / "one", tmp_path / "two"
    options, distributed = (
        # Sixteen images in batches of three: the processes get unequally many batches.
        [
            command,
            *quick_options(synthetic_root, folder),
            "--data.batch_size=3",
            f"--ckpt_path={lively_checkpoint}",
        ]
        for folder in folders
    )
    if command == "test":
        # The plain report of one process is enough here.
        brief = [f"--report.{name}=false" for name in ("tta", "corruptions", "explanation")]
        options, distributed = [*options, *brief], [*distributed, *brief]
    main(options)
    finished = torchrun(distributed)
    assert finished.returncode == 0, finished.stderr
    prefix = "val_" if command == "validate" else "test_"
    expected = metrics_of(one, prefix)
    assert len(set(expected.values())) > 2
    assert metrics_of(two, prefix) == pytest.approx(expected, abs=1e-5)


def test_killed_distributed_training_ends_like_an_unbroken_one(
    trained: Path, synthetic_root: Path, lively_weights: Path, tmp_path: Path
) -> None:
    options = fit_options(synthetic_root, lively_weights, tmp_path, workers=1)
    killed = run_alone([*options, *TWO_PROCESSES, *kill_at(6)])
    assert killed.returncode == -signal.SIGKILL
    finished = torchrun([*options, "--ckpt_path=last"])
    assert finished.returncode == 0, finished.stderr
    assert_same_end(tmp_path, trained)


def test_both_processes_end_with_the_same_weights(trained: Path, lively_weights: Path) -> None:
    """Each saw other images, so they shared the gradients, those of the thawed backbone too."""
    first, second = (
        torch.load(trained / f"weights-{rank}.pt", weights_only=True) for rank in range(2)
    )
    assert all(torch.equal(second[name], weight) for name, weight in first.items())
    start = torch.load(lively_weights, weights_only=True)
    learned = first["network.backbone.0.0.weight"]
    assert not torch.equal(learned, start["features.0.0.weight"])
