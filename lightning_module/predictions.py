"""Writes what ``predict`` computes to a table, as CSV and Parquet."""

import hashlib
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute
import pytorch_lightning as pl
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from datamodules.ham10000 import HAM10000DataModule
from datamodules.image_folder import ImageFileBatches
from datamodules.labels import CODES
from datamodules.listing import FILE
from handlers.schema import DISCLAIMER
from lightning_module.malignancy import malignancy
from lightning_module.prediction_job import PredictionJob

_NOTE: Final = f"Probabilities are uncalibrated. {DISCLAIMER}"


class PredictionWriter(pl.Callback):
    """Writes one row per file: what was read, seven probabilities, their malignant sum, errors.

    Rows are in the listing's order, whatever the number of processes. Interrupted, the same
    command goes on where it was.
    """

    def __init__(self, folder: Path, checkpoint: Path) -> None:
        """Write ``predictions.csv`` and ``predictions.parquet``.

        Args:
            folder: Folder to write to; all processes must see it.
            checkpoint: The network that predicts.
        """
        self.folder = folder
        self.checkpoint = checkpoint
        self._rows: list[pa.Table] = []

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Start a job or go on with it, and tell the data module what this process shall score.

        Raises:
            DatasetError: If there is nothing to score.
            PredictionJobError: If the folder holds an unfinished job of other data, another
                checkpoint or another batch size.
        """
        data = cast(HAM10000DataModule, trainer.datamodule)  # type: ignore[attr-defined]
        files = data.files_to_score()
        self.job = PredictionJob(self.folder / "predictions.partial", data.batch_size)
        if trainer.is_global_zero:
            identity = {
                "checkpoint": hashlib.sha256(self.checkpoint.read_bytes()).hexdigest(),
                "data": files.identity,
            }
            self.job.prepare(identity, files.write_listing)
        trainer.strategy.barrier("prediction job")
        self._say_progress()
        # All agree on what is missing: Lightning lets none start before all are set up.
        mine = self.job.missing()[trainer.global_rank :: trainer.world_size]
        starts = self.job.batch_starts(mine)
        data.score(ImageFileBatches(self.job.listing, files.root, starts, data.batch_size))

    def on_predict_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Tensor,
        batch: dict[str, Any],
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keep a batch's rows, and write them once they fill a part."""
        rows = self.job.listing.slice(batch["start"], len(outputs))
        self._rows.append(_table(rows, outputs, batch))
        end = batch["start"] + len(outputs)
        if self.job.ends_part(end):
            self.job.write_part(pa.concat_tables(self._rows), end)
            self._rows = []

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Leave nothing in the way of the right command if this one was refused."""
        # There is none yet if the data could not be had.
        if hasattr(self, "job"):
            self.job.drop_unstarted()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Join the parts once every process has written its own."""
        # Not on_predict_end: Lightning skips that in a process that had nothing left to do.
        trainer.strategy.barrier("predictions")
        if trainer.is_global_zero:
            self._join()

    def _join(self) -> None:
        missing = self.job.missing()
        if missing:
            print(
                f"{len(missing)} of {len(self.job.parts())} parts are still missing; "
                "the same command goes on with them."
            )
            return
        csv, parquet = (self.folder / f"predictions.{suffix}" for suffix in ("csv", "parquet"))
        count = len(self.job.listing)
        self.job.join(csv, parquet)
        print(f"Uncalibrated probabilities of {count} files: {csv} and {parquet}. {DISCLAIMER}")

    @rank_zero_only
    def _say_progress(self) -> None:
        done = len(self.job.parts()) - len(self.job.missing())
        if done:
            print(
                f"Going on with an interrupted prediction of {len(self.job.listing)} files: "
                f"{done} of {len(self.job.parts())} parts are done."
            )


def _table(listed: pa.Table, probabilities: Tensor, batch: dict[str, Any]) -> pa.Table:
    """Make the table of a batch; files that could not be read have no probabilities."""
    failed = pa.array([code is not None for code in batch["error_code"]])
    scores = {
        **{code: probabilities[:, index] for index, code in enumerate(CODES)},
        "malignancy": malignancy(probabilities),
    }
    columns = {
        "path": pa.array(_printable(file) for file in listed[FILE].to_pylist()),
        "width": pa.array(batch["width"], pa.int32()),
        "height": pa.array(batch["height"], pa.int32()),
        "format": pa.array(batch["format"], pa.string()),
        **{
            name: pa.compute.if_else(failed, None, pa.array(values.cpu().numpy()))
            for name, values in scores.items()
        },
        "error_code": pa.array(batch["error_code"], pa.string()),
        "error_message": pa.array(batch["error_message"], pa.string()),
        **{name: listed[name].combine_chunks() for name in listed.column_names if name != FILE},
    }
    return pa.table(columns, metadata={"note": _NOTE})


def _printable(file: bytes) -> str:
    """Decode a path, and show bytes that are no UTF-8 as escape sequences."""
    return file.decode("utf-8", "backslashreplace")
