"""A killed training, resumed, ends like one that was never killed."""

import signal
from pathlib import Path

import pandas as pd
import pytest
import torch

from lightning_module.cli import main
from tests.conftest import quick_options
from tests.lightning_module.conftest import run_alone

EPOCHS, STEPS = 3, 4


def fit_options(root: Path, weights: Path, folder: Path, *, workers: int = 0) -> list[str]:
    return [
        "fit",
        *quick_options(root, folder),
        "--data.batch_size=4",
        f"--data.num_workers={workers}",
        f"--model.weights={weights}",
        f"--trainer.max_epochs={EPOCHS}",
        f"--trainer.limit_train_batches={STEPS}",
        "--trainer.enable_model_summary=false",
    ]


def kill_at(step: int) -> list[str]:
    return [
        "--trainer.callbacks+=tests.lightning_module.killer.KillAt",
        f"--trainer.callbacks.step={step}",
    ]


def assert_same_end(resumed: Path, unbroken: Path) -> None:
    """Compare all that the last checkpoints and the last epoch's logs hold."""
    ours, expected = (
        torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
        for folder in (resumed, unbroken)
    )
    for key in ("state_dict", "current_model_state", "averaging_state"):
        assert ours[key].keys() == expected[key].keys()
        assert all(torch.equal(ours[key][name], expected[key][name]) for name in expected[key])
    moments, expected_moments = (
        checkpoint["optimizer_states"][0]["state"] for checkpoint in (ours, expected)
    )
    assert moments.keys() == expected_moments.keys()
    for index, state in expected_moments.items():
        assert all(torch.equal(moments[index][name], state[name]) for name in state)
    assert ours["lr_schedulers"] == expected["lr_schedulers"]
    assert ours["global_step"] == expected["global_step"] == EPOCHS * STEPS
    assert state_of("EarlyStopping", ours) == state_of("EarlyStopping", expected)
    assert sorted(path.name for path in (resumed / "checkpoints").iterdir()) == sorted(
        path.name for path in (unbroken / "checkpoints").iterdir()
    )
    pd.testing.assert_frame_equal(last_epoch(resumed), last_epoch(unbroken))


def state_of(callback: str, checkpoint: dict) -> dict:
    (state,) = (
        state for name, state in checkpoint["callbacks"].items() if name.startswith(callback)
    )
    return state


def last_epoch(folder: Path) -> pd.DataFrame:
    latest = sorted((folder / "logs").iterdir())[-1]
    table = pd.read_csv(latest / "metrics.csv")
    return table[table["epoch"] == EPOCHS - 1].reset_index(drop=True)


@pytest.fixture(scope="module")
def unbroken(
    tmp_path_factory: pytest.TempPathFactory, synthetic_root: Path, lively_weights: Path
) -> Path:
    folder = tmp_path_factory.mktemp("unbroken")
    main(fit_options(synthetic_root, lively_weights, folder))
    return folder


# Steps 0 to 3 are the first epoch's.
@pytest.mark.parametrize(("step", "workers"), [(6, 2), (8, 0)], ids=["mid-epoch", "between epochs"])
def test_killed_training_ends_like_an_unbroken_one(
    step: int,
    workers: int,
    synthetic_root: Path,
    lively_weights: Path,
    unbroken: Path,
    tmp_path: Path,
) -> None:
    options = fit_options(synthetic_root, lively_weights, tmp_path, workers=workers)
    assert run_alone([*options, *kill_at(step)]).returncode == -signal.SIGKILL
    main([*options, "--ckpt_path=last"])
    assert_same_end(tmp_path, unbroken)


def test_training_killed_before_its_first_checkpoint_starts_anew(
    synthetic_root: Path, lively_weights: Path, unbroken: Path, tmp_path: Path
) -> None:
    options = fit_options(synthetic_root, lively_weights, tmp_path)
    main([*options, "--ckpt_path=last"])
    assert_same_end(tmp_path, unbroken)
