"""Writes results as a PDF: the same results give the same bytes."""

from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import reportlab
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import Image as Picture

from gui.errors import LabelError
from gui.palette import PALETTES, RISK_COLOURS
from gui.presentation import class_probabilities, doubt, group_of, model_line, percent, reservations
from gui.rendering import overlay
from gui.report_entry import ReportEntry
from handlers.schema import DISCLAIMER, PredictResponse

_MARGIN: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_PICTURE_HEIGHT: Final = 62 * mm
_OVERLAY_OPACITY: Final = 0.5
_FONT_FOLDER: Final = Path(reportlab.__file__).parent / "fonts"
#: reportlab brings them along; unlike PDF's own fonts they are embedded and look alike anywhere.
_FONTS: Final = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}

#: Paper is light.
_COLOURS: Final = PALETTES["light"]

_BODY: Final = ParagraphStyle("body", fontName="Vera", fontSize=9, leading=13)
_BOLD: Final = ParagraphStyle("bold", _BODY, fontName="Vera-Bold")
_SMALL: Final = ParagraphStyle(
    "small", _BODY, fontSize=7.5, leading=10, textColor=HexColor(_COLOURS.muted)
)
_TITLE: Final = ParagraphStyle("title", _BOLD, fontSize=15, leading=20)
_WARNING: Final = ParagraphStyle(
    "warning",
    _BODY,
    backColor=HexColor(_COLOURS.warning.background),
    textColor=HexColor(_COLOURS.warning.text),
    borderPadding=5,
    spaceBefore=8,
)


def check_label(label: str) -> None:
    """Refuse a label that would print as boxes.

    Raises:
        LabelError: If it has characters that the report's font lacks.
    """
    known = TTFont("Vera-Bold", _FONT_FOLDER / _FONTS["Vera-Bold"]).face.charToGlyph
    unknown = sorted({sign for sign in label if ord(sign) not in known})
    if unknown:
        raise LabelError(f"The report's font lacks {' '.join(unknown)}.")


def write_report(
    entries: Iterable[ReportEntry],
    label: str = "",
    on_page: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Write results as a PDF, each on a page of its own.

    File names are left out, since they may tell who the patient is: an image is named by its
    number and the start of its checksum.

    Args:
        entries: At least one.
        label: Free text for the top of each page; empty for none.
        on_page: Called with the number of pages that are made.

    Returns:
        Content of the PDF file.

    Raises:
        LabelError: If the label has characters that the report's font lacks.
    """
    _register_fonts()
    check_label(label)
    story: list[Flowable] = []
    for number, entry in enumerate(entries, start=1):
        story += [*_page(entry, number, label), PageBreak()]
        on_page(number)
    output = BytesIO()
    document = SimpleDocTemplate(
        output,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 8 * mm,
        title="Skin lesion screening report",
        author="",
        invariant=1,
    )
    document.build(story[:-1], onFirstPage=_footer, onLaterPages=_footer)
    return output.getvalue()


def _page(entry: ReportEntry, number: int, label: str) -> list[Flowable]:
    answer = entry.answer
    page: list[Flowable] = [Paragraph("Skin lesion screening", _TITLE)]
    if label:
        page.append(Paragraph(escape(label), _BOLD))
    page += [
        Paragraph(
            f"Image {number}  ·  {entry.image.metadata}  ·  SHA-256 {entry.image.sha256[:12]}  ·  "
            f"analysed {entry.analysed_at:%Y-%m-%d %H:%M:%S %z}",
            _SMALL,
        ),
        Spacer(0, 4 * mm),
        _pictures(entry),
        Spacer(0, 4 * mm),
    ]
    reasons = reservations(answer)
    if reasons:
        page += [Paragraph(escape(" ".join(reasons)), _WARNING), Spacer(0, 5 * mm)]
    page += [_verdict(answer), Spacer(0, 3 * mm)]
    page.append(Paragraph(escape(answer.prediction.risk.meaning), _BODY))
    page.append(Paragraph(escape(answer.prediction.risk.recommendation), _BOLD))
    page += [Spacer(0, 3 * mm), _diagnoses(answer), Spacer(0, 3 * mm)]
    page.append(Paragraph(escape(model_line(answer)), _SMALL))
    return page


def _pictures(entry: ReportEntry) -> Table:
    image = entry.image.preview
    if entry.heatmap is None:
        pictures, captions = [image], ["Image"]
    else:
        pictures = [image, overlay(image, entry.heatmap, _OVERLAY_OPACITY)]
        captions = ["Image", "Where it speaks for malignancy: dark for little, yellow for most"]
    cells: list[list[Flowable]] = [
        [_picture(one) for one in pictures],
        [Paragraph(text, _SMALL) for text in captions],
    ]
    table = Table(cells, colWidths=[_WIDTH / 2] * len(pictures), hAlign="LEFT")
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    return table


def _picture(image: Image.Image) -> Picture:
    data = BytesIO()
    image.save(data, "JPEG", quality=90)  # without any metadata of the file
    data.seek(0)
    scale = min((_WIDTH / 2 - 4 * mm) / image.width, _PICTURE_HEIGHT / image.height)
    return Picture(data, image.width * scale, image.height * scale)


def _verdict(answer: PredictResponse) -> Table:
    prediction = answer.prediction
    is_reliable = prediction.input.in_distribution
    colours = RISK_COLOURS[prediction.risk.level] if is_reliable else _COLOURS.subdued
    badge = ParagraphStyle("badge", _BOLD, textColor=HexColor(colours.text))
    probabilities = "  ·  ".join(
        f"{name} {percent(value)}" for name, value in class_probabilities(answer)
    )
    table = Table(
        [
            [
                Paragraph(f"{prediction.predicted_class}{doubt(answer)}", _BOLD),
                Paragraph(escape(probabilities), _BODY),
                Paragraph(f"{prediction.risk.level} risk{doubt(answer)}", badge),
            ]
        ],
        colWidths=[_WIDTH * share for share in (0.3, 0.42, 0.28)],
    )
    table.setStyle(
        TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.5, HexColor(_COLOURS.border)),
                ("BACKGROUND", (2, 0), (2, 0), HexColor(colours.background)),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _diagnoses(answer: PredictResponse) -> Table:
    rows = [[Paragraph(text, _BOLD) for text in ("Diagnosis", "Group", "Probability")]]
    rows += [
        [
            Paragraph(escape(one.name), _BODY),
            Paragraph(group_of(one), _BODY),
            Paragraph(escape(percent(one.probability)), _BODY),
        ]
        for one in answer.prediction.diagnoses
    ]
    table = Table(rows, colWidths=[_WIDTH * share for share in (0.55, 0.22, 0.23)])
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(_COLOURS.border)),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
    paragraph = Paragraph(f"{escape(DISCLAIMER)} Page {document.page}.", _SMALL)
    _, height = paragraph.wrap(_WIDTH, _MARGIN)
    paragraph.drawOn(canvas, _MARGIN, _MARGIN - height / 2)


def _register_fonts() -> None:
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, _FONT_FOLDER / file))
