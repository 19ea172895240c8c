"""The exported network, checked against its description and ready to run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from datamodules import labels, preprocess
from datamodules.mirror import mean_map, mirror_images
from handlers.model_spec import ArtefactError, ModelSpec, load_spec

_INPUT: Final = "images"
_OUTPUTS: Final = ("probabilities", "malignancy", "activation_map", "distance")


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
        self._session = _open_session(path)
        self._check_session(path)

    def run(self, images: Sequence[NDArray[np.uint8]]) -> list[NetworkOutput]:
        """Run the network on a batch.

        Args:
            images: At least one ``uint8 [224, 224, 3]``, RGB.

        Returns:
            One output per image, in order.
        """
        outputs = self._session.run(_OUTPUTS, {_INPUT: np.stack(images)})
        return [
            NetworkOutput(probabilities, float(malignancy), activation_map, float(distance))
            for probabilities, malignancy, activation_map, distance in zip(*outputs, strict=True)
        ]

    def explain(self, image: NDArray[np.uint8], output: NetworkOutput) -> NetworkOutput:
        """Sharpen the activation map by what the network sees in the image's mirror images.

        Args:
            image: ``uint8 [224, 224, 3]``, RGB.
            output: What :meth:`run` said of it.

        Returns:
            The same with another activation map.
        """
        mirrored = [seen.activation_map for seen in self.run(mirror_images(image))]
        return replace(output, activation_map=mean_map(output.activation_map, mirrored))

    def _check_session(self, path: Path) -> None:
        missing = set(_OUTPUTS) - {output.name for output in self._session.get_outputs()}
        if missing:
            raise ArtefactError(
                f"{path} has no output {', '.join(sorted(missing))}; export the network again."
            )
        side = preprocess.IMAGE_SIZE
        try:
            # Two images, so that a network exported for single images is found out here.
            outputs = self.run([np.zeros((side, side, 3), np.uint8)] * 2)
        except Exception as error:
            raise ArtefactError(
                f"{path} does not map '{_INPUT}', uint8 [N, {side}, {side}, 3], to "
                f"{', '.join(_OUTPUTS)}; export the network again ({error})."
            ) from error
        if outputs[0].probabilities.shape != (len(labels.CODES),):
            raise ArtefactError(
                f"{path} gives probabilities of shape {outputs[0].probabilities.shape}, but there "
                f"are {len(labels.CODES)} diagnoses; export the network again."
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


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Parallelism comes from TorchServe's workers; threads in each would only compete.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions have no public base class
        raise ArtefactError(
            f"{path} is not a network that ONNX Runtime {onnxruntime.__version__} can load; "
            f"export it again ({error})."
        ) from error
