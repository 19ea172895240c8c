"""A description that contradicts itself is refused when it is read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from handlers.model_spec import SPEC_FILE, ArtefactError, load_spec


def write_bands(folder: Path, bands: list[tuple[str, float]]) -> None:
    """Change levels and limits of the risk bands in a folder's description."""
    path = folder / SPEC_FILE
    spec: dict[str, Any] = json.loads(path.read_text())
    texts = {"meaning": "meaning", "recommendation": "advice"}
    spec["operating_points"]["bands"] = [
        {"level": level, "lower": lower, **texts} for level, lower in bands
    ]
    path.write_text(json.dumps(spec))


@pytest.mark.parametrize(
    "bands",
    [
        [("Low", 0.1), ("Moderate", 0.2), ("High", 0.6)],
        [("Low", 0.0), ("Moderate", 0.6), ("High", 0.2)],
        [("High", 0.0), ("Moderate", 0.2), ("Low", 0.6)],
        [("Low", 0.0), ("Low", 0.2), ("High", 0.6)],
        [("Low", 0.0), ("High", 0.6)],
        [("Low", 0.0), ("Moderate", 0.2), ("High", 0.6), ("High", 0.8)],
        [],
    ],
)
def test_wrong_risk_bands_are_refused(artefact: Path, bands: list[tuple[str, float]]) -> None:
    write_bands(artefact, bands)
    with pytest.raises(ArtefactError, match=r"the risk bands are .* the first 0") as caught:
        load_spec(artefact)
    assert re.match(rf"{re.escape(str(artefact / SPEC_FILE))} .*export .*again", str(caught.value))
    assert "\n" not in str(caught.value)


def test_every_probability_falls_into_the_highest_band_that_it_reaches(artefact: Path) -> None:
    write_bands(artefact, [("Low", 0.0), ("Moderate", 0.2), ("High", 0.6)])
    points = load_spec(artefact).operating_points
    levels = [points.band(value).level for value in (0.0, 0.19, 0.2, 0.59, 0.6, 1.0)]
    assert levels == ["Low", "Low", "Moderate", "Moderate", "High", "High"]


def test_a_network_that_errs_nowhere_leaves_nothing_between_low_and_high(artefact: Path) -> None:
    write_bands(artefact, [("Low", 0.0), ("Moderate", 0.4), ("High", 0.4)])
    points = load_spec(artefact).operating_points
    assert [points.band(value).level for value in (0.39, 0.4)] == ["Low", "High"]
