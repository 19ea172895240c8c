"""The groups of images that are measured by themselves."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import pandas as pd

from lightning_module.report.intervals import Flags

#: Lower ends of the age bands, in years.
_AGES: Final = (0, 35, 50, 65)
#: Body sites with fewer lesions are joined.
_SMALLEST_SITE: Final = 20
_UNKNOWN: Final = "not known"
_SITE_UNKNOWN: Final = "unknown"  # HAM10000's own word


def subgroups(rows: pd.DataFrame) -> Iterator[tuple[str, str, Flags]]:
    """Divide images by what is known of the patient, the site and the diagnosis.

    Args:
        rows: Columns ``age``, ``sex``, ``localization``, ``dx_type``, ``dataset`` and
            ``lesion_id``.

    Yields:
        What it is divided by, the group's name, and the group's images ``[N]``, never none.
    """
    by = {"Age": _age_bands(rows["age"]), "Sex": rows["sex"], "Body site": _sites(rows)}
    if rows["dataset"].notna().any():  # in newer editions of the metadata
        by["Source"] = rows["dataset"]
    for family, values in by.items():
        known = values.fillna(_UNKNOWN).replace(_SITE_UNKNOWN, _UNKNOWN)
        # Age bands in order, all else by size, what is not known last.
        names = sorted(known.unique()) if family == "Age" else known.value_counts().index
        for name in sorted(names, key=lambda name: name == _UNKNOWN):
            yield family, str(name), (known == name).to_numpy()
    for name, confirmed in (
        ("histology only", rows["dx_type"] == "histo"),
        ("follow-up only", rows["dx_type"] == "follow_up"),
        ("all but follow-up", rows["dx_type"].notna() & (rows["dx_type"] != "follow_up")),
    ):
        if confirmed.any():  # the challenge's own files do not tell
            yield "Diagnosis confirmed by", name, confirmed.to_numpy()


def _age_bands(ages: pd.Series) -> pd.Series:
    names = [f"{low} to {high - 1} years" for low, high in pairwise(_AGES)]
    labels = [*names, f"{_AGES[-1]} years or more"]
    return pd.cut(ages, [*_AGES, float("inf")], right=False, labels=labels).astype("object")


def _sites(rows: pd.DataFrame) -> pd.Series:
    # What is not known stays so, however few lesions that are.
    known = rows["localization"].replace(_SITE_UNKNOWN, None)
    lesions = rows.groupby(known)["lesion_id"].transform("nunique")
    return known.mask(lesions < _SMALLEST_SITE, "other sites")
