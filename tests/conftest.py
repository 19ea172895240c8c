"""What many tests share: made-up data, a network trained on it, and its exported artefact."""

import os
import tempfile
from pathlib import Path

import pytest

# Two cores at most, and several processes: each keeps to one thread. Set before torch loads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The programs set it themselves, but a test may import ONNX Runtime before them.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# Nothing of the user's: neither caches nor keyring nor token.
_CACHES = tempfile.TemporaryDirectory(prefix="skin-lesion-tests-")
os.environ["XDG_CACHE_HOME"] = _CACHES.name
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.pop("SKIN_LESION_TOKEN", None)

REPOSITORY = Path(__file__).parents[1]
#: Real images beside the checkout; tests that can use more than made-up ones look here.
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def synthetic_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic data set in HAM10000's layout."""
    from datamodules.synthetic import write_synthetic

    root = tmp_path_factory.mktemp("synthetic")
    write_synthetic(root)
    return root


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, synthetic_root: Path) -> Path:
    """The folder of a run of the quick configuration."""
    from lightning_module.cli import main

    folder = tmp_path_factory.mktemp("run")
    main(["fit", *quick_options(synthetic_root, folder)])
    return folder


@pytest.fixture(scope="session")
def checkpoint(run_folder: Path) -> Path:
    """The last checkpoint of that run."""
    return run_folder / "checkpoints" / "last.ckpt"


@pytest.fixture(scope="session")
def artefact(
    tmp_path_factory: pytest.TempPathFactory,
    synthetic_root: Path,
    run_folder: Path,
    checkpoint: Path,
) -> Path:
    """A folder with the exported network and its specification."""
    from lightning_module.cli import main

    output = tmp_path_factory.mktemp("artefact")
    options = quick_options(synthetic_root, run_folder)
    options += ["--report.tta=false", "--report.corruptions=false", "--report.explanation=false"]
    main(["export", *options, "--ckpt_path", str(checkpoint), "--output", str(output)])
    return output


@pytest.fixture(scope="session")
def image_files(synthetic_root: Path) -> list[Path]:
    """A few image files: synthetic ones, and real ones where they are present."""
    real = sorted((SHARED / "ham10000_native_sample").glob("*.jpg"))[:8]
    return [*sorted(synthetic_root.glob("*/*.jpg"))[:8], *real]


def quick_options(root: Path, folder: Path) -> list[str]:
    """Options of the quick configuration with its data and run folder replaced."""
    config = REPOSITORY / "lightning_module" / "configs" / "quick.yaml"
    return [
        f"--config={config}",
        f"--data.root={root}",
        f"--data.cache_dir={root / 'cache'}",
        f"--trainer.default_root_dir={folder}",
        "--trainer.enable_progress_bar=false",
    ]
