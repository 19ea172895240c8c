"""The options that a checkpoint was trained with, named as on the command line."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytorch_lightning as pl
import torch

from datamodules.errors import first_line
from datamodules.ham10000 import HAM10000DataModule
from lightning_module.classifier import LesionClassifier

#: Of the trainer's many options, those of the length and the steps of a training.
TRAINER_OPTIONS: Final = (
    "max_epochs",
    "max_steps",
    "check_val_every_n_epoch",
    "accumulate_grad_batches",
    "gradient_clip_val",
    "gradient_clip_algorithm",
    "limit_train_batches",
)
_TRAINING: Final = ("seed_everything", *(f"trainer.{name}" for name in TRAINER_OPTIONS))
_KEY: Final = "training_options"


class CheckpointError(RuntimeError):
    """A file that is no checkpoint of a training."""


class OptionRecord(pl.Callback):
    """Writes the trainer's options into each checkpoint; model and data write down their own."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take them from a parsed configuration of ``fit``."""
        self._options = {name: config[name] for name in _TRAINING}

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add them to a checkpoint."""
        checkpoint[_KEY] = self._options


def recorded_options(path: Path) -> dict[str, Any]:
    """Read the options that a checkpoint records: the model's, the trainer's, and of the data.

    Args:
        path: An existing file.

    Returns:
        Values of options such as ``model.dropout`` and ``data.batch_size``. A model option that is
        younger than the checkpoint has the class's own default, at which it does nothing.
        Checkpoints up to network 0.3.0 record none of the data's and the trainer's.

    Raises:
        CheckpointError: If it is damaged, or no checkpoint of a training by this program.
    """
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damage shows as any of torch's, pickle's or zip's errors
        raise CheckpointError(
            f"{path} can not be loaded as a checkpoint: {first_line(error)}"
        ) from error
    parts = {"hyper_parameters", HAM10000DataModule.__qualname__}
    if not isinstance(checkpoint, dict) or not parts <= checkpoint.keys():
        raise CheckpointError(
            f"{path} can not be loaded as a checkpoint: it is not from a training by this program. "
            "Name one of a run's 'checkpoints' folder; ImageNet weights belong to --model.weights."
        )
    data = checkpoint[HAM10000DataModule.__qualname__].get("options", {})
    model = defaults_of(LesionClassifier) | checkpoint["hyper_parameters"]
    return {
        **{f"model.{name}": value for name, value in model.items()},
        **{f"data.{name}": value for name, value in data.items()},
        **checkpoint.get(_KEY, {}),
    }


def defaults_of(kind: type) -> dict[str, Any]:
    """Return the defaults of a class's parameters by their names."""
    parameters = inspect.signature(kind).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters}
