"""``make network`` and the recipe that it follows agree on where things lie."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from lightning_module.cli import main
from tests.conftest import REPOSITORY

CONFIGS = REPOSITORY / "lightning_module" / "configs"
TEACHER = CONFIGS / "teacher.yaml"
TAUGHT = CONFIGS / "taught.yaml"


def make(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_the_network_is_taught_by_the_teacher_trained_before_it() -> None:
    commands = make("network", "DATA=some folder").stdout
    recipe = yaml.safe_load(TAUGHT.read_text(encoding="utf-8"))
    fits = re.findall(r"fit .*--config (\S+)", commands)
    assert [REPOSITORY / config for config in fits] == [TEACHER, TAUGHT]
    folder = yaml.safe_load(TEACHER.read_text(encoding="utf-8"))["trainer"]["default_root_dir"]
    assert recipe["model"]["teachers"] == [f"{folder}/checkpoints/last.ckpt"]
    for use in ("test", "export"):
        checkpoint = f"{recipe['trainer']['default_root_dir']}/checkpoints/epoch=*.ckpt"
        assert f'{use} --data.root "some folder" --ckpt_path {checkpoint}' in commands


def test_the_network_needs_a_data_set() -> None:
    result = make("network")
    assert result.returncode != 0
    assert "make network DATA=folder" in result.stderr


@pytest.mark.parametrize(("recipe", "epochs", "teachers"), [(TEACHER, 16, 0), (TAUGHT, 24, 1)])
def test_the_recipes_are_such_for_fit(
    recipe: Path, epochs: int, teachers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fit", f"--config={recipe}", "--print_config"])
    assert not ended.value.code
    printed = yaml.safe_load(capsys.readouterr().out)
    assert len(printed["model"]["teachers"]) == teachers
    assert printed["trainer"]["max_epochs"] == epochs
    assert printed["model"]["colour_constancy"]
