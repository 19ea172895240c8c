"""Builds the ``.mar`` that TorchServe loads: the network, its description and the serving code.

``python -m handlers.archive`` builds ``model_store/skin_lesion.mar`` for a TorchServe of one's
own; ``python -m handlers`` builds its own archive at every start.
"""

import argparse
import os
import shutil
import string
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from handlers.integer_argument import integer
from handlers.model_spec import MODEL_NAME, SPEC_FILE, ArtefactError
from handlers.network import Network
from handlers.workers import MAX_WORKERS, default_workers

_ROOT: Final = Path(__file__).resolve().parents[1]
MODEL_STORE: Final = _ROOT / "model_store"
CONFIG: Final = _ROOT / "handlers" / "config"
HANDLER: Final = _ROOT / "handlers" / "skin_lesion_handler.py"
#: What the handler imports, directly or not.
SOURCES: Final = (
    "datamodules/__init__.py",
    "datamodules/labels.py",
    "datamodules/mirror.py",
    "datamodules/preprocess.py",
    "handlers/__init__.py",
    "handlers/heatmap.py",
    "handlers/jpeg_scans.py",
    "handlers/model_spec.py",
    "handlers/network.py",
    "handlers/outcome.py",
    "handlers/payload.py",
    "handlers/response.py",
    "handlers/runtime.py",
    "handlers/schema.py",
    "handlers/time_limit.py",
    "handlers/worker_metrics.py",
)


def build_archive(model_store: Path, destination: Path, workers: int) -> Path:
    """Build ``skin_lesion.mar`` from an exported network, replacing an older one in one step.

    Args:
        model_store: Where ``model_spec.json`` and the ONNX file lie.
        destination: The folder to build in.
        workers: How many processes shall serve the network, 1 or more.

    Returns:
        The path of the archive.

    Raises:
        ArtefactError: If the network is missing, damaged or does not match this code, or the
            archive can not be built.
    """
    spec = Network(model_store).spec
    try:
        # In the destination, so that the finished archive can be moved into place.
        with tempfile.TemporaryDirectory(dir=destination, prefix="archive-") as temporary:
            stage = Path(temporary, "stage")
            for source in SOURCES:
                _copy(_ROOT / source, stage / source)
            for file in (SPEC_FILE, spec.network.file):
                _copy(model_store / file, stage / file)
            config = _model_config(Path(temporary), workers)
            _archive(stage, config, spec.version, Path(temporary))
            archive = destination / f"{MODEL_NAME}.mar"
            Path(temporary, archive.name).replace(archive)
            return archive
    except OSError as error:
        raise ArtefactError(f"The archive can not be built in {destination}: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _model_config(folder: Path, workers: int) -> Path:
    template = string.Template((CONFIG / "model-config.yaml").read_text())
    path = folder / "model-config.yaml"
    path.write_text(template.substitute(workers=workers))
    return path


def _archive(stage: Path, config: Path, version: str, output: Path) -> None:
    command = [sys.executable, "-m", "model_archiver.model_packaging"]
    command += ["--model-name", MODEL_NAME, "--version", version, "--handler", str(HANDLER)]
    command += ["--extra-files", str(stage), "--config-file", str(config)]
    command += ["--export-path", str(output)]
    # The archiver works in <temporary directory>/<model name>, which parallel builds would share.
    scratch = output / "scratch"
    scratch.mkdir()
    done = subprocess.run(  # noqa: S603 - our own arguments
        command,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        # A Ctrl-C in the terminal is for this program alone, which then ends in order.
        start_new_session=True,
    )
    if done.returncode != 0:
        raise ArtefactError(f"torch-model-archiver failed: {done.stderr.strip()}")


def main(args: Sequence[str] | None = None) -> int:
    """Build the archive and say where it is; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m handlers.archive",
        description="Build skin_lesion.mar for TorchServe from an exported network.",
    )
    parser.add_argument("--model-store", type=Path, default=MODEL_STORE, metavar="DIR")
    parser.add_argument(
        "--workers", type=integer(1, MAX_WORKERS), default=default_workers(), metavar="N"
    )
    options = parser.parse_args(args)
    try:
        print(build_archive(options.model_store, options.model_store, options.workers))
    except ArtefactError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
