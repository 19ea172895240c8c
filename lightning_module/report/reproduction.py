"""The commands that make a network again, from what its run recorded."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytorch_lightning as pl
import yaml

from datamodules.augment import Augmentation
from datamodules.ham10000 import HAM10000DataModule
from lightning_module.classifier import LesionClassifier
from lightning_module.recorded_options import TRAINER_OPTIONS, defaults_of

_DEFAULT_CONFIG: Final = Path(__file__).parents[1] / "configs" / "default.yaml"
#: Of the trainer's many options, those that a network depends on; a checkpoint does not record
#: those of the machine.
_TRAINER: Final = ("precision", "callbacks", "devices", "num_nodes", *TRAINER_OPTIONS)
#: What else a network depends on: when training ends, and which checkpoint is the best.
_CHOICE: Final = ("early_stopping", "checkpoint")
#: Where things lie and how they are read; a network does not depend on it.
_LOCAL: Final = {"root", "num_workers", "cache_dir", "predict_dir", "download"}
#: Options of commands that only use a network.
_NOT_TRAINING: Final = {"verbose", "return_predictions"}
_VERSION: Final = re.compile(r"version_\d+")
_PROGRAM: Final = "python -m lightning_module"
#: Of a run's checkpoints, the one that validation had no part in choosing.
_LAST: Final = "last.ckpt"
#: Where the network is trained again.
_RUN: Final = "runs/again"


def commands(checkpoint: Path) -> list[str]:
    """Return the shell commands that train and export such a network, after its teachers.

    Args:
        checkpoint: In the ``checkpoints`` folder of a run. Options that the run's recorded
            configuration sets apart from the defaults are repeated; without such a record, the
            commands are those of the default configuration. A teacher without a record is only
            named.
    """
    # The same split, or the network would be measured on what it was trained on.
    data = [option for option in _options(checkpoint, {}) if option.startswith("--data.")]
    # The best one's name has its epoch and score, which may differ.
    name = "epoch=*.ckpt" if is_chosen(checkpoint) else _LAST
    export = ["--data.root DIR", f"--ckpt_path {_RUN}/checkpoints/{name}", *data]
    return [*_fits(checkpoint, _RUN), f"{_PROGRAM} export {' '.join(export)}"]


def is_chosen(checkpoint: Path) -> bool:
    """Tell whether validation chose a checkpoint among those of its run."""
    return checkpoint.name != _LAST


def _fits(checkpoint: Path, folder: str, students: frozenset[Path] = frozenset()) -> list[str]:
    """Return the commands that train a network and its teachers, into such folders."""
    students |= {_home(checkpoint)}
    places: dict[Path, str] = {}
    fits: list[str] = []
    for teacher in map(Path, _teachers(checkpoint)):
        home = _home(teacher)
        # A training that went on may have been taught by itself.
        if home not in students | places.keys() and _trainings(teacher):
            places[home] = f"{folder}-teacher{len(places) + 1}"
            fits += _fits(teacher, places[home], students)
    teachers = {
        name: f"{places[_home(Path(name))]}/checkpoints/{Path(name).name}"
        for name in _teachers(checkpoint)
        if _home(Path(name)) in places
    }
    options = [f"--trainer.default_root_dir {folder}", *_options(checkpoint, teachers)]
    return [*fits, f"{_PROGRAM} fit --data.root DIR {' '.join(options)}"]


def _teachers(checkpoint: Path) -> list[str]:
    recorded: list[str] = dict(_changed(checkpoint)).get("model.teachers", [])
    return recorded


def _home(checkpoint: Path) -> Path:
    return checkpoint.resolve().parent.parent


def _options(checkpoint: Path, paths: Mapping[str, str]) -> list[str]:
    changed = _changed(checkpoint)
    return [f"--{name} {shlex.quote(_text(value, paths))}" for name, value in changed]


def _changed(checkpoint: Path) -> Iterator[tuple[str, Any]]:
    """Find the recorded options that differ from the defaults."""
    trainings = _trainings(checkpoint)
    if not trainings:
        return
    # A model option that is younger than the record was at the class's own default.
    younger = _flat({"model": defaults_of(LesionClassifier)})
    recorded = dict(younger) | dict(_flat(trainings[-1]))
    for name, default in _flat(_defaults()):
        if name in recorded and not _is_same(recorded[name], default):
            yield name, recorded[name]


def _trainings(checkpoint: Path) -> list[dict[str, Any]]:
    """Read the configurations of the trainings that led to a checkpoint, in order."""
    logs = checkpoint.parent.parent / "logs"
    named = [
        file for file in logs.glob("version_*/config.yaml") if _VERSION.fullmatch(file.parent.name)
    ]
    files = sorted(named, key=_start)
    records = [_read(file) for file in files]
    return [record for record in records if record and not _NOT_TRAINING & record.keys()]


def _start(file: Path) -> int:
    return int(file.parent.name.removeprefix("version_"))


def _read(file: Path) -> dict[str, Any]:
    """Read a record; one that a full disk or the end of its process left in pieces is empty."""
    try:
        record = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError):
        return {}
    return record if isinstance(record, dict) else {}


def _defaults() -> dict[str, Any]:
    configured = yaml.safe_load(_DEFAULT_CONFIG.read_text(encoding="utf-8"))
    model = defaults_of(LesionClassifier) | configured["model"]
    trainer = defaults_of(pl.Trainer) | configured["trainer"]
    trainer["precision"] = None  # always told: the default depends on the machine
    data = defaults_of(HAM10000DataModule) | configured["data"]
    data["augmentation"] = asdict(Augmentation())
    return {
        "seed_everything": configured["seed_everything"],
        "trainer": {name: trainer[name] for name in _TRAINER},
        "model": {name: value for name, value in model.items() if name not in _LOCAL},
        "data": {name: value for name, value in data.items() if name not in _LOCAL},
        **{name: configured[name] for name in _CHOICE},
    }


def _is_same(recorded: object, default: object) -> bool:
    """Compare values; a record also tells of options that the default leaves unsaid."""
    if isinstance(recorded, dict) and isinstance(default, dict):
        return all(
            name in recorded and _is_same(recorded[name], value) for name, value in default.items()
        )
    if isinstance(recorded, list) and isinstance(default, list):
        return len(recorded) == len(default) and all(map(_is_same, recorded, default))
    return recorded == default


def _flat(options: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            # YAML knows no tuples.
            yield prefix + name, list(value) if isinstance(value, tuple) else value


def _text(value: object, paths: Mapping[str, str]) -> str:
    """Write a value as the command line takes it; of a path, its new place or only its name."""
    if isinstance(value, list):
        return json.dumps([_text(part, paths) if isinstance(part, str) else part for part in value])
    if isinstance(value, str):
        return paths.get(value, Path(value).name)
    return json.dumps(value)
