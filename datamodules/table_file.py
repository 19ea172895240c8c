"""Reads tables of text, with errors that name the file and the line."""

import csv
import itertools
from pathlib import Path

import pandas as pd

from datamodules.errors import DatasetError


def read_table_file(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table with a header line and one line a row, separated by commas, tabs or semicolons.

    Args:
        path: UTF-8 text, with or without a byte-order mark. Lines before the header that begin
            with ``#`` are comments.
        columns: Columns that it must have; it may have more.

    Returns:
        All values as stripped text; an empty cell is ``""``. The index is the line number in the
        file, for messages.

    Raises:
        DatasetError: If the file can not be read, is empty, is no table of text, lacks a column or
            has one twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path} is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8."
        ) from error
    except OSError as error:
        raise DatasetError(f"{path} can not be read: {error.strerror}.") from error
    lines = text.splitlines()
    comments = sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#"), lines))
    lines = lines[comments:]
    if not lines:
        raise DatasetError(f"{path} is empty; get the file again.")
    separator = max(",\t;", key=lines[0].count)
    header, *rows = [
        _cells(path, number, line, separator) for number, line in enumerate(lines, comments + 1)
    ]
    numbered = {line: row for line, row in enumerate(rows, comments + 2) if any(row)}
    return _as_frame(path, header, numbered, columns)


def _cells(path: Path, number: int, line: str, separator: str) -> list[str]:
    # Each line by itself: an open quotation mark would swallow the rows that follow.
    try:
        (cells,) = csv.reader([line], delimiter=separator, strict=True)
    except csv.Error as error:
        raise DatasetError(
            f"{path}, line {number} can not be read as a row ({error}); close its quotation marks, "
            "or get the file again."
        ) from error
    return [cell.strip() for cell in cells]


def _as_frame(
    path: Path, header: list[str], rows: dict[int, list[str]], columns: tuple[str, ...]
) -> pd.DataFrame:
    absent = [column for column in columns if column not in header]
    if absent:
        raise DatasetError(f"{path} lacks the column(s) {', '.join(absent)}.")
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        raise DatasetError(
            f"{path} has more than one column {twice[0]!r}; leave one, or give each its own name."
        )
    for line, row in rows.items():
        if len(row) != len(header):
            raise DatasetError(f"{path}, line {line}: {len(row)} values for {len(header)} columns.")
    if not rows:
        raise DatasetError(f"{path} holds a header line but no rows; get the file again.")
    return pd.DataFrame.from_dict(rows, orient="index", columns=header)
