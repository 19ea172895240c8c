"""PDF and plain text of results."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from answers import make_answer
from PIL import Image
from pypdf import PdfReader

from gui.batch import Row
from gui.errors import LabelError
from gui.image_file import read_image_file
from gui.presentation import percent
from gui.report import write_report
from gui.report_entry import ReportEntry, entries_of_rows
from gui.result_text import result_text
from gui.state import Case
from handlers.schema import DISCLAIMER

TIME = datetime(2026, 11, 24, 12, 34, 56, tzinfo=UTC)


@pytest.fixture
def entry(photo: Path) -> ReportEntry:
    return ReportEntry(read_image_file(photo), make_answer(0.91, "High"), TIME)


def read(data: bytes, path: Path) -> PdfReader:
    path.write_bytes(data)
    return PdfReader(path)


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_a_report_has_everything(entry: ReportEntry, tmp_path: Path) -> None:
    text = text_of(read(write_report([entry], "Ward 7 & <left arm>"), tmp_path / "r.pdf"))

    prediction = entry.answer.prediction
    expected = [
        "Ward 7 & <left arm>",
        "Malignant",
        "High risk",
        percent(0.91),
        prediction.risk.meaning,
        prediction.risk.recommendation,
        *(one.name for one in prediction.diagnoses),
        *(percent(one.probability) for one in prediction.diagnoses),
        "skin_lesion 1.2",
        "2026-11-24 12:34:56",
        DISCLAIMER,
    ]
    assert [part for part in expected if " ".join(part.split()) not in text] == []


def test_a_report_tells_nothing_of_the_file(entry: ReportEntry, tmp_path: Path) -> None:
    data = write_report([entry])

    assert entry.image.name not in text_of(read(data, tmp_path / "r.pdf"))
    assert b"lesion 1" not in data


def test_the_explanation_stands_beside_the_image(entry: ReportEntry, tmp_path: Path) -> None:
    heatmap = Image.new("RGB", (224, 224), "yellow")

    plain = read(write_report([entry]), tmp_path / "1.pdf")
    explained = read(write_report([replace(entry, heatmap=heatmap)]), tmp_path / "2.pdf")

    assert len(plain.pages[0].images) == 1
    assert len(explained.pages[0].images) == 2
    assert "speaks for malignancy" in text_of(explained)


def test_every_result_has_its_page_and_every_page_the_disclaimer(
    entry: ReportEntry, tmp_path: Path
) -> None:
    reader = read(write_report([entry, entry, entry]), tmp_path / "r.pdf")

    assert len(reader.pages) == 3
    assert all("Not a medical device" in page.extract_text() for page in reader.pages)


def test_the_same_results_give_the_same_bytes(entry: ReportEntry) -> None:
    assert write_report([entry], "Label") == write_report([entry], "Label")


def test_an_unreliable_result_says_so(entry: ReportEntry, tmp_path: Path) -> None:
    odd = replace(entry, answer=make_answer(0.91, "High", False, ["This looks like a cat."]))

    text = text_of(read(write_report([odd]), tmp_path / "r.pdf"))

    assert "This looks like a cat." in text
    assert "High risk (not reliable)" in text


def test_long_texts_continue_on_a_second_page(entry: ReportEntry, tmp_path: Path) -> None:
    wordy = replace(entry, answer=make_answer(0.5, "High", warnings=["Many words. " * 600]))

    reader = read(write_report([wordy]), tmp_path / "r.pdf")

    assert len(reader.pages) > 1
    assert "skin_lesion 1.2" in text_of(reader)


@pytest.mark.parametrize("label", ["Ørsted, Müller", "50 % · x² ≥ 1"])
def test_labels_in_western_european_languages(
    entry: ReportEntry, tmp_path: Path, label: str
) -> None:
    assert label in text_of(read(write_report([entry], label), tmp_path / "r.pdf"))


def test_a_label_that_would_print_as_boxes_is_refused(entry: ReportEntry) -> None:
    with pytest.raises(LabelError, match="皮"):
        write_report([entry], "皮膚")


def test_the_pages_are_counted_as_they_are_made(entry: ReportEntry) -> None:
    made: list[str] = []

    def entries() -> Iterator[ReportEntry]:
        for _ in range(2):
            made.append("read")
            yield entry

    write_report(entries(), on_page=lambda number: made.append(f"page {number}"))

    assert made == ["read", "page 1", "read", "page 2"]


def test_a_row_has_the_explanation_that_was_opened_of_the_same_content(photo: Path) -> None:
    image, answer = read_image_file(photo), make_answer(0.91, "High")
    heatmap = Image.new("RGB", (224, 224), "yellow")
    row = Row(photo, answer, analysed_at=TIME, sha256=image.sha256)
    model = answer.prediction.model.model_copy(update={"sha256": "0" * 64})
    other = answer.prediction.model_copy(update={"model": model})
    explained = Case(image, answer, TIME, heatmap)
    by_another_model = Case(image, answer.model_copy(update={"prediction": other}), TIME, heatmap)

    def heatmap_of(*cases: Case) -> Image.Image | None:
        (entry,) = entries_of_rows([row, Row(photo)], cases)
        return entry.heatmap

    assert heatmap_of(explained) is heatmap
    assert heatmap_of(by_another_model) is None
    assert heatmap_of(Case(image, answer, TIME)) is None


def test_the_text_has_everything(photo: Path) -> None:
    answer = make_answer(0.91, "High", False, ["This looks like a cat."])

    text = result_text(Case(read_image_file(photo), answer, TIME))

    expected = ["lesion 1.jpg", "This looks like a cat.", "High risk (not reliable)", "Melanoma"]
    expected += [percent(0.91), "2026-11-24 12:34:56", "skin_lesion 1.2", DISCLAIMER]
    assert [part for part in expected if part not in text] == []
    assert text.index("cat") < text.index("Malignant (not reliable)") < text.index("High risk")
