"""The command line: ``python -m lightning_module fit|validate|test|predict|export``."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from datamodules.ham10000 import HAM10000DataModule
from datamodules.metadata import DatasetError
from datamodules.splits import SplitError
from handlers.model_spec import ArtefactError
from lightning_module.classifier import LesionClassifier
from lightning_module.network import WeightsError
from lightning_module.precision import default_precision
from lightning_module.predictions import PredictionWriter
from lightning_module.trainer import Trainer

DEFAULT_CONFIG = Path(__file__).parent / "configs" / "default.yaml"
_CHECKPOINTS = "checkpoints"


class RunError(RuntimeError):
    """A run that can not start as asked."""


class ScreeningCLI(LightningCLI):
    """LightningCLI with one folder per run and an ``export`` command.

    ``--trainer.default_root_dir`` names the folder: checkpoints go to ``checkpoints/``, and each
    start, resumed or not, logs to a ``logs/version_N/`` of its own.
    """

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        """Add ``export`` to Lightning's own."""
        return {**LightningCLI.subcommands(), "export": {"model", "datamodule"}}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Give the callbacks that every run has their own options."""
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        parser.add_lightning_class_args(EarlyStopping, "early_stopping")
        parser.add_lightning_class_args(LearningRateMonitor, "learning_rate_monitor")
        parser.link_arguments(
            "trainer.default_root_dir",
            "checkpoint.dirpath",
            compute_fn=lambda root: str(Path(root or ".") / _CHECKPOINTS),
        )

    def instantiate_trainer(self, **kwargs: object) -> pl.Trainer:
        """Log to the run's folder, as CSV and for TensorBoard."""
        config = self._get(self.config_init, "trainer")
        root = str(config["default_root_dir"])
        if config["logger"] is None and self.subcommand != "export":
            csv = CSVLogger(root, name="logs")
            kwargs["logger"] = [csv, TensorBoardLogger(root, name="logs", version=csv.version)]
        trainer = super().instantiate_trainer(**kwargs)
        if self.subcommand == "predict":
            trainer.callbacks.append(PredictionWriter(Path(root) / "predictions.csv"))  # type: ignore[attr-defined]
        return trainer

    def before_fit(self) -> None:
        """Refuse to mix two trainings in one folder.

        Raises:
            RunError: If the run's folder already holds checkpoints and none is to be resumed.
        """
        config = self.config[self.subcommand]
        folder = Path(config.trainer.default_root_dir) / _CHECKPOINTS
        if config.ckpt_path is None and any(folder.glob("*.ckpt")):
            raise RunError(
                f"{folder} already holds a training. Go on with it by '--ckpt_path last', or name "
                "another folder with '--trainer.default_root_dir'."
            )


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line.

    Args:
        args: Arguments without the program's name; those of the process when ``None``.

    Raises:
        SystemExit: With status 1 and one line on standard error when something the user can mend
            is wrong; with status 2 for wrong arguments.
    """
    parser_kwargs = {
        command: {"default_config_files": [str(DEFAULT_CONFIG)]}
        for command in ScreeningCLI.subcommands()
    }
    try:
        ScreeningCLI(
            LesionClassifier,
            HAM10000DataModule,
            trainer_class=Trainer,
            trainer_defaults={"precision": default_precision()},
            save_config_kwargs={"overwrite": True},
            parser_kwargs=parser_kwargs,
            load_from_checkpoint_support=False,
            auto_configure_optimizers=False,
            args=list(args) if args is not None else None,
        )
    except (ArtefactError, DatasetError, RunError, SplitError, WeightsError) as error:
        # An error from a data-loading process carries that process's traceback before it.
        sys.exit(f"error: {str(error).strip().splitlines()[-1]}")
