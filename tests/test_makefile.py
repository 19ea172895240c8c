"""``make network`` and the recipe that it follows agree on where things lie."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lightning_module.cli import main
from tests.conftest import REPOSITORY

TAUGHT = REPOSITORY / "lightning_module" / "configs" / "taught.yaml"


def make(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_the_network_is_taught_by_the_teacher_trained_before_it() -> None:
    commands = make("network", "DATA=some folder").stdout
    recipe = yaml.safe_load(TAUGHT.read_text(encoding="utf-8"))
    teacher = re.search(r"fit .*--trainer\.default_root_dir (\S+)", commands)
    assert teacher is not None
    assert recipe["model"]["teachers"] == [f"{teacher[1]}/checkpoints/last.ckpt"]
    for use in ("test", "export"):
        checkpoint = f"{recipe['trainer']['default_root_dir']}/checkpoints/epoch=*.ckpt"
        assert f'{use} --data.root "some folder" --ckpt_path {checkpoint}' in commands


def test_all_steps_split_the_data_set_alike() -> None:
    commands = make("network", "DATA=folder", "SPLIT=--data.test_set official").stdout
    steps = re.findall(r"lightning_module (\w+) .*--data\.test_set official", commands)
    assert steps == ["fit", "fit", "test", "export"]


def test_an_old_python_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text(
        '#!/bin/sh\n[ "$1" = -c ] || exit 99\n'
        f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 9); $2"\n'
    )
    old.chmod(0o755)
    environment = tmp_path / "venv"
    command = ["make", "serve", f"PYTHON={old}", f"VENV={environment}"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed" in result.stderr
    assert not environment.exists()


def test_the_network_needs_a_data_set() -> None:
    result = make("network")
    assert result.returncode != 0
    assert "make network DATA=folder" in result.stderr


def test_the_recipe_is_one_for_fit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fit", f"--config={TAUGHT}", "--print_config"])
    assert not ended.value.code
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["model"]["distillation"] == 0.5
    assert printed["trainer"]["max_epochs"] == 36
    assert printed["model"]["colour_constancy"]
