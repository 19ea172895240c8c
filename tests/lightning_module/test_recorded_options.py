"""What a checkpoint was trained with holds where nothing else is asked for."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from lightning_module.cli import RunError, ScreeningCLI, main
from tests.conftest import quick_options


@pytest.fixture
def run(tmp_path: Path, checkpoint: Path) -> Path:
    """A folder with a checkpoint to change and to go on with."""
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    shutil.copy(checkpoint, folder / "checkpoints" / "last.ckpt")
    return folder


def change(run: Path, part: str, **values: object) -> None:
    """Change what the folder's checkpoint records."""
    path = run / "checkpoints" / "last.ckpt"
    state = torch.load(path, weights_only=True)
    state[part].update(values)
    torch.save(state, path)


def go_on(command: str, run: Path) -> list[str]:
    return [command, "--ckpt_path=last", f"--trainer.default_root_dir={run}"]


def options_of(command: str, run: Path, *arguments: str) -> dict[str, Any]:
    """Return the options that a command would run with, by the names of the command line."""
    seen: list[dict[str, Any]] = []

    def stop(cli: ScreeningCLI) -> None:
        seen.append(dict(cli.config[command].items()))
        raise RunError("Enough.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScreeningCLI, f"before_{command}", stop)
        with pytest.raises(SystemExit, match="Enough"):
            main([*go_on(command, run), *arguments])
    return seen[0]


def test_the_models_options_are_those_of_the_checkpoint(run: Path) -> None:
    change(run, "hyper_parameters", dropout=0.3)
    assert options_of("validate", run)["model.dropout"] == 0.3
    assert options_of("validate", run, "--model.dropout=0.3")["model.dropout"] == 0.3


# 0.2 is the default.
@pytest.mark.parametrize("asked", ["0.2", "0.4"])
def test_a_model_option_that_differs_is_refused(run: Path, asked: str) -> None:
    change(run, "hyper_parameters", dropout=0.3)
    expected = rf"--model\.dropout is 0\.3 in .*last\.ckpt, and can not become {asked}"
    with pytest.raises(SystemExit, match=expected):
        main([*go_on("validate", run), f"--model.dropout={asked}"])


def test_an_option_that_is_younger_than_the_checkpoint_does_nothing(run: Path) -> None:
    path = run / "checkpoints" / "last.ckpt"
    state = torch.load(path, weights_only=True)
    del state["hyper_parameters"]["frozen_blocks"]
    torch.save(state, path)
    assert options_of("fit", run)["model.frozen_blocks"] == 0
    with pytest.raises(SystemExit, match=r"--model\.frozen_blocks is 0 in .* can not become 3"):
        main([*go_on("fit", run), "--model.frozen_blocks=3"])


def test_where_a_training_started_stays_recorded(run: Path) -> None:
    assert options_of("fit", run, "--model.weights=DEFAULT")["model.weights"] == "none"


def test_training_goes_on_with_the_views_that_it_began_with(
    synthetic_root: Path, tmp_path: Path
) -> None:
    common = [
        "fit",
        f"--data.root={synthetic_root}",
        f"--data.cache_dir={synthetic_root / 'cache'}",
        f"--trainer.default_root_dir={tmp_path}",
        "--trainer.enable_progress_bar=false",
        "--trainer.limit_train_batches=1",
        "--trainer.limit_val_batches=1",
        "--data.val_fraction=0.15",
        "--data.test_fraction=0.15",
    ]
    views = {"batch_size": 16, "train_size": 96, "full_size_epochs": 0}
    given = [f"--data.{name}={value}" for name, value in views.items()]
    brighter = ["--data.augmentation.brightness=0.6", "--data.augmentation.scale=[0.7, 1.0]"]
    main([*common, *given, *brighter, "--model.weights=none", "--trainer.max_epochs=1"])
    main([*common, "--ckpt_path=last", "--trainer.max_epochs=2"])
    first, second = (
        yaml.safe_load((tmp_path / "logs" / f"version_{number}" / "config.yaml").read_text())
        for number in (0, 1)
    )
    assert first["data"]["train_size"] == 96
    assert second["data"] == first["data"]
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert last["HAM10000DataModule"]["options"].items() >= views.items()
    assert last["HAM10000DataModule"]["options"]["augmentation.scale"] == (0.7, 1.0)


def test_a_change_of_the_views_is_told(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        options = options_of("fit", run, "--data.batch_size=4", "--data.num_workers=1")
    assert options["data.batch_size"] == 4
    told = [message for message in caplog.messages if message.startswith("--")]
    assert len(told) == 1
    assert told[0].startswith("--data.batch_size is 4 from here on, and was 8 until ")


def test_training_goes_on_for_as_long_as_it_was_to_last(
    run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    epochs = recorded["training_options"]["trainer.max_epochs"]
    options = options_of("fit", run)
    assert options["trainer.max_epochs"] == epochs != 30  # the default
    assert options["trainer.check_val_every_n_epoch"] == 1
    assert not [message for message in caplog.messages if message.startswith("--")]
    with caplog.at_level(logging.INFO):
        longer = options_of("fit", run, "--trainer.max_epochs=40")
    assert longer["trainer.max_epochs"] == 40
    told = [message for message in caplog.messages if message.startswith("--")]
    assert len(told) == 1
    assert told[0].startswith(f"--trainer.max_epochs is 40 from here on, and was {epochs} until ")


def test_a_configuration_goes_before_what_is_recorded(run: Path, tmp_path: Path) -> None:
    config = tmp_path / "longer.yaml"
    config.write_text("trainer:\n  max_epochs: 40\n")
    assert options_of("fit", run, f"--config={config}")["trainer.max_epochs"] == 40


def test_training_does_not_go_on_with_what_was_held_out(run: Path, synthetic_root: Path) -> None:
    path = run / "checkpoints" / "last.ckpt"
    state = torch.load(path, weights_only=True)
    state["HAM10000DataModule"]["trained_on"]["image_ids"].pop()
    torch.save(state, path)
    options = [*quick_options(synthetic_root, run), "--ckpt_path=last", "--trainer.max_epochs=3"]
    with pytest.raises(SystemExit, match=r"^error: 1 of the .* are not among.*--data\.manifest"):
        main(["fit", *options])


def test_the_views_of_training_are_nothing_to_those_who_only_measure(run: Path) -> None:
    assert options_of("validate", run)["data.batch_size"] == 32


def test_a_checkpoint_without_that_record_is_gone_on_with(run: Path) -> None:
    path = run / "checkpoints" / "last.ckpt"
    state = torch.load(path, weights_only=True)
    del state["HAM10000DataModule"]["options"]
    torch.save(state, path)
    assert options_of("fit", run)["data.batch_size"] == 32
    assert options_of("fit", run, "--data.batch_size=4")["data.batch_size"] == 4


def test_a_teacher_that_has_moved_is_found_again(
    run: Path, checkpoint: Path, synthetic_root: Path
) -> None:
    change(run, "hyper_parameters", teachers=["/nowhere/teacher.ckpt"], distillation=0.5)
    options = [*quick_options(synthetic_root, run), "--ckpt_path=last", "--trainer.max_epochs=3"]
    with pytest.raises(SystemExit, match=r"/nowhere/teacher\.ckpt.*--model\.teachers"):
        main(["fit", *options])
    main(["fit", *options, f"--model.teachers=[{checkpoint}]"])
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["epoch"] == 2
    assert state["hyper_parameters"]["teachers"] == [str(checkpoint)]


def test_another_number_of_teachers_is_refused(run: Path, checkpoint: Path) -> None:
    with pytest.raises(SystemExit, match=r"--model\.teachers is .*can not become"):
        main([*go_on("fit", run), f"--model.teachers=[{checkpoint}]"])
