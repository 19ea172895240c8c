"""The commands of the model card, from what a run recorded."""

import json
import shlex
from pathlib import Path

import pytest
import yaml

from lightning_module.report.reproduction import commands


@pytest.mark.parametrize(
    ("exported", "again"),
    [("last.ckpt", "last.ckpt"), ("epoch=29-val_auroc=0.9318.ckpt", "epoch=*.ckpt")],
)
def test_without_a_record_the_defaults_are_named(exported: str, again: str, tmp_path: Path) -> None:
    fit, export = commands(tmp_path / "checkpoints" / exported)
    assert shlex.split(fit)[3:] == [
        "fit",
        "--data.root",
        "DIR",
        "--trainer.default_root_dir",
        "runs/again",
    ]
    assert shlex.split(export)[3:] == [
        "export",
        "--data.root",
        "DIR",
        "--ckpt_path",
        f"runs/again/checkpoints/{again}",
    ]


def test_the_split_is_repeated_by_both(tmp_path: Path) -> None:
    for number, seed in ((2, 5), (10, 7)):  # by number, not by letters
        folder = tmp_path / "logs" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(yaml.safe_dump({"data": {"split_seed": seed}}))
    for command in commands(tmp_path / "checkpoints" / "last.ckpt"):
        assert "--data.split_seed 7" in command


@pytest.mark.parametrize("left", ["", "- 1", "data: {split_seed: [5", "\\x00"])
def test_a_record_that_was_left_in_pieces_is_passed_over(tmp_path: Path, left: str) -> None:
    sound = yaml.safe_dump({"data": {"split_seed": 5}, "trainer": {"limit_train_batches": 0.5}})
    for name, text in (("version_0", sound), ("version_1", left), ("version_old", sound)):
        folder = tmp_path / "logs" / name
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(text)
    fit, _ = commands(tmp_path / "checkpoints" / "last.ckpt")
    assert "--data.split_seed 5" in fit
    assert "--trainer.limit_train_batches 0.5" in fit


def test_recorded_options_are_repeated_but_no_place_of_this_machine(run_folder: Path) -> None:
    fit, _ = commands(run_folder / "checkpoints" / "last.ckpt")
    words = shlex.split(fit)
    given = dict(zip(words[4::2], words[5::2], strict=True))
    assert given["--trainer.max_epochs"] == "2"
    assert given["--model.weights"] == "none"
    assert given["--data.batch_size"] == "8"
    assert not {"--model.dropout", "--data.cache_dir", "--data.augmentation.gamma"} & given.keys()
    assert str(run_folder) not in fit


@pytest.mark.parametrize("later", [{"verbose": True}, {"return_predictions": False}])
def test_later_use_of_the_network_is_no_training(tmp_path: Path, later: dict[str, bool]) -> None:
    records = [
        {"model": {"weights": "/home/someone/backbone.pth", "dropout": 0.5}, "seed_everything": 3},
        {"model": {"weights": "DEFAULT", "dropout": 0.1}, **later},
    ]
    for number, record in enumerate(records):
        folder = tmp_path / "logs" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(yaml.safe_dump(record))
    fit, _ = commands(tmp_path / "checkpoints" / "last.ckpt")
    assert "--model.weights backbone.pth" in fit
    assert "--model.dropout 0.5" in fit
    # What the record does not know yet was not done, whatever the default is today.
    assert "--model.frozen_blocks 0" in fit
    assert "--seed_everything 3" in fit
    assert "/home" not in fit


def test_other_callbacks_precision_and_choice_of_checkpoint_are_repeated(tmp_path: Path) -> None:
    average = {"class_path": "pytorch_lightning.callbacks.EMAWeightAveraging"}
    init_args = {"decay": 0.9, "update_every_n_steps": 4, "device": None}
    record = {
        "trainer": {
            "precision": "16-mixed",
            "devices": 2,
            "callbacks": [{**average, "init_args": init_args}],
        },
        "early_stopping": {"monitor": "val_auroc", "mode": "max", "patience": 3, "verbose": False},
        "checkpoint": {"monitor": "val_loss", "mode": "min"},
    }
    (tmp_path / "logs" / "version_0").mkdir(parents=True)
    (tmp_path / "logs" / "version_0" / "config.yaml").write_text(yaml.safe_dump(record))
    words = shlex.split(commands(tmp_path / "checkpoints" / "last.ckpt")[0])
    given = dict(zip(words[4::2], words[5::2], strict=True))
    assert json.loads(given["--trainer.callbacks"]) == record["trainer"]["callbacks"]
    assert given["--trainer.precision"] == "16-mixed"
    assert given["--trainer.devices"] == "2"
    assert given["--early_stopping.patience"] == "3"
    assert given["--checkpoint.monitor"] == "val_loss"
    assert "--early_stopping.monitor" not in given


def test_the_default_callbacks_are_not_repeated(run_folder: Path) -> None:
    fit, _ = commands(run_folder / "checkpoints" / "last.ckpt")
    assert "--trainer.precision" in fit
    assert "--trainer.callbacks" not in fit
    assert "--checkpoint" not in fit


def record(run: Path, **model: object) -> Path:
    """Write down a training; return its checkpoint."""
    folder = run / "logs" / "version_0"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump({"model": model}))
    return run / "checkpoints" / "last.ckpt"


def test_the_teachers_are_trained_first(tmp_path: Path) -> None:
    first = record(tmp_path / "first", dropout=0.1)
    second = record(tmp_path / "second", dropout=0.3, teachers=[str(first)])
    others = [f"{tmp_path}/./second/checkpoints/best.ckpt", str(tmp_path / "unknown" / "best.ckpt")]
    network = record(tmp_path / "network", dropout=0.4, teachers=[str(second), *others])
    fits = commands(network)[:-1]
    given = []
    for fit in fits:
        words = shlex.split(fit)
        given.append(dict(zip(words[4::2], words[5::2], strict=True)))
    assert [options["--model.dropout"] for options in given] == ["0.1", "0.3", "0.4"]
    folders = [options["--trainer.default_root_dir"] for options in given]
    assert len(set(folders)) == 3
    assert "--model.teachers" not in given[0]
    trained = [f"{folder}/checkpoints/last.ckpt" for folder in folders]
    assert json.loads(given[1]["--model.teachers"]) == [trained[0]]
    best = f"{folders[1]}/checkpoints/best.ckpt"
    assert json.loads(given[2]["--model.teachers"]) == [trained[1], best, "best.ckpt"]
    assert str(tmp_path) not in "".join(fits)


def test_a_network_that_taught_itself_is_trained_once(tmp_path: Path) -> None:
    own = tmp_path / "run" / "checkpoints" / "earlier.ckpt"
    fits = commands(record(tmp_path / "run", teachers=[str(own)]))[:-1]
    assert len(fits) == 1
    assert "earlier.ckpt" in fits[0]
