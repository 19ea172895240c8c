"""The examples for several machines are well-formed; tests/lightning_module runs torchrun.sh."""

import subprocess

import pytest
import yaml

from tests.conftest import REPOSITORY

DEPLOY = REPOSITORY / "deploy"


@pytest.mark.parametrize("script", ["torchrun.sh", "slurm.sbatch"])
def test_script_has_no_syntax_error(script: str) -> None:
    checked = subprocess.run(["bash", "-n", DEPLOY / script], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_kubernetes_names_agree() -> None:
    """Pods find the first one only if service, subdomain and job are called alike."""
    service, job = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
    name = job["metadata"]["name"]
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": name}
    assert pod["subdomain"] == service["metadata"]["name"]
    assert environment["MASTER"] == f"{name}-0.{pod['subdomain']}"
    assert job["spec"]["completionMode"] == "Indexed"
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == int(environment["NODES"])
    assert (REPOSITORY / container["command"][0]).stat().st_mode & 0o111
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
