"""The command line, run in this process on made-up data."""

import logging
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from lightning_module.cli import DEFAULT_CONFIG, RunError, ScreeningCLI, main
from tests.conftest import quick_options


def test_fit_leaves_checkpoints_logs_and_its_configuration(run_folder: Path) -> None:
    logs = run_folder / "logs" / "version_0"
    metrics = pd.read_csv(logs / "metrics.csv")
    assert metrics["val_auroc"].notna().sum() == 2
    for name in ("average_precision", "sensitivity", "specificity", "balanced_accuracy"):
        assert metrics[f"val_{name}"].dropna().between(0, 1).all()
    assert metrics["lr-AdamW/head"].max() > metrics["lr-AdamW/backbone"].max() > 0
    assert list(logs.glob("events.out.tfevents.*"))
    assert yaml.safe_load((logs / "config.yaml").read_text())["seed_everything"] == 0
    assert len(list((run_folder / "checkpoints").glob("epoch=*-val_auroc=*.ckpt"))) == 1


def test_checkpoint_holds_no_code(checkpoint: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    assert state["hyper_parameters"]["class_weighting"] == "sqrt"


@pytest.mark.parametrize("command", ["validate", "test"])
def test_checkpoint_is_measured(
    command: str,
    synthetic_root: Path,
    run_folder: Path,
    checkpoint: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main([command, *quick_options(synthetic_root, run_folder), f"--ckpt_path={checkpoint}"])
    prefix = "val" if command == "validate" else "test"
    printed = capsys.readouterr().out
    assert f"{prefix}_auroc" in printed
    # The report has tests of its own.
    assert ("report.html" in printed) == (command == "test")


def test_second_training_in_a_folder_is_refused(
    synthetic_root: Path, run_folder: Path, checkpoint: Path
) -> None:
    before = checkpoint.read_bytes()
    with pytest.raises(SystemExit, match="already holds a training"):
        main(["fit", *quick_options(synthetic_root, run_folder)])
    assert checkpoint.read_bytes() == before


def test_training_resumes_where_it_stopped(synthetic_root: Path, tmp_path: Path) -> None:
    options = quick_options(synthetic_root, tmp_path)
    main(["fit", *options, "--trainer.max_epochs=1"])
    main(["fit", *options, "--trainer.max_epochs=2", "--ckpt_path=last"])
    resumed = pd.read_csv(tmp_path / "logs" / "version_1" / "metrics.csv")
    assert resumed["epoch"].min() == 1
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    # Nine steps an epoch.
    assert last["global_step"] == 18


def test_epochs_that_can_not_be_chosen_are_told(
    synthetic_root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = [*quick_options(synthetic_root, tmp_path), "--trainer.check_val_every_n_epoch=2"]
    with caplog.at_level(logging.INFO):
        main(["fit", *options, "--trainer.max_epochs=2"])
        assert "will not be validated" not in caplog.text
        main(["fit", *options, "--trainer.max_epochs=3", "--ckpt_path=last"])
    assert "The last 1 of the 3 epochs will not be validated" in caplog.text


def test_default_configuration_trains(synthetic_root: Path, tmp_path: Path) -> None:
    main(
        [
            "fit",
            f"--config={DEFAULT_CONFIG}",
            f"--data.root={synthetic_root}",
            f"--trainer.default_root_dir={tmp_path}",
            "--trainer.fast_dev_run=1",
            "--model.weights=none",
            # Of so few lesions, a tenth would miss a diagnosis.
            "--data.val_fraction=0.15",
            "--data.test_fraction=0.15",
        ]
    )


def test_gradients_can_be_clipped(synthetic_root: Path, tmp_path: Path) -> None:
    options = [*quick_options(synthetic_root, tmp_path), "--trainer.fast_dev_run=1"]
    main(["fit", *options, "--trainer.gradient_clip_val=1.0", "--trainer.precision=bf16-mixed"])


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("--trainer.precision=64-true", "does not run in --trainer.precision 64-true"),
        ("--trainer.max_epochs=-1", "schedule needs an end"),
        ("--trainer.accelerator=abacus", "--trainer options .*abacus"),
        ("--trainer.devices=[99]", "--trainer options "),
        ("--model.frozen_blocks=20", "frozen_blocks is 20, but the backbone has 19 blocks"),
        ("--checkpoint.mode=most", "mode.*most"),
        ("--checkpoint.monitor=val_luck", "monitor='val_luck'"),
        pytest.param(
            "--trainer.accelerator=gpu",
            "--trainer options .*gpu",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU"),
        ),
    ],
)
def test_what_can_not_be_trained_is_refused_in_one_line(
    synthetic_root: Path, tmp_path: Path, option: str, reason: str
) -> None:
    with pytest.raises(SystemExit, match=rf"^error: .*{reason}[^\n]*$"):
        main(["fit", *quick_options(synthetic_root, tmp_path), option])


def test_last_checkpoint_brings_the_options_it_was_trained_with(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = torch.load(checkpoint, weights_only=True)
    state["hyper_parameters"]["colour_constancy"] = False
    (tmp_path / "checkpoints").mkdir()
    torch.save(state, tmp_path / "checkpoints" / "last.ckpt")
    seen = []

    def stop(cli: ScreeningCLI) -> None:
        seen.append(cli.model.network.colour_constancy)
        raise RunError("Enough.")

    monkeypatch.setattr(ScreeningCLI, "before_validate", stop)
    with pytest.raises(SystemExit, match="Enough"):
        main(["validate", "--ckpt_path=last", f"--trainer.default_root_dir={tmp_path}"])
    assert yaml.safe_load(DEFAULT_CONFIG.read_text())["model"]["colour_constancy"]
    assert seen == [False]


@pytest.mark.parametrize("command", ["fit", "validate", "test", "predict", "export"])
def test_a_file_that_is_no_checkpoint_is_named(command: str, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("nothing\n" * 100)
    with pytest.raises(SystemExit, match=r"notes\.txt can not be loaded as a checkpoint") as caught:
        main([command, f"--ckpt_path={wrong}", f"--trainer.default_root_dir={tmp_path}"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", ["fit", "validate", "test", "predict", "export"])
@pytest.mark.parametrize(
    "content",
    [{"features.0.0.weight": torch.zeros(1)}, [1, 2], {"hyper_parameters": {}, "state_dict": {}}],
    ids=["ImageNet weights", "no dictionary", "another program's checkpoint"],
)
def test_what_is_no_checkpoint_of_ours_is_named(
    command: str, content: object, tmp_path: Path
) -> None:
    wrong = tmp_path / "weights.pth"
    torch.save(content, wrong)
    expected = r"^error: .*weights\.pth can not .*'checkpoints' folder.*--model\.weights\.$"
    with pytest.raises(SystemExit, match=expected):
        main([command, f"--ckpt_path={wrong}", f"--trainer.default_root_dir={tmp_path}"])


@pytest.mark.parametrize("command", ["validate", "test", "export"])
def test_a_checkpoint_is_not_measured_on_what_it_was_trained_on(
    command: str, synthetic_root: Path, run_folder: Path, checkpoint: Path, tmp_path: Path
) -> None:
    options = [*quick_options(synthetic_root, tmp_path), f"--ckpt_path={checkpoint}"]
    with pytest.raises(SystemExit, match="was trained on lesions of"):
        main([command, *options, "--data.split_seed=1"])
    manifest = run_folder / "logs" / "version_0" / "splits.csv"
    main(["validate", *options, "--data.split_seed=1", f"--data.manifest={manifest}"])


def test_configuration_can_be_printed() -> None:
    # Lightning prints it and leaves the process.
    printed = subprocess.run(
        [sys.executable, "-m", "lightning_module", "fit", "--print_config"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    config = yaml.safe_load(printed)
    assert config["model"]["weights"] == "DEFAULT"
    default = yaml.safe_load(DEFAULT_CONFIG.read_text())
    assert config["trainer"]["max_epochs"] == default["trainer"]["max_epochs"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--data.root=/nowhere", "No HAM10000 data set in /nowhere"),
        ("--model.weights=/nowhere.pth", r"No weights at /nowhere\.pth"),
        ("--data.test_fraction=0.001", "lesion"),
    ],
)
def test_mistakes_are_told_in_one_line(
    option: str, message: str, synthetic_root: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=message) as caught:
        main(["fit", *quick_options(synthetic_root, tmp_path), option])
    assert "\n" not in str(caught.value)
