"""Fills in the package's templates."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from handlers.schema import DISCLAIMER
from lightning_module.distance import ACCEPTANCE
from lightning_module.operating_points import REFER_SENSITIVITY
from lightning_module.report.figures import CALIBRATION_BINS
from lightning_module.report.intervals import CONFIDENCE, RESAMPLES
from lightning_module.report.measurement import FEW_LESIONS, FIGURES

_ENVIRONMENT = Environment(
    loader=PackageLoader("lightning_module.report", "."),
    # HTML is escaped, Markdown is not.
    autoescape=select_autoescape(("html.jinja",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["percent"] = "{:.0%}".format
_ENVIRONMENT.globals.update(
    disclaimer=DISCLAIMER,
    refer_sensitivity=REFER_SENSITIVITY,
    acceptance=ACCEPTANCE,
    confidence=CONFIDENCE,
    resamples=RESAMPLES,
    calibration_bins=CALIBRATION_BINS,
    few_lesions=FEW_LESIONS,
    figure_titles=FIGURES,
)


def render(template: str, **values: object) -> str:
    """Fill in a template of this folder.

    Args:
        template: Its file name.
        **values: What it needs besides the constants of the method; a missing one is an error.
    """
    return _ENVIRONMENT.get_template(template).render(**values)
