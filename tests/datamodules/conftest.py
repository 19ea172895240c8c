"""Data sets that several tests read."""

import shutil
from pathlib import Path

import pytest

from tests.datamodules.layouts import add_official_test


@pytest.fixture(scope="session")
def official_root(tmp_path_factory: pytest.TempPathFactory, synthetic_root: Path) -> Path:
    """A synthetic data set with an official test set beside it."""
    root = tmp_path_factory.mktemp("official") / "data"
    shutil.copytree(synthetic_root, root)
    add_official_test(root)
    return root
