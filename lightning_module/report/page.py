"""Writes the report: figures, tables, plots, and one page that holds them all."""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from datamodules.ham10000 import HAM10000DataModule
from handlers.schema import DISCLAIMER
from lightning_module.report.curve_plots import (
    FEW_IMAGES,
    plot_decision,
    plot_explanation,
    plot_reliability,
    plot_roc,
)
from lightning_module.report.findings import Evaluation, Findings
from lightning_module.report.group_plots import plot_confusion, plot_forest, plot_scores
from lightning_module.report.image_grids import plot_false_alarms, plot_misses
from lightning_module.report.limits import limits
from lightning_module.report.measurement import Measurement
from lightning_module.report.reproduction import is_chosen
from lightning_module.report.templates import render

METRICS_FILE: Final = "metrics.json"
PAGE_FILE: Final = "report.html"
_SECTIONS: Final = {
    "method": "How it was measured",
    "figures": "Figures",
    "thresholds": "Operating points",
    "calibration": "Calibration",
    "decision": "Decision curve",
    "diagnoses": "Diagnoses",
    "subgroups": "Subgroups",
    "corruptions": "Corrupted images",
    "distribution": "Images unlike the training images",
    "explanation": "Test of the explanation",
    "errors": "Worst errors",
    "limits": "What was not tested",
}
_MIME_TYPES: Final = {".png": "image/png", ".jpg": "image/jpeg"}


@dataclass(frozen=True)
class Run:
    """What was evaluated.

    Attributes:
        checkpoint: The checkpoint file's name.
        sha256: Of the checkpoint file.
        test_set: ``split`` or ``official``.
        held_out: Which lesions were added to it, ``COLUMN=VALUE``, or ``None``.
        is_ham10000: Whether the images are those of HAM10000.
        created: Day of the evaluation, ISO 8601.
    """

    checkpoint: str
    sha256: str
    test_set: str
    held_out: str | None
    is_ham10000: bool
    created: str

    @classmethod
    def of(cls, checkpoint: Path, datamodule: HAM10000DataModule) -> "Run":
        """Describe a run by its checkpoint and its data, which have been set up."""
        split = datamodule.split_options
        return cls(
            checkpoint.name,
            hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
            split.test_set,
            split.held_out,
            datamodule.is_ham10000,
            datetime.now(UTC).date().isoformat(),
        )


def write_report(evaluation: Evaluation, run: Run, folder: Path) -> Path:
    """Write ``metrics.json``, ``tables/*.csv``, ``plots/*`` and ``report.html``.

    Args:
        evaluation: What was measured.
        run: What was evaluated.
        folder: Where to; made if absent.

    Returns:
        The page.
    """
    plots, tables = folder / "plots", folder / "tables"
    for made in (plots, tables):
        made.mkdir(parents=True, exist_ok=True)
    # Or a plot that only an earlier report had would get into the page.
    for old in (*plots.glob("*.*"), *tables.glob("*.csv")):
        old.unlink()
    findings = evaluation.findings
    record = {"disclaimer": DISCLAIMER, "run": asdict(run), **as_json(findings)}
    text = json.dumps(record, indent=2, allow_nan=False)
    (folder / METRICS_FILE).write_text(text + "\n", encoding="utf-8")
    _write_tables(findings, tables)
    _plot(evaluation, plots)
    page = folder / PAGE_FILE
    page.write_text(_render(findings, run, plots), encoding="utf-8")
    return page


def as_json(findings: Findings) -> dict[str, Any]:
    """Turn findings into what JSON can hold."""
    points = findings.operating_points.model_dump()
    return {**asdict(findings), "operating_points": points}


def _plot(evaluation: Evaluation, folder: Path) -> None:
    findings, test = evaluation.findings, evaluation.test
    threshold = findings.operating_points.refer_threshold
    whole = findings.test
    plot_roc(evaluation, folder / "roc.png")
    plot_scores(test, findings.operating_points, folder / "scores.png")
    plot_reliability(test, folder / "reliability.png")
    plot_decision(test, threshold, folder / "decision.png")
    plot_confusion(test, evaluation.screening.prior, folder / "confusion.png")
    plot_forest(findings.subgroups, whole, folder / "subgroups.png")
    if findings.corruptions:
        plot_forest({"Corruption": findings.corruptions}, whole, folder / "corruptions.png")
    if findings.explanation:
        plot_explanation(findings.explanation["Images moved at random"], folder / "explanation.png")
    plot_misses(test, threshold, folder / "misses.jpg")
    plot_false_alarms(test, threshold, folder / "false_alarms.jpg")


def _write_tables(findings: Findings, folder: Path) -> None:
    subgroups = [(family, row) for family, rows in findings.subgroups.items() for row in rows]
    tables: dict[str, list[tuple[str, Measurement]]] = {
        "overall": [("", row) for row in findings.overall],
        "thresholds": [("", row) for row in findings.thresholds],
        "diagnoses": [("", row) for row in findings.diagnoses],
        "subgroups": subgroups,
        "akiec": [("", row) for row in findings.akiec],
        "corruptions": [("", row) for row in findings.corruptions],
    }
    for name, rows in tables.items():
        if rows:
            pd.DataFrame(_flat(rows)).to_csv(folder / f"{name}.csv", index=False)


def _flat(rows: Iterable[tuple[str, Measurement]]) -> Iterable[dict[str, Any]]:
    for family, row in rows:
        yield {
            "divided_by": family,
            "group": row.name,
            "images": row.images,
            "malignant_images": row.malignant_images,
            "lesions": row.lesions,
            "malignant_lesions": row.malignant_lesions,
            **{
                f"{figure}{end}": getattr(estimate, part)
                for figure, estimate in row.figures.items()
                for part, end in (("value", ""), ("low", "_low"), ("high", "_high"))
            },
        }


def _render(findings: Findings, run: Run, plots: Path) -> str:
    return render(
        "page.html.jinja",
        findings=findings,
        test=findings.test,
        run=run,
        pictures={
            file.name: _data_uri(file) for file in plots.iterdir() if file.suffix in _MIME_TYPES
        },
        sections=_SECTIONS,
        limits=limits(run.test_set, run.held_out, is_ham10000=run.is_ham10000),
        is_chosen=is_chosen(Path(run.checkpoint)),
        few_images=FEW_IMAGES,
    )


def _data_uri(file: Path) -> str:
    content = base64.b64encode(file.read_bytes()).decode()
    return f"data:{_MIME_TYPES[file.suffix]};base64,{content}"
