"""A table of predictions that several processes write, and that survives being interrupted.

The rows are cut into parts of equal size. A finished part is a file that appears at once or not
at all, so what is missing is what is left to do. When no part is missing, the parts are joined
into one CSV and one Parquet file, which do not depend on who wrote which part and when.
"""

import json
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from datamodules.listing import open_listing

#: Batches of a part: what a killed process loses, and how many rows it holds in memory.
PART_BATCHES: Final = 32


class PredictionJobError(RuntimeError):
    """A folder that holds an unfinished job other than the one asked for."""


class PredictionJob:
    """The parts of one table, below one folder that all processes see."""

    def __init__(self, folder: Path, batch_size: int) -> None:
        """Look at a folder; nothing is read or written yet.

        Args:
            folder: Holds the unfinished job; gone when it is finished.
            batch_size: Rows that are scored at once. Part of the job, because the last digits of
                a probability depend on it.
        """
        self.folder = folder
        self.batch_size = batch_size
        self.part_rows = batch_size * PART_BATCHES
        self._is_ours = False

    def prepare(self, identity: dict[str, str], write_listing: Callable[[Path], None]) -> None:
        """Go on with the folder's job if there is one, else start one; for one process only.

        Args:
            identity: What must be equal for a job to be gone on with.
            write_listing: Writes the listing to a file.

        Raises:
            PredictionJobError: If the folder holds another job.
        """
        identity = {**identity, "batch_size": str(self.batch_size)}
        description = self.folder / "job.json"
        if not description.is_file():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            write_listing(self._listing_file)
            # Last and at once: without it, the next start begins anew.
            self._temporary(description).write_text(json.dumps(identity, indent=2))
            self._temporary(description).replace(description)
            self._is_ours = True
            return
        found = json.loads(description.read_text())
        differing = [name for name in identity if found.get(name) != identity[name]]
        if differing:
            raise PredictionJobError(
                f"{self.folder} holds an unfinished prediction with another "
                f"{' and '.join(differing).replace('_', ' ')}. Finish that one, delete the folder, "
                "or name another one with --trainer.default_root_dir."
            )

    def drop_unstarted(self) -> None:
        """Remove what this process has begun, unless a part of it is finished."""
        if self._is_ours and not any(self.folder.glob("part-*.parquet")):
            shutil.rmtree(self.folder)

    @cached_property
    def listing(self) -> pa.Table:
        """What is to be scored, one row per row of the result, mapped into memory."""
        return open_listing(self._listing_file)

    def parts(self) -> range:
        """Number all parts."""
        return range(-(-len(self.listing) // self.part_rows))

    def missing(self) -> list[int]:
        """List the parts that are still to be scored."""
        return [part for part in self.parts() if not self._part_file(part).is_file()]

    def batch_starts(self, parts: list[int]) -> NDArray[np.int64]:
        """Return the first row of each batch of some parts, in order."""
        first = np.asarray(parts, dtype=np.int64)[:, None] * self.part_rows
        starts = first + np.arange(0, self.part_rows, self.batch_size)
        return starts[starts < len(self.listing)]

    def ends_part(self, row: int) -> bool:
        """Tell whether a part ends before this row."""
        return row % self.part_rows == 0 or row == len(self.listing)

    def write_part(self, table: pa.Table, end: int) -> None:
        """Write the part that ends before row ``end``."""
        path = self._part_file((end - 1) // self.part_rows)
        pa.parquet.write_table(table, self._temporary(path))
        self._temporary(path).replace(path)

    def join(self, csv: Path, parquet: Path) -> None:
        """Join all parts, one at a time, and remove the job's folder; for one process only."""
        new_csv, new_parquet = self.folder / "joined.csv", self.folder / "joined.parquet"
        schema = pa.parquet.read_schema(self._part_file(0))
        with (
            pa.csv.CSVWriter(new_csv, schema) as csv_writer,
            pa.parquet.ParquetWriter(new_parquet, schema) as parquet_writer,
        ):
            for part in self.parts():
                table = pa.parquet.read_table(self._part_file(part))
                csv_writer.write_table(table)
                parquet_writer.write_table(table)
        new_csv.replace(csv)
        new_parquet.replace(parquet)
        (self.folder / "job.json").unlink()
        shutil.rmtree(self.folder)

    @property
    def _listing_file(self) -> Path:
        return self.folder / "files.arrow"

    def _part_file(self, part: int) -> Path:
        return self.folder / f"part-{part:06d}.parquet"

    @staticmethod
    def _temporary(path: Path) -> Path:
        return path.with_name(f"{path.name}.partial")
