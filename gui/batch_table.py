"""What the batch table shows of each image, its order and its filter, and the CSV file."""

import csv
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from gui.batch import Row
from gui.presentation import doubt, percent, reservations
from handlers.schema import PredictResponse

#: From the most urgent to the least; failures come first, since they need a person.
_URGENCY: Final = {"High": 1, "Moderate": 2, "Low": 3}
#: What makes a spreadsheet take a cell for a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
#: What would begin another cell or row.
_SPACES: Final = str.maketrans(dict.fromkeys("\t\r\n", " "))
_NOTICE: Final = "Research and education only; not a diagnosis."


_Key = tuple[object, ...]


class Show(Enum):
    """Which rows of the table are shown."""

    ALL = "All images"
    HIGH = "High risk"
    MODERATE = "Moderate risk"
    LOW = "Low risk"
    DOUBTFUL = "With reservations"
    FAILED = "Failed"

    def accepts(self, row: Row) -> bool:
        """Whether a row is shown."""
        if self is Show.ALL:
            return True
        if self is Show.FAILED:
            return row.problem is not None
        if row.answer is None:
            return False
        if self is Show.DOUBTFUL:
            return bool(reservations(row.answer))
        return bool(self.value == f"{row.answer.prediction.risk.level} risk")


class Column(Enum):
    """The columns of the table with their headings."""

    FILE = "File"
    RISK = "Risk"
    MALIGNANT = "Malignant"
    CLASS = "Class"
    DIAGNOSIS = "Most probable diagnosis"
    NOTE = "Note"


#: A row never changes, and a table of thousands of them is sorted again and again.
_CELLS: Final[WeakKeyDictionary[Row, Mapping[Column, str]]] = WeakKeyDictionary()
_KEYS: Final[WeakKeyDictionary[Row, dict[Column, _Key]]] = WeakKeyDictionary()


def cells(row: Row) -> Mapping[Column, str]:
    """Return the texts of a row."""
    texts = _CELLS.get(row)
    if texts is None:
        texts = _CELLS[row] = _texts(row)
    return texts


def _texts(row: Row) -> dict[Column, str]:
    texts = dict.fromkeys(Column, "")
    texts[Column.FILE] = row.path.name
    if row.problem is not None:
        texts[Column.RISK] = "Failed"
        texts[Column.NOTE] = f"{row.problem.title}. {row.problem.message}"
    elif row.answer is not None:
        prediction = row.answer.prediction
        top = prediction.diagnoses[0]
        texts[Column.RISK] = f"{prediction.risk.level}{doubt(row.answer)}"
        texts[Column.MALIGNANT] = percent(malignancy(row.answer))
        texts[Column.CLASS] = prediction.predicted_class
        texts[Column.DIAGNOSIS] = f"{top.name} ({percent(top.probability)})"
        texts[Column.NOTE] = " ".join(reservations(row.answer))
    return texts


def malignancy(answer: PredictResponse) -> float:
    """Return the probability of malignancy, in ``[0, 1]``."""
    prediction = answer.prediction
    return prediction.all_probabilities[prediction.classes.index("Malignant")]


def arrange(rows: Sequence[Row], show: Show, column: Column, descending: bool) -> list[int]:
    """Return the positions of the rows to show, in the order in which to show them.

    Rows without a value in the column come last in either direction.
    """
    accepted = [index for index, row in enumerate(rows) if show.accepts(row)]
    known = [index for index in accepted if _has_value(rows[index], column)]
    unknown = [index for index in accepted if not _has_value(rows[index], column)]
    return [
        *sorted(known, key=lambda index: _key(rows[index], column), reverse=descending),
        *unknown,
    ]


def to_csv(rows: Sequence[Row], chosen: Sequence[Path]) -> bytes:
    """Write all rows as CSV: UTF-8 with a mark, so that spreadsheets read it rightly.

    Args:
        rows: The rows.
        chosen: The files and folders that they came from. Folders above these are left out, since
            they may be named after a patient.
    """
    codes = next(
        (sorted(one.code for one in row.answer.prediction.diagnoses) for row in rows if row.answer),
        [],
    )
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_CSV_COLUMNS, *(f"p_{code}" for code in codes), "error", "notice"])
    for row in rows:
        error = f"{row.problem.title}. {row.problem.message}" if row.problem else ""
        values = _csv_values(row, row.answer, codes) if row.answer else _blanks(codes)
        writer.writerow(map(_harmless, [_name(row.path, chosen), *values, error, _NOTICE]))
    # Linux takes any bytes for a file's name, and not all of them are text.
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _name(path: Path, chosen: Sequence[Path]) -> str:
    """Name a file as seen from the chosen folder, or without any folder if it was chosen itself."""
    folder = next((one for one in chosen if one in path.parents), path.parent)
    return path.relative_to(folder).as_posix()


def as_line(row: Row) -> str:
    """Return the texts of a row with tabs between them, as spreadsheets paste them."""
    texts = [str(_harmless(text)) for text in cells(row).values()]
    return "\t".join(text.translate(_SPACES) for text in texts)


def _harmless(value: object) -> object:
    """Keep a spreadsheet from taking a text, of a file's name or of a server, for a formula."""
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"./{value}" if is_formula else value


_CSV_COLUMNS: Final = (
    "file",
    "risk",
    "above_referral_threshold",
    "recommendation",
    "p_malignant",
    "predicted_class",
    "confidence",
    "in_distribution",
    "reservations",
    "model",
    "model_version",
    "model_sha256",
    "analysed_at",
    "sha256",
)


def _csv_values(row: Row, answer: PredictResponse, codes: Sequence[str]) -> list[object]:
    prediction = answer.prediction
    by_code = {one.code: one.probability for one in prediction.diagnoses}
    return [
        prediction.risk.level,
        prediction.risk.refer,
        prediction.risk.recommendation,
        malignancy(answer),
        prediction.predicted_class,
        prediction.confidence,
        prediction.input.in_distribution,
        " ".join(reservations(answer)),
        prediction.model.name,
        prediction.model.version,
        prediction.model.sha256,
        row.analysed_at.isoformat(timespec="seconds") if row.analysed_at else "",
        row.sha256,
        *(by_code.get(code, "") for code in codes),
    ]


def _blanks(codes: Sequence[str]) -> list[object]:
    return [""] * (len(_CSV_COLUMNS) - 1 + len(codes))


def _has_value(row: Row, column: Column) -> bool:
    return bool(cells(row)[column])


def _key(row: Row, column: Column) -> _Key:
    keys = _KEYS.setdefault(row, {})
    if column not in keys:
        keys[column] = _make_key(row, column)
    return keys[column]


def _make_key(row: Row, column: Column) -> _Key:
    if column is Column.RISK:
        return _urgency(row)
    if column is Column.MALIGNANT and row.answer is not None:
        return (malignancy(row.answer),)
    return _natural(cells(row)[column])


def _natural(text: str) -> _Key:
    """Sort 'lesion 2' before 'lesion 10'."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _urgency(row: Row) -> tuple[int, float]:
    if row.answer is None:
        return 0, 0.0
    return _URGENCY[row.answer.prediction.risk.level], -malignancy(row.answer)
