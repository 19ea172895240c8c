"""The servers that are compared, each in processes of its own."""

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks.serving_load import image_files, json_body

ROOT = Path(__file__).parents[1]
_PEERS = ROOT / "benchmarks" / "peers"
_ONNX_RUNTIME = ROOT / "benchmarks" / "runtimes" / "onnx_runtime.py"
_START_TIMEOUT = 300.0
#: Of our server; it has three, and each peer gets one of the next.
_PORT = 5600
#: What the report calls our endpoints.
GATEWAY = "our gateway"
TORCHSERVE = "our TorchServe endpoint"


@dataclass(frozen=True)
class Contender:
    """A server to measure.

    Attributes:
        name: What it is called.
        command: How to start it.
        endpoints: Where it takes an image as JSON, by what the report calls it.
        needs: The modules that its interpreter must have.
        root: Where it is started, and whose modules it imports.
    """

    name: str
    command: tuple[str, ...]
    endpoints: Mapping[str, str]
    needs: tuple[str, ...] = ()
    root: Path = ROOT

    def is_installed(self) -> bool:
        """Tell whether its interpreter has what it needs."""
        if self.command[0] == sys.executable:
            return all(importlib.util.find_spec(name) for name in self.needs)
        code = f"import importlib.util as u; assert all(map(u.find_spec, {self.needs!r}))"
        return subprocess.run([self.command[0], "-c", code], capture_output=True).returncode == 0  # noqa: S603


@dataclass(frozen=True)
class Running:
    """A server that has answered its first request.

    Attributes:
        cold_start: Seconds from its start to that answer.
        process: Its first process.
    """

    cold_start: float
    process: psutil.Process

    def memory(self) -> float:
        """Return what all its processes hold, in megabytes; what they share counts once."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_full_info().pss for one in family) / 1e6


def contenders(workers: int, peers_python: str, folder: Path) -> list[Contender]:
    """Return every server, on ports of its own.

    Args:
        workers: Processes that run the network, where a server has such.
        peers_python: The interpreter that has the peers installed.
        folder: An empty one, for what is served by another runtime.
    """
    ports = itertools.count(_PORT + 3)

    def peer(name: str, script: str, *needs: str, root: Path = ROOT) -> Contender:
        port = next(ports)
        command = (peers_python, str(_PEERS / script), str(port), str(workers))
        return Contender(name, command, {name: _predict(port)}, needs, root)

    copy_with_runtime(folder, _ONNX_RUNTIME)
    fastapi = ("fastapi_server.py", "fastapi", "uvicorn", "openvino")
    return [
        ours(workers),
        peer("FastAPI + OpenVINO", *fastapi),
        peer("FastAPI + ONNX Runtime, float32", *fastapi, "onnxruntime", root=folder),
        peer("LitServe", "litserve_server.py", "litserve", "openvino"),
        peer("Flask + Keras", "flask_keras_server.py", "flask", "tensorflow"),
    ]


def copy_with_runtime(folder: Path, runtime: Path) -> None:
    """Copy what serves the network, and give it another runtime.

    Args:
        folder: Becomes the root of the copy.
        runtime: What to put in the place of ``handlers/runtime.py``.
    """
    for package in ("handlers", "datamodules", "model_store"):
        shutil.copytree(ROOT / package, folder / package)
    shutil.copyfile(runtime, folder / "handlers" / "runtime.py")


def ours(workers: int, root: Path = ROOT) -> Contender:
    """Return our own server.

    Args:
        workers: Processes that run the network.
        root: The checkout, or a copy of it, that the server is started from.
    """
    inference, metrics = _PORT + 1, _PORT + 2
    command = (sys.executable, "-m", "handlers", "--workers", str(workers), "--port", str(_PORT))
    command += ("--inference-port", str(inference), "--metrics-port", str(metrics))
    predictions = f"http://127.0.0.1:{inference}/predictions/skin_lesion"
    return Contender("ours", command, {GATEWAY: _predict(_PORT), TORCHSERVE: predictions}, (), root)


def _predict(port: int) -> str:
    return f"http://127.0.0.1:{port}/predict"


@contextmanager
def running(contender: Contender) -> Iterator[Running]:
    """Run a server while the context lasts.

    Raises:
        RuntimeError: If it does not answer.
    """
    body = json_body(image_files(1)[0])
    environment = {**os.environ, "PYTHONPATH": str(contender.root), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - commands of ours
            contender.command,
            cwd=contender.root,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            for url in contender.endpoints.values():
                _wait(url, body, process)
            yield Running(time.perf_counter() - start, psutil.Process(process.pid))
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError(f"{contender.name}: {error}\n{log.read().decode()}") from error
        finally:
            process.terminate()
            process.wait()
            _kill_group(process.pid)


def _wait(url: str, body: bytes, process: subprocess.Popen[bytes]) -> None:
    headers = {"Content-Type": "application/json"}
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("it has ended.")
        try:
            if requests.post(url, data=body, headers=headers, timeout=60).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"it gave no answer within {_START_TIMEOUT:.0f} s.")


def _kill_group(group: int) -> None:
    # Some peers leave their workers behind.
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
