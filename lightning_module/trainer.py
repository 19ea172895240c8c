"""Lightning's Trainer with one more command."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.strategies import DDPStrategy, StrategyRegistry
from pytorch_lightning.utilities.types import EVAL_DATALOADERS

from datamodules.ham10000 import HAM10000DataModule
from lightning_module.classifier import LesionClassifier
from lightning_module.export import export

# What several processes use unless told otherwise. While only the head learns, the backbone has
# no gradients, which DDP takes for an error by default.
StrategyRegistry.register("ddp", DDPStrategy, override=True, find_unused_parameters=True)


class Trainer(pl.Trainer):
    """Adds ``export``, so that the command line offers it beside ``fit`` and ``test``."""

    def predict(
        self,
        model: pl.LightningModule | None = None,
        dataloaders: EVAL_DATALOADERS | pl.LightningDataModule | None = None,
        datamodule: pl.LightningDataModule | None = None,
        return_predictions: bool | None = False,
        ckpt_path: str | Path | None = None,
        weights_only: bool | None = None,
    ) -> list[Any] | list[list[Any]] | None:
        """Predict as Lightning does, but hold no predictions in memory unless told to."""
        return super().predict(
            model, dataloaders, datamodule, return_predictions, ckpt_path, weights_only
        )

    def export(
        self,
        model: LesionClassifier,
        datamodule: HAM10000DataModule,
        ckpt_path: str,
        output: Path = Path("model_store"),
        version: str = "1.0",
    ) -> None:
        """Export a trained checkpoint to the artefact that the server loads.

        Calibrates on the validation split, fixes the operating points there, fits the
        in-distribution score on the training split, and measures validation and test.

        Args:
            model: Only its class matters; the weights come from the checkpoint.
            datamodule: The data the checkpoint was trained on.
            ckpt_path: The checkpoint.
            output: Folder that gets the network and ``model_spec.json``.
            version: The network's own version, written into ``model_spec.json``.
        """
        export(datamodule, Path(ckpt_path), output, version)
