"""Times the steps of a training."""

import itertools
import json
import statistics
import time
from pathlib import Path

import pytorch_lightning as pl


class StepTimer(pl.Callback):
    """Measures the time from the end of one training step to the end of the next.

    Attributes:
        seconds_per_step: Mean over all steps after the warm-up; known when training ends.
    """

    def __init__(self, warm_up: int, report: Path | None = None) -> None:
        """Leave out the first steps, and write the result as JSON if a path is given."""
        self._warm_up = warm_up
        self._report = report
        self._ends: list[float] = []
        self.seconds_per_step = float("nan")

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, *args: object
    ) -> None:
        """Note the time."""
        self._ends.append(time.perf_counter())

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take the mean."""
        ends = self._ends[self._warm_up :]
        self.seconds_per_step = statistics.mean(b - a for a, b in itertools.pairwise(ends))
        if self._report:
            self._report.write_text(json.dumps({"seconds_per_step": self.seconds_per_step}))
