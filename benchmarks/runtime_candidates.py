"""The runtimes that are compared, and a server that runs the network with one of them."""

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.serving_contenders import ROOT, copy_with_runtime
from datamodules.labels import DIAGNOSES
from datamodules.preprocess import IMAGE_SIZE
from handlers.model_spec import SPEC_FILE, load_spec
from lightning_module.calibration import Calibration
from lightning_module.distance import Distance
from lightning_module.graph import ScreeningGraph
from lightning_module.network import LesionNetwork

#: From ``uint8 [224, 224, 3]`` to the seven probabilities.
Runtime = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Candidate:
    """A runtime that could serve.

    Attributes:
        name: What it is called.
        module: Where its ``Runtime`` is.
        export: Writes a network of the shape of the exported one for it, with random weights;
            ``None`` if it takes the exported network itself.
    """

    name: str
    module: str
    export: Callable[[Path], None] | None = None

    def prepare(self, folder: Path) -> Path:
        """Copy the server to a folder and give it this runtime.

        Args:
            folder: An empty folder, which becomes the root of the copy.

        Returns:
            The path of the network.
        """
        copy_with_runtime(folder, ROOT.joinpath(*self.module.split(".")).with_suffix(".py"))
        store = folder / "model_store"
        spec = load_spec(store)
        if self.export is None:
            return store / spec.network.file
        path = store / "skin_lesion.pt2"
        self.export(path)
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        network = spec.network.model_copy(update={"file": path.name, "sha256": checksum})
        spec = spec.model_copy(update={"network": network})
        (store / SPEC_FILE).write_text(spec.model_dump_json())
        return path

    def open(self, path: Path) -> Runtime:
        """Load a network with this runtime, in this process."""
        module = importlib.import_module(self.module)
        bfloat16 = load_spec(path.parent).network.bfloat16
        runtime = module.Runtime(path, (IMAGE_SIZE, IMAGE_SIZE, 3), bfloat16=bfloat16)
        return lambda image: runtime.run(image)["probabilities"]


def candidates() -> list[Candidate]:
    """Return every runtime; all but the one that serves in float32."""
    others = "benchmarks.runtimes"
    return [
        Candidate("ONNX Runtime", f"{others}.onnx_runtime"),
        Candidate("OpenVINO, as served", "handlers.runtime"),
        Candidate("TorchScript, frozen", f"{others}.torch_script", _export_torch_script),
        Candidate("AOTInductor", f"{others}.aot_inductor", _export_aot_inductor),
    ]


def _export_torch_script(path: Path) -> None:
    torch.jit.trace(_random_graph(), _images()).save(path)


def _export_aot_inductor(path: Path) -> None:
    with torch.no_grad():
        exported = torch.export.export(_random_graph(), (_images(),))
        torch._inductor.aoti_compile_and_package(
            exported,
            package_path=str(path),
            # With the weights as constants, as in frozen TorchScript.
            inductor_configs={"freezing": True},
        )


def _random_graph() -> ScreeningGraph:
    unused = Calibration(1.0, torch.zeros(len(DIAGNOSES)))
    network = LesionNetwork(colour_constancy=True)
    graph = ScreeningGraph(network, unused, Distance(torch.zeros(32), torch.eye(32)))
    return graph.eval().to(memory_format=torch.channels_last)


def _images() -> torch.Tensor:
    return torch.zeros(1, IMAGE_SIZE, IMAGE_SIZE, 3, dtype=torch.uint8)
