"""A callback for tests that need to see the weights of every process."""

from pathlib import Path

import pytorch_lightning as pl
import torch


class KeepWeights(pl.Callback):
    """Saves the parameters with which a process ends to the run's folder, by its rank."""

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        path = Path(trainer.default_root_dir) / f"weights-{trainer.global_rank}.pt"
        torch.save(dict(pl_module.named_parameters()), path)
