"""Runs a network that Inductor has compiled ahead of time: one image at a time, on one thread."""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

_NAMES: Final = ("probabilities", "malignancy", "activation_map", "distance")


class Runtime:
    """A compiled network in float32.

    Args:
        path: An AOTInductor package with the results in the order of an exported network's.
        shape: Of one image.
        bfloat16: Whether the network would bear it; all is float32 here.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], *, bfloat16: bool) -> None:
        torch.set_num_threads(1)
        self._network = torch._inductor.aoti_load_package(path)
        #: Names of the results.
        self.outputs: Final = set(_NAMES)
        self.run(np.zeros(shape, np.uint8))

    def run(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Run the network on one image and return each output's row by its name."""
        with torch.inference_mode():
            results = self._network(torch.from_numpy(image)[None])
        return {name: rows[0].numpy() for name, rows in zip(_NAMES, results, strict=True)}
