"""The management API: closed without its token, and a new version without a lost request."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from running_server import START_TIMEOUT, start_server, wait_until_ready
from serving_requests import TIMEOUT, as_json, image_file, predicted

from handlers.archive import MODEL_STORE, build_archive
from handlers.model_spec import SPEC_FILE, load_spec

pytestmark = pytest.mark.timeout(4 * START_TIMEOUT)


def new_version(folder: Path) -> Path:
    """Return an archive with the released network under a higher version."""
    folder.mkdir()
    shutil.copyfile(MODEL_STORE / "skin_lesion.onnx", folder / "skin_lesion.onnx")
    spec = load_spec(MODEL_STORE).model_copy(update={"version": "99.0"})
    (folder / SPEC_FILE).write_text(spec.model_dump_json())
    return build_archive(folder, folder, workers=1)


def test_a_new_version_takes_over_under_load(tmp_path: Path) -> None:
    archive = new_version(tmp_path / "new")
    server = start_server(tmp_path, "--managed")
    try:
        wait_until_ready(server, tmp_path)
        keys = next(
            Path(line.split()[1])
            for line in (tmp_path / "server.log").read_text().splitlines()
            if line.startswith("  Keys")
        )
        token = json.loads(keys.read_text())["management"]["key"]
        headers = {"Authorization": f"Bearer {token}"}
        models = f"{server.management}/models"
        model = f"{models}/skin_lesion"

        for url in (model, f"{server.torchserve}/predictions/skin_lesion"):
            method = "GET" if url == model else "POST"
            assert requests.request(method, url, timeout=TIMEOUT).status_code == 400

        shutil.copyfile(archive, keys.parent / "skin_lesion-99.mar")
        stop = False

        def client() -> list[str]:
            versions = []
            while not stop:
                response = requests.post(
                    f"{server.gateway}/predict", json=as_json(image_file()), timeout=TIMEOUT
                )
                versions.append(predicted(response).prediction.model.version)
            return versions

        with ThreadPoolExecutor(2) as pool:
            clients = [pool.submit(client) for _ in range(2)]
            try:
                register = {"url": "skin_lesion-99.mar", "model_name": "skin_lesion"}
                register |= {"initial_workers": "1", "synchronous": "true"}
                for method, path, parameters in (
                    ("GET", model, {}),
                    ("POST", models, register),
                    ("PUT", f"{model}/99.0/set-default", {}),
                    ("PUT", f"{model}/99.0", {"min_worker": "1", "synchronous": "true"}),
                    ("DELETE", f"{model}/{load_spec(MODEL_STORE).version}", {}),
                ):
                    response = requests.request(
                        method, path, params=parameters, headers=headers, timeout=START_TIMEOUT
                    )
                    assert response.ok, (method, path, response.text)
                    time.sleep(1)
            finally:
                stop = True
            versions = [version for one in clients for version in one.result()]
        assert {load_spec(MODEL_STORE).version, "99.0"} == set(versions)
        assert requests.get(f"{server.gateway}/health", timeout=TIMEOUT).status_code == 200
    finally:
        assert server.stop() == 0
