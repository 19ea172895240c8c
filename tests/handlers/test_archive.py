"""The .mar: its members, and that they suffice."""

import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tiny_artefact import NETWORK_FILE, write_artefact
from tiny_images import RED, image_file

from handlers.archive import build_archive, main
from handlers.model_spec import ArtefactError

MEMBERS = {
    "MAR-INF/MANIFEST.json",
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
    "model-config.yaml",
    "model_spec.json",
    "skin_lesion.onnx",
    "skin_lesion_handler.py",
}

_SERVE_ONE = """
import sys
from pathlib import Path

import ts
from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl
from ts.service import Service

folder, image = sys.argv[1:]
sys.path.insert(0, folder)
import handlers, datamodules
from skin_lesion_handler import SkinLesionHandler

handler = SkinLesionHandler()
metrics = MetricsCacheYamlImpl(str(Path(ts.__file__).with_name("configs") / "metrics.yaml"))
service = Service("skin_lesion", folder, None, handler.handle, None, 1, metrics_cache=metrics)
handler.initialize(service.context)
headers, records, _ = Service.retrieve_data_for_inference([{
    "requestId": b"1",
    "parameters": [{"name": "body", "contentType": "", "value": Path(image).read_bytes()}],
}])
service.context.request_processor = headers
print(handler.handle(records, service.context)[0])
for name, module in sys.modules.items():
    if name.partition(".")[0] in ("handlers", "datamodules"):
        assert Path(module.__file__).is_relative_to(folder), module.__file__
"""


def test_the_archive_holds_what_serving_needs_and_nothing_else(
    artefact: Path, tmp_path: Path
) -> None:
    path = build_archive(artefact, tmp_path, workers=3)
    assert path == tmp_path / "skin_lesion.mar"
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == sorted(MEMBERS)
        assert archive.read(NETWORK_FILE) == (artefact / NETWORK_FILE).read_bytes()
        manifest = json.loads(archive.read("MAR-INF/MANIFEST.json"))
        assert manifest["model"]["modelName"] == "skin_lesion"
        assert manifest["model"]["modelVersion"] == "0.1"
        assert manifest["model"]["handler"] == "skin_lesion_handler.py"
        assert manifest["model"]["configFile"] == "model-config.yaml"
        config = archive.read("model-config.yaml").decode()
        assert "minWorkers: 3\nmaxWorkers: 3\n" in config
    assert {one.name for one in tmp_path.iterdir()} == {"artefact", "skin_lesion.mar"}


def test_an_unpacked_archive_serves_without_the_repository(artefact: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(build_archive(artefact, tmp_path, workers=1)) as archive:
        archive.extractall(folder)
    image = tmp_path / "red.png"
    image.write_bytes(image_file(RED))
    done = subprocess.run(
        [sys.executable, "-I", "-c", _SERVE_ONE, folder, image],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    *_, answer = done.stdout.splitlines()  # behind the metrics
    assert json.loads(answer)["prediction"]["predicted_class"] == "Malignant"


def test_parallel_builds_do_not_disturb_one_another(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(3)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        write_artefact(folder, version=f"0.{number}")
    with ThreadPoolExecutor() as pool:
        archives = list(pool.map(lambda folder: build_archive(folder, folder, 1), folders))
    for number, path in enumerate(archives):
        with zipfile.ZipFile(path) as archive:
            assert set(archive.namelist()) == MEMBERS
            assert json.loads(archive.read("model_spec.json"))["version"] == f"0.{number}"


def test_a_damaged_network_leaves_the_older_archive_alone(artefact: Path) -> None:
    path = build_archive(artefact, artefact, workers=1)
    before = path.read_bytes()
    (artefact / NETWORK_FILE).write_bytes(b"damaged")
    with pytest.raises(ArtefactError, match="SHA-256"):
        build_archive(artefact, artefact, workers=1)
    assert path.read_bytes() == before


def test_a_destination_that_is_missing_is_named(artefact: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="nowhere"):
        build_archive(artefact, tmp_path / "nowhere", workers=1)


def test_the_command_line_builds_into_the_model_store(
    artefact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model-store", str(artefact)]) == 0
    assert Path(capsys.readouterr().out.strip()) == artefact / "skin_lesion.mar"
    assert (artefact / "skin_lesion.mar").is_file()


def test_the_command_line_names_a_missing_artefact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model-store", str(tmp_path)]) == 1
    assert str(tmp_path / "model_spec.json") in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["0", "65", "-1", "two"])
def test_the_command_line_refuses_a_useless_number_of_workers(
    workers: str, artefact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--model-store", str(artefact), "--workers", workers])
    assert "from 1 to 64" in capsys.readouterr().err
