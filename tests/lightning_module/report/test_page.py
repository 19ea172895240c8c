"""The report that ``test`` writes, made by the command line."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from handlers.schema import DISCLAIMER
from lightning_module.cli import main
from lightning_module.report.corruptions import CORRUPTIONS
from tests.conftest import quick_options


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two images that show no skin, and a file that is none."""
    folder = tmp_path_factory.mktemp("photographs")
    (folder / "deeper").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    Image.fromarray(255 - noise).save(folder / "deeper" / "more.png")
    (folder / "notes.txt").write_text("no image")
    return folder


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory,
    synthetic_root: Path,
    lively_checkpoint: Path,
    photographs: Path,
) -> Path:
    folder = tmp_path_factory.mktemp("tested")
    options = quick_options(synthetic_root, folder)
    asked = [f"--ckpt_path={lively_checkpoint}", f"--report.photographs={photographs}"]
    main(["test", *options, *asked])
    return folder / "logs" / "version_0" / "report"


@pytest.fixture(scope="module")
def metrics(report: Path) -> dict[str, Any]:
    text = (report / "metrics.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    return found


def test_metrics_hold_everything_that_was_measured(metrics: dict[str, Any]) -> None:
    assert metrics["disclaimer"] == DISCLAIMER
    validation, test, augmented = metrics["overall"]
    assert test["images"] == metrics["split_sizes"]["test_images"] == augmented["images"]
    assert validation["images"] == metrics["split_sizes"]["val_images"]
    assert validation["figures"]["sensitivity"]["value"] >= 0.95
    assert augmented["figures"]["brier"] != test["figures"]["brier"]
    assert [row["name"] for row in metrics["corruptions"]] == ["none", *CORRUPTIONS]
    assert metrics["corruptions"][0]["figures"] == test["figures"]
    assert len(metrics["diagnoses"]) == 7
    assert metrics["photographs"]["images"] == 2
    assert [len(maps) for maps in metrics["explanation"].values()] == [3, 3]


def test_intervals_hold_their_figures(metrics: dict[str, Any]) -> None:
    groups = [*metrics["akiec"], *(row for rows in metrics["subgroups"].values() for row in rows)]
    assert len(groups) > 10
    for group in groups:
        benign_lesions = group["lesions"] - group["malignant_lesions"]
        assert group["few"] == (min(group["malignant_lesions"], benign_lesions) < 20)
        for name in ("auroc", "sensitivity", "specificity"):
            if figure := group["figures"].get(name):
                assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1


def test_predictive_values_are_those_at_the_share_of_malignant_images(
    metrics: dict[str, Any],
) -> None:
    for row in metrics["thresholds"]:
        share = row["malignant_images"] / row["images"]
        value = {name: figure["value"] for name, figure in row["figures"].items()}
        found = share * value["sensitivity"]
        alarms = (1 - share) * (1 - value["specificity"])
        assert value["ppv"] == pytest.approx(found / (found + alarms))


def test_akiec_changes_what_counts_as_malignant(metrics: dict[str, Any]) -> None:
    malignant, left_out, benign = metrics["akiec"]
    akiec = metrics["diagnoses"][0]
    assert left_out["images"] == malignant["images"] - akiec["images"]
    assert benign["images"] == malignant["images"]
    assert benign["malignant_lesions"] == malignant["malignant_lesions"] - akiec["lesions"]
    assert benign["malignant_images"] == malignant["malignant_images"] - akiec["images"]


def test_tables_hold_the_same_figures(report: Path, metrics: dict[str, Any]) -> None:
    table = pd.read_csv(report / "tables" / "overall.csv")
    for row, measured in zip(table.itertuples(), metrics["overall"], strict=True):
        assert row.group == measured["name"]
        assert row.auroc == pytest.approx(measured["figures"]["auroc"]["value"])
        assert row.auroc_low == pytest.approx(measured["figures"]["auroc"]["low"])


class Page(HTMLParser):
    """Gathers what a page refers to and which tags it leaves open."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.sources += [found["src"]] if found.get("src") else []
        self.links += [found["href"]] if found.get("href") else []
        self.anchors |= {found["id"]} if found.get("id") else set()
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_stands_alone(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert not page.open
    assert len(page.sources) == len(list((report / "plots").iterdir())) >= 9
    assert all(source.startswith("data:image/") for source in page.sources)
    assert {link.removeprefix("#") for link in page.links} <= page.anchors
    assert "url(" not in text
    assert "@import" not in text


def test_page_says_what_it_is_and_what_it_rests_on(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    assert text.count(DISCLAIMER) == 2
    assert "Fewer than 20 malignant or benign lesions" in text
    assert "darker skin is not known" in text
    assert "Vienna" not in text
    assert re.search(r"Of 2 images that are no dermoscopy", text)


def test_only_images_of_ham10000_are_credited_to_it(report: Path, metrics: dict[str, Any]) -> None:
    assert metrics["run"]["is_ham10000"] is False
    assert "Tschandl" not in (report / "report.html").read_text(encoding="utf-8")


def test_missing_folder_of_photographs_is_named_before_any_work(
    synthetic_root: Path, lively_checkpoint: Path, tmp_path: Path
) -> None:
    options = quick_options(synthetic_root, tmp_path)
    asked = [f"--ckpt_path={lively_checkpoint}", f"--report.photographs={tmp_path / 'none'}"]
    with pytest.raises(SystemExit, match=r"no folder .*none; name another one with --report"):
        main(["test", *options, *asked])
    assert not (tmp_path / "logs" / "version_0" / "metrics.csv").exists()
