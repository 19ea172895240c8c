"""Order, filter and CSV of the batch."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from answers import make_answer

from gui import batch_table
from gui.batch import Row
from gui.batch_table import Column, Show, arrange, as_line, cells, to_csv
from gui.problem import Problem

_CHOSEN = [Path("/images")]
_TIME = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROWS = (
    Row(Path("/images/lesion 10.jpg"), make_answer(0.03, "Low"), analysed_at=_TIME),
    Row(
        Path("/images/lesion 2.jpg"), make_answer(0.91, "High"), analysed_at=_TIME, sha256="c0ffee"
    ),
    Row(Path("/images/broken.jpg"), problem=Problem("Damaged", "Open another copy.")),
    Row(Path("/images/cat.jpg"), make_answer(0.3, "Moderate", False), analysed_at=_TIME),
    Row(Path("/images/open.jpg")),
)


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.ALL, [0, 1, 2, 3, 4]),
        (Show.HIGH, [1]),
        (Show.MODERATE, [3]),
        (Show.LOW, [0]),
        (Show.DOUBTFUL, [3]),
        (Show.FAILED, [2]),
    ],
)
def test_filters(show: Show, expected: list[int]) -> None:
    assert sorted(arrange(ROWS, show, Column.FILE, descending=False)) == expected


def test_names_are_sorted_as_people_count() -> None:
    assert arrange(ROWS, Show.ALL, Column.FILE, descending=False) == [2, 3, 1, 0, 4]


def test_risk_is_sorted_by_urgency_with_open_rows_last() -> None:
    assert arrange(ROWS, Show.ALL, Column.RISK, descending=False) == [2, 1, 3, 0, 4]
    assert arrange(ROWS, Show.ALL, Column.RISK, descending=True) == [0, 3, 1, 2, 4]


def test_probabilities_are_sorted_as_numbers() -> None:
    assert arrange(ROWS, Show.ALL, Column.MALIGNANT, descending=True)[:3] == [1, 3, 0]


@pytest.mark.parametrize("column", Column)
def test_every_column_can_be_sorted_by(column: Column) -> None:
    for descending in (False, True):
        assert sorted(arrange(ROWS, Show.ALL, column, descending)) == [0, 1, 2, 3, 4]


def test_sorting_again_costs_no_second_reading_of_the_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [Row(Path(f"lesion {number}.jpg"), make_answer()) for number in range(50)]
    work: list[str] = []

    def count(original: Callable[..., object]) -> Callable[..., object]:
        return lambda *args: (work.append(original.__name__), original(*args))[1]

    monkeypatch.setattr(batch_table, "_texts", count(batch_table._texts))
    monkeypatch.setattr(batch_table, "_natural", count(batch_table._natural))
    for _ in range(20):
        arrange(rows, Show.ALL, Column.FILE, descending=False)

    assert work.count("_texts") == 50
    assert work.count("_natural") == 50


def test_cells_say_what_went_wrong() -> None:
    assert cells(ROWS[2])[Column.RISK] == "Failed"
    assert "Open another copy." in cells(ROWS[2])[Column.NOTE]
    assert cells(ROWS[3])[Column.RISK] == "Moderate (not reliable)"
    assert "does not resemble" in cells(ROWS[3])[Column.NOTE]


def test_csv_has_every_row_with_its_error() -> None:
    text = to_csv(ROWS, _CHOSEN).decode("utf-8-sig")
    table = list(csv.DictReader(StringIO(text)))

    assert [row["file"] for row in table] == [row.path.name for row in ROWS]
    assert table[1]["risk"] == "High"
    assert table[1]["above_referral_threshold"] == "True"
    assert table[1]["recommendation"] == "What to do when it is High."
    assert "refer" not in table[0], "a 'False' there would read as if no doctor were needed"
    assert float(table[1]["p_malignant"]) == pytest.approx(0.91)
    assert float(table[1]["p_mel"]) == pytest.approx(0.637)
    assert table[1]["analysed_at"] == "2026-11-24T12:00:00+00:00"
    assert table[1]["sha256"] == "c0ffee"
    assert table[2]["error"] == "Damaged. Open another copy."
    assert table[2]["risk"] == ""
    assert all("not a diagnosis" in row["notice"] for row in table)
    assert all(None not in row and None not in row.values() for row in table), "no ragged rows"


def test_csv_without_any_answer() -> None:
    table = list(csv.DictReader(StringIO(to_csv(ROWS[2:3], _CHOSEN).decode("utf-8-sig"))))

    assert table[0]["error"] == "Damaged. Open another copy."


def test_csv_names_files_as_seen_from_the_chosen_folder() -> None:
    folder = Path("/patients/Jane Doe")
    paths = [folder / "arm" / "1.jpg", folder / "leg" / "1.jpg", folder / "2.jpg"]

    assert names_in_csv(paths, [folder]) == ["arm/1.jpg", "leg/1.jpg", "2.jpg"]
    assert names_in_csv(paths[:2], paths[:2]) == ["1.jpg", "1.jpg"]
    assert names_in_csv(paths, [folder / "arm", *paths[1:]]) == ["1.jpg", "1.jpg", "2.jpg"]


def names_in_csv(paths: list[Path], chosen: list[Path]) -> list[str]:
    text = to_csv([Row(path) for path in paths], chosen).decode("utf-8-sig")
    assert "Jane Doe" not in text
    return [row["file"] for row in csv.DictReader(StringIO(text))]


def test_csv_takes_names_that_are_no_text() -> None:
    assert names_in_csv([Path("/images/l\udce9sion.jpg")], _CHOSEN) == ["l?sion.jpg"]


def test_no_cell_of_the_csv_begins_like_a_formula() -> None:
    prediction = make_answer().prediction
    recommendation = prediction.risk.model_copy(update={"recommendation": "=HYPERLINK()"})
    hostile = make_answer().model_copy(
        update={"prediction": prediction.model_copy(update={"risk": recommendation})}
    )
    rows = [
        Row(Path("=1+1.jpg"), problem=Problem("Damaged", "x")),
        Row(Path("b.jpg"), problem=Problem("-1", "x")),
        Row(Path("c.jpg"), hostile),
    ]

    text = to_csv(rows, [row.path for row in rows]).decode("utf-8-sig")
    table = list(csv.reader(StringIO(text)))
    assert "=HYPERLINK()" in text

    assert not any(cell.startswith(("=", "+", "-", "@")) for line in table for cell in line)


def test_a_copied_line_is_no_formula_and_has_its_columns() -> None:
    row = Row(Path("/images/=1+1\t2\n.jpg"), make_answer(0.03, "Low"), analysed_at=_TIME)
    line = as_line(row)
    assert "\n" not in line
    texts = dict(zip(Column, line.split("\t"), strict=True))
    assert texts[Column.FILE] == "./=1+1 2 .jpg"
    assert texts[Column.RISK] == "Low"
