"""What is fixed on validation depends on nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from datamodules.ham10000 import HAM10000DataModule
from lightning_module.export import load_checkpoint
from lightning_module.screening import Screening, fix_screening


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def fixed(checkpoint: Path, root: Path, cache: Path, batch_size: int) -> Screening:
    model, _ = load_checkpoint(checkpoint)
    data = HAM10000DataModule(
        root,
        batch_size=batch_size,
        cache_dir=cache,
        val_fraction=0.3,
        test_fraction=0.15,
        split_seed=0,
    )
    data.setup()
    return fix_screening(model.network, model.class_weights, data)[0]


def test_the_batch_size_does_not_matter(
    lively_checkpoint: Path, synthetic_root: Path, cache: Path
) -> None:
    first, second = (fixed(lively_checkpoint, synthetic_root, cache, size) for size in (5, 32))
    assert first.distance_threshold == pytest.approx(second.distance_threshold, rel=1e-4)
    torch.testing.assert_close(
        first.calibration.offsets, second.calibration.offsets, rtol=0.02, atol=1e-3
    )
    np.testing.assert_array_equal(first.prior, second.prior)
