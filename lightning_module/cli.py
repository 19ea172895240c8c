"""The command line: ``python -m lightning_module fit|validate|test|predict|export``."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
import torch.distributed as dist
from jsonargparse import Namespace
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from pytorch_lightning.cli import ArgsType, LightningArgumentParser, LightningCLI
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from pytorch_lightning.utilities import rank_zero_info

from datamodules.errors import DatasetError
from datamodules.ham10000 import HAM10000DataModule
from datamodules.splits import SplitError
from handlers.model_spec import ArtefactError
from lightning_module.allocator import keep_freed_memory
from lightning_module.classifier import LesionClassifier
from lightning_module.network import WeightsError
from lightning_module.precision import default_precision
from lightning_module.prediction_job import PredictionJobError
from lightning_module.predictions import PredictionWriter
from lightning_module.recorded_options import CheckpointError, OptionRecord, recorded_options
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

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Keep the arguments, which are parsed again over what a checkpoint records."""
        super().parse_arguments(parser, args)
        self._args = cast(list[str] | None, args)

    def _parse_ckpt_path(self) -> None:
        """Take the options that are not given from the checkpoint, if there is one.

        Lightning takes the model's, also in place of what is given, and none for ``last``.

        Raises:
            CheckpointError: If it is no checkpoint of a training.
            RunError: If the command line asks for a model that is another.
        """
        subcommand = self.config.subcommand
        config = self.config[subcommand]
        last = Path(config.trainer.default_root_dir) / _CHECKPOINTS / "last.ckpt"
        # A first training may be told to go on with the last checkpoint, in case there is one.
        if config.ckpt_path == "last" and (last.is_file() or subcommand != "fit"):
            config.ckpt_path = str(last)
        if config.ckpt_path is not None and Path(config.ckpt_path).is_file():
            self._parse_over_checkpoint(config.ckpt_path)

    def _parse_over_checkpoint(self, ckpt_path: str) -> None:
        subcommand = self.config.subcommand
        recorded = {
            name: value
            for name, value in recorded_options(Path(ckpt_path)).items()
            # How images were seen in training is nothing to those who only use the network.
            if name.startswith("model.") or subcommand == "fit"
        }
        values = {f"{subcommand}.{name}": value for name, value in recorded.items()}
        base = Namespace(values)  # type: ignore[no-untyped-call]
        self.config = self.parser.parse_args(self._args, base)
        self.config[subcommand].ckpt_path = ckpt_path
        self._compare(recorded)

    def _compare(self, recorded: Mapping[str, Any]) -> None:
        """Tell of options that change from here on, and refuse a model that is another."""
        config = self.config[self.config.subcommand]
        for name, before in recorded.items():
            now = config[name]
            if name == "model.weights":
                # Where a new training starts; a configuration may name it.
                config[name] = before
            elif name == "model.teachers" and len(now) == len(before):
                continue  # they may have moved
            elif now != before and name.startswith("model."):
                raise RunError(
                    f"--{name} is {before} in {config.ckpt_path}, and can not become {now} there. "
                    "Leave the option out, or start a new training."
                )
            elif now != before:
                # Longer trainings may well end with other views, but never by mistake.
                rank_zero_info(
                    f"--{name} is {now} from here on, and was {before} until {config.ckpt_path}; "
                    "a model card will tell of the last value only."
                )

    def instantiate_trainer(self, **kwargs: object) -> pl.Trainer:
        """Log to the run's folder, as CSV and for TensorBoard.

        Raises:
            RunError: If the precision is none that the network can be trained in, or Lightning
                does not take the trainer's options.
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
        try:
            return super().instantiate_trainer(**kwargs)
        except (MisconfigurationException, TypeError, ValueError) as error:
            raise RunError(
                f"The --trainer options do not fit each other or this machine: {_joined(error)} "
                "Leave out what is not needed; Lightning then takes what there is."
            ) from error

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
        self._tell_of_unvalidated_epochs()
        folder = Path(config.trainer.default_root_dir) / _CHECKPOINTS
        if config.ckpt_path is None and any(folder.glob("*.ckpt")):
            raise RunError(
                f"{folder} already holds a training. Go on with it by '--ckpt_path last', or name "
                "another folder with '--trainer.default_root_dir'."
            )
        # There may be no last one yet, if a job was killed before it could write any.
        if config.ckpt_path not in (None, "last"):
            self._checkpoint()
        self.trainer.callbacks.append(OptionRecord(config))  # type: ignore[attr-defined]

    def _tell_of_unvalidated_epochs(self) -> None:
        """Tell when the last epochs, at the lowest learning rates, can not be chosen."""
        trainer = self.trainer
        epochs, every = trainer.max_epochs, trainer.check_val_every_n_epoch
        rest = epochs % every if epochs and every and epochs > 0 else 0
        if rest:
            rank_zero_info(
                f"The last {rest} of the {epochs} epochs will not be validated, so only last.ckpt "
                f"will have learned in them; make --trainer.max_epochs a multiple of {every}, or "
                "change --trainer.check_val_every_n_epoch."
            )

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
        CheckpointError,
        DatasetError,
        OSError,
        PredictionJobError,
        RunError,
        SplitError,
        WeightsError,
    ) as error:
        # An error from a data-loading process carries that process's traceback before it.
        sys.exit(f"error: {str(error).strip().splitlines()[-1]}")
    except MisconfigurationException as error:
        sys.exit(f"error: {_joined(error)}")
    if dist.is_available() and dist.is_initialized():
        # Or its threads outlive the interpreter, and may end the process with SIGABRT.
        dist.destroy_process_group()


def _joined(error: Exception) -> str:
    """Return what Lightning says, which may go over several lines, in one."""
    return " ".join(str(error).split())
