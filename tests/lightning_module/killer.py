"""A callback for tests that need a run to die at a certain step."""

import os
import signal

import pytorch_lightning as pl


class KillAt(pl.Callback):
    """Kills the first process before it can clean up, as an out-of-memory killer would."""

    def __init__(self, step: int) -> None:
        """Kill when that many optimiser steps are done."""
        self.step = step

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        if trainer.global_step == self.step and trainer.is_global_zero:
            os.kill(os.getpid(), signal.SIGKILL)
