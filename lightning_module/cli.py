"""The command line: ``python -m lightning_module fit|validate|test|predict|export``."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
import torch.distributed as dist
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from datamodules.errors import DatasetError, first_line
from datamodules.ham10000 import HAM10000DataModule
from datamodules.splits import SplitError
from handlers.model_spec import ArtefactError
from lightning_module.allocator import keep_freed_memory
from lightning_module.classifier import LesionClassifier
from lightning_module.network import WeightsError
from lightning_module.precision import default_precision
from lightning_module.prediction_job import PredictionJobError
from lightning_module.predictions import PredictionWriter
from lightning_module.split_manifest import SplitManifest
from lightning_module.trainer import Trainer

DEFAULT_CONFIG = Path(__file__).parent / "configs" / "default.yaml"
_CHECKPOINTS = "checkpoints"
#: Pixels are float32, and so must the weights be; mixed precision casts by itself.
_PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")


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
        # Not ModelCheckpoint's save_last: that one writes only when the best one changes.
        parser.add_lightning_class_args(ModelCheckpoint, "last_checkpoint")
        parser.add_lightning_class_args(EarlyStopping, "early_stopping")
        parser.add_lightning_class_args(LearningRateMonitor, "learning_rate_monitor")
        for checkpoint in ("checkpoint", "last_checkpoint"):
            parser.link_arguments(
                "trainer.default_root_dir",
                f"{checkpoint}.dirpath",
                compute_fn=lambda root: str(Path(root or ".") / _CHECKPOINTS),
            )

    def _parse_ckpt_path(self) -> None:
        """Take the model's options from the checkpoint, as Lightning does, but for ``last`` too.

        Raises:
            RunError: If the checkpoint can not be loaded, or the command line asks for a model that
                is another.
        """
        config = self.config[self.config.subcommand]
        asked = config.model.as_dict()
        last = Path(config.trainer.default_root_dir) / _CHECKPOINTS / "last.ckpt"
        # A first training may be told to go on with the last checkpoint, in case there is one.
        if config.ckpt_path == "last" and (last.is_file() or self.config.subcommand != "fit"):
            config.ckpt_path = str(last)
        try:
            super()._parse_ckpt_path()
        except Exception as error:  # damage shows as any of torch's, pickle's or zip's errors
            raise RunError(
                f"{config.ckpt_path} can not be loaded as a checkpoint: {first_line(error)}"
            ) from error
        self._refuse_what_the_checkpoint_overrides(asked)

    def _refuse_what_the_checkpoint_overrides(self, asked: dict[str, object]) -> None:
        subcommand = self.config.subcommand
        config = self.config[subcommand]
        usual = self._parser(subcommand).get_defaults().model.as_dict()
        kept = config.model.as_dict()
        # Where a new training starts means nothing to a checkpoint; a configuration may name it.
        del asked["weights"]
        for name, value in asked.items():
            if value not in (usual[name], kept[name]):
                raise RunError(
                    f"--model.{name} is {kept[name]} in {config.ckpt_path}, and can not become "
                    f"{value} there. Leave the option out, or start a new training."
                )

    def instantiate_trainer(self, **kwargs: object) -> pl.Trainer:
        """Log to the run's folder, as CSV and for TensorBoard.

        Raises:
            RunError: If the precision is none that the network can be trained in.
        """
        config = self._get(self.config_init, "trainer")
        if config["precision"] not in _PRECISIONS:
            raise RunError(
                f"The network does not run in --trainer.precision {config['precision']}; take one "
                f"of {', '.join(_PRECISIONS)}."
            )
        root = str(config["default_root_dir"])
        if config["logger"] is None and self.subcommand != "export":
            csv = CSVLogger(root, name="logs")
            kwargs["logger"] = [csv, TensorBoardLogger(root, name="logs", version=csv.version)]
        return super().instantiate_trainer(**kwargs)

    def before_fit(self) -> None:
        """Refuse to mix two trainings in one folder, and to train without end.

        Raises:
            RunError: If the run's folder already holds checkpoints and none is to be resumed, the
                one to be resumed does not exist, or the schedule would have no length.
        """
        config = self.config[self.subcommand]
        if config.trainer.max_epochs == -1 and config.trainer.max_steps == -1:
            raise RunError(
                "The learning rate's schedule needs an end; name one with --trainer.max_epochs or "
                "--trainer.max_steps."
            )
        folder = Path(config.trainer.default_root_dir) / _CHECKPOINTS
        if config.ckpt_path is None and any(folder.glob("*.ckpt")):
            raise RunError(
                f"{folder} already holds a training. Go on with it by '--ckpt_path last', or name "
                "another folder with '--trainer.default_root_dir'."
            )
        # There may be no last one yet, if a job was killed before it could write any.
        if config.ckpt_path not in (None, "last"):
            self._checkpoint()

    def before_validate(self) -> None:
        """Refuse to measure random weights."""
        self._checkpoint()

    def before_test(self) -> None:
        """Refuse to measure random weights."""
        self._checkpoint()

    def before_predict(self) -> None:
        """Refuse to predict with random weights, and write the predictions to the run's folder."""
        root = Path(self.config[self.subcommand].trainer.default_root_dir)
        self.trainer.callbacks.append(PredictionWriter(root, self._checkpoint()))  # type: ignore[attr-defined]

    def _checkpoint(self) -> Path:
        """Return the checkpoint that is asked for.

        Raises:
            RunError: If none is named, or there is none by that name.
        """
        config = self.config[self.subcommand]
        path = config.ckpt_path
        if path is None or not Path(path).is_file():
            raise RunError(
                f"{f'There is no checkpoint {path}' if path else 'No checkpoint is named'}. Name "
                "one with '--ckpt_path PATH'; 'last' is that of '--trainer.default_root_dir'."
            )
        return Path(path)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line.

    Args:
        args: Arguments without the program's name; those of the process when ``None``.

    Raises:
        SystemExit: With status 1 and one line on standard error when something the user can mend
            is wrong; with status 2 for wrong arguments.
    """
    keep_freed_memory()
    parser_kwargs = {
        command: {"default_config_files": [str(DEFAULT_CONFIG)]}
        for command in ScreeningCLI.subcommands()
    }
    try:
        ScreeningCLI(
            LesionClassifier,
            HAM10000DataModule,
            trainer_class=Trainer,
            # The data module deals the images out to processes, without repeating any.
            trainer_defaults={
                "precision": default_precision(),
                "use_distributed_sampler": False,
                "callbacks": [SplitManifest()],
            },
            save_config_kwargs={"overwrite": True},
            parser_kwargs=parser_kwargs,
            load_from_checkpoint_support=False,
            auto_configure_optimizers=False,
            args=list(args) if args is not None else None,
        )
    except (
        ArtefactError,
        DatasetError,
        OSError,
        PredictionJobError,
        RunError,
        SplitError,
        WeightsError,
    ) as error:
        # An error from a data-loading process carries that process's traceback before it.
        sys.exit(f"error: {str(error).strip().splitlines()[-1]}")
    if dist.is_available() and dist.is_initialized():
        # Or its threads outlive the interpreter, and may end the process with SIGABRT.
        dist.destroy_process_group()
