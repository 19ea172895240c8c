"""What a report says of one image, gathered from the session or from the batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from gui.batch import Row
from gui.errors import ImageChangedError
from gui.image_file import ImageFile, read_image_file
from gui.state import Case
from handlers.schema import PredictResponse


@dataclass(frozen=True, eq=False)
class ReportEntry:
    """One result of a report.

    Attributes:
        image: The image.
        answer: The server's answer.
        analysed_at: When it came.
        heatmap: The explanation, if there is one.
    """

    image: ImageFile
    answer: PredictResponse
    analysed_at: datetime
    heatmap: Image.Image | None = None


def entries_of_cases(cases: Sequence[Case]) -> list[ReportEntry]:
    """Return an entry for each image of the session that has a result."""
    return [
        ReportEntry(case.image, case.answer, case.analysed_at, case.heatmap)
        for case in cases
        if case.answer is not None and case.analysed_at is not None
    ]


def entries_of_rows(rows: Sequence[Row], cases: Sequence[Case]) -> Iterator[ReportEntry]:
    """Yield an entry for each row of the batch that has a result; reads the images again.

    Args:
        rows: The rows.
        cases: The images of the session: an explanation that one of them has of the same content,
            from the same model, is the row's as well.

    Raises:
        ImageFileError: If an image can not be read any more.
        ImageChangedError: If another image has taken its place.
    """
    heatmaps = {
        _subject(entry.image.sha256, entry.answer): entry.heatmap
        for entry in entries_of_cases(cases)
        if entry.heatmap is not None
    }
    for row in rows:
        if row.answer is not None and row.analysed_at is not None:
            heatmap = heatmaps.get(_subject(row.sha256, row.answer))
            yield ReportEntry(_analysed_image(row), row.answer, row.analysed_at, heatmap)


def _subject(sha256: str, answer: PredictResponse) -> tuple[str, str]:
    """What an explanation is about: a content and a model."""
    return sha256, answer.prediction.model.sha256


def _analysed_image(row: Row) -> ImageFile:
    image = read_image_file(row.path)
    if image.sha256 != row.sha256:
        raise ImageChangedError(f"'{image.name}' has changed since it was analysed.")
    return image
