"""Writes what ``predict`` computes to a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import BasePredictionWriter
from torch.utils.data import DataLoader

from datamodules.ham10000 import LesionImages
from datamodules.labels import CODES
from lightning_module.metrics import malignancy


class PredictionWriter(BasePredictionWriter):
    """Writes one CSV row per image: its file, seven probabilities and their malignant sum."""

    def __init__(self, path: Path) -> None:
        """Write to ``path`` when all images are done."""
        super().__init__(write_interval="epoch")
        self.path = path

    def write_on_epoch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        predictions: Sequence[Any],
        batch_indices: Sequence[Any],
    ) -> None:
        """Write the table and say where it is."""
        probabilities = torch.cat(list(predictions))
        loader = cast(DataLoader[Any], trainer.predict_dataloaders)
        paths = cast(LesionImages, loader.dataset).paths
        table = pd.DataFrame(probabilities.numpy(), columns=list(CODES))
        table.insert(0, "path", paths)
        table["malignancy"] = malignancy(probabilities).numpy()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(self.path, index=False)
        print(f"Uncalibrated probabilities of {len(table)} images: {self.path}")
