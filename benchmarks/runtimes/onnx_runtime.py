"""Runs an exported network with ONNX Runtime: one image at a time, on one thread."""

import os
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

# It would report its use; it asks when it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime


class Runtime:
    """An exported network in float32.

    Args:
        path: An ONNX file with one input, ``images``.
        shape: Of one image.
        bfloat16: Whether the network would bear it; all is float32 here.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], *, bfloat16: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._names = [output.name for output in self._session.get_outputs()]
        #: Names of the results.
        self.outputs: Final = set(self._names)

    def run(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Run the network on one image and return each output's row by its name."""
        results = self._session.run(self._names, {"images": image[None]})
        return {name: rows[0] for name, rows in zip(self._names, results, strict=True)}
