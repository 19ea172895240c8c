"""Whether a network bears bfloat16 is seen on validation."""

from pathlib import Path

import pytest
import torch

from datamodules.ham10000 import HAM10000DataModule
from lightning_module.classifier import LesionClassifier
from lightning_module.evaluation import run_network
from lightning_module.export import load_checkpoint
from lightning_module.rounding import bears_bfloat16, rounded_logits
from lightning_module.screening import fix_screening


@pytest.fixture
def model(lively_checkpoint: Path) -> LesionClassifier:
    return load_checkpoint(lively_checkpoint)[0]


@pytest.fixture(scope="module")
def data(synthetic_root: Path, tmp_path_factory: pytest.TempPathFactory) -> HAM10000DataModule:
    module = HAM10000DataModule(
        synthetic_root,
        cache_dir=tmp_path_factory.mktemp("cache"),
        val_fraction=0.3,
        test_fraction=0.15,
        split_seed=0,
    )
    module.setup()
    return module


def test_what_is_rounded_differs_a_little(
    model: LesionClassifier, data: HAM10000DataModule
) -> None:
    exact = run_network(model.network, data.evaluation_loader(data.split("val")), "exact").logits
    with torch.autocast("cpu", torch.bfloat16):
        wholly = run_network(model.network, data.evaluation_loader(data.split("val")), "wholly")
    difference = (rounded_logits(model.network, data) - exact).std()
    assert 0 < difference < 0.1 * exact.std()
    assert difference < (wholly.logits - exact).std()


def test_a_network_that_rounding_ruins_does_not_bear_it(
    model: LesionClassifier, data: HAM10000DataModule
) -> None:
    with torch.no_grad():
        # The answers stay, but bfloat16 tells numbers of this size apart by 16 at best.
        model.network.head.bias += 4000
    screening, exact = fix_screening(model.network, model.class_weights, data)
    assert not bears_bfloat16(model.network, data, screening, exact)
