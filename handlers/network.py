"""The exported network, checked against its description and ready to run."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import openvino
from numpy.typing import NDArray

from datamodules import labels, preprocess
from datamodules.mirror import mean_map, mirror_images
from handlers.model_spec import OUTPUTS, ArtefactError, ModelSpec, load_spec
from handlers.runtime import Runtime

_SHAPE: Final = (preprocess.IMAGE_SIZE, preprocess.IMAGE_SIZE, 3)
_IMAGES: Final = f"uint8 [N, {', '.join(map(str, _SHAPE))}]"


@dataclass(frozen=True)
class NetworkOutput:
    """What the network says of one image.

    Attributes:
        probabilities: ``float32 [7]``, calibrated, in the order of the specification's diagnoses.
        malignancy: Probability of malignancy.
        activation_map: ``float32 [7, 7]``, what each part of the image adds to the log-odds of
            malignancy.
        distance: Distance from the training images, 0 or more.
    """

    probabilities: NDArray[np.float32]
    malignancy: float
    activation_map: NDArray[np.float32]
    distance: float


class Network:
    """A network that matches this code, warmed up.

    Args:
        folder: Where ``model_spec.json`` and the ONNX file lie.

    Raises:
        ArtefactError: If the artefact is damaged, or made for other diagnoses, another
            preprocessing or other inputs and outputs than this code's.
    """

    def __init__(self, folder: Path) -> None:
        self.spec: Final = load_spec(folder)
        _check_spec(self.spec)
        path = folder / self.spec.network.file
        self._runtime = _open_runtime(path, bfloat16=self.spec.network.bfloat16)
        self._check_outputs(path)

    def run(self, image: NDArray[np.uint8]) -> NetworkOutput:
        """Run the network on an image, ``uint8 [224, 224, 3]``, RGB."""
        outputs = self._runtime.run(image)
        return NetworkOutput(
            probabilities=outputs["probabilities"],
            malignancy=float(outputs["malignancy"]),
            activation_map=outputs["activation_map"],
            distance=float(outputs["distance"]),
        )

    def explain(self, image: NDArray[np.uint8], output: NetworkOutput) -> NetworkOutput:
        """Sharpen the activation map by what the network sees in the image's mirror images.

        Args:
            image: ``uint8 [224, 224, 3]``, RGB.
            output: What :meth:`run` said of it.

        Returns:
            The same with another activation map.
        """
        mirrored = [self.run(seen).activation_map for seen in mirror_images(image)]
        return replace(output, activation_map=mean_map(output.activation_map, mirrored))

    def _check_outputs(self, path: Path) -> None:
        if missing := set(OUTPUTS) - self._runtime.outputs:
            raise ArtefactError(
                f"{path} has no output {', '.join(sorted(missing))}; export the network again."
            )
        try:
            shape = self.run(np.zeros(_SHAPE, np.uint8)).probabilities.shape
        except Exception as error:
            raise ArtefactError(
                f"{path} does not map images, {_IMAGES}, to {', '.join(OUTPUTS)}; export the "
                f"network again ({error})."
            ) from error
        if shape != (len(labels.CODES),):
            raise ArtefactError(
                f"{path} gives probabilities of shape {shape}, but there are {len(labels.CODES)} "
                "diagnoses; export the network again."
            )


def _check_spec(spec: ModelSpec) -> None:
    expected_actual = {
        "diagnoses": (labels.CODES, tuple(label.code for label in spec.diagnoses)),
        "image_size": (preprocess.IMAGE_SIZE, spec.network.image_size),
        "preprocess_version": (preprocess.PREPROCESS_VERSION, spec.network.preprocess_version),
    }
    for name, (expected, actual) in expected_actual.items():
        if expected != actual:
            raise ArtefactError(
                f"The network {spec.name} {spec.version} was made for {name} {actual}, but this "
                f"program has {expected}; export the network again with this program."
            )


def _open_runtime(path: Path, *, bfloat16: bool) -> Runtime:
    try:
        return Runtime(path, _SHAPE, bfloat16=bfloat16)
    except ValueError as error:
        raise ArtefactError(
            f"{path} does not take images, {_IMAGES}: {error}; export the network again."
        ) from error
    except RuntimeError as error:  # OpenVINO's
        raise ArtefactError(
            f"{path} is not a network that OpenVINO {openvino.__version__} can load; export it "
            f"again ({error})."
        ) from error
