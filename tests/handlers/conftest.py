"""The tiny artefact, for every test that wants one."""

from pathlib import Path

import pytest
from tiny_artefact import write_artefact


@pytest.fixture
def artefact(tmp_path: Path) -> Path:
    """A folder with a sound artefact."""
    folder = tmp_path / "artefact"
    folder.mkdir()
    write_artefact(folder)
    return folder
