"""Writes down with each run which image was in which split."""

from pathlib import Path
from typing import cast

import pytorch_lightning as pl

from datamodules.ham10000 import HAM10000DataModule
from datamodules.manifest import FILE_NAME, write_manifest


class SplitManifest(pl.Callback):
    """Writes the split manifest to the folder of the run's logs.

    ``--data.manifest`` takes it back, to repeat the split exactly.
    """

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write it before the first training step."""
        _write(trainer)

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write it before the first test step."""
        _write(trainer)


def _write(trainer: pl.Trainer) -> None:
    folder = trainer.log_dir  # asks the other processes, so before the condition
    if folder is not None and trainer.is_global_zero:
        data = cast(HAM10000DataModule, trainer.datamodule)  # type: ignore[attr-defined]
        write_manifest(data.table, data.split_options.origin(), Path(folder) / FILE_NAME)
