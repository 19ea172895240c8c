"""Writes the model card (Mitchell et al., FAT* 2019, arXiv:1810.03993) from measured figures."""

from pathlib import Path
from typing import Final

from handlers.model_spec import ModelSpec
from lightning_module.report.findings import Findings
from lightning_module.report.limits import limits
from lightning_module.report.reproduction import commands, is_chosen
from lightning_module.report.templates import render
from lightning_module.rounding import MAX_AUROC_LOSS, MAX_BALANCED_ACCURACY_LOSS

CARD_FILE: Final = "MODEL_CARD.md"
#: The data set, as an artefact names it.
HAM10000: Final = "HAM10000, doi:10.7910/DVN/DBW86T"


def model_card(spec: ModelSpec, findings: Findings, checkpoint: Path) -> str:
    """Write the card of an exported network, in Markdown.

    Args:
        spec: What the artefact says of itself.
        findings: What was measured.
        checkpoint: What was exported.
    """
    split = spec.provenance["split"]
    is_ham10000 = spec.provenance["data"] == HAM10000
    return render(
        "model_card.md.jinja",
        spec=spec,
        is_ham10000=is_ham10000,
        findings=findings,
        sizes=findings.split_sizes,
        is_chosen=is_chosen(checkpoint),
        commands=commands(checkpoint),
        max_auroc_loss=MAX_AUROC_LOSS,
        max_balanced_accuracy_loss=MAX_BALANCED_ACCURACY_LOSS,
        limits=limits(split["test_set"], split["held_out"], is_ham10000=is_ham10000),
    )
