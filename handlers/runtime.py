"""Runs an exported network with OpenVINO: one image at a time, on one thread."""

import timeit
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13
from openvino.preprocess import PrePostProcessor

from handlers.model_spec import INPUT

_DEVICE: Final = "CPU"
#: Parallelism comes from TorchServe's workers. OpenVINO would bind the only thread of each to a
#: core, and of all of them to the same one.
_ONE_THREAD: Final = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,
}
#: What follows a convolution and is computed together with it.
_FUSED: Final = ("Add", "Clamp")
#: How much of float32's time bfloat16 may take. What gains less is not worth its rounding, nor that
#: two workers might come to different answers.
_WORTHWHILE: Final = 0.8
_TRIALS: Final = 12


class Runtime:
    """An exported network, compiled for this processor.

    Where that is faster, a network that bears it computes in bfloat16, but for its beginning. The
    first depthwise convolution magnifies small differences between neighbouring pixels, which
    bfloat16 rounds away: float32 up to its end takes a quarter of the time, and brings back most of
    the accuracy that bfloat16 costs (``docs/serving.md`` has the figures). Whether it is faster is
    measured: of two processors with instructions for bfloat16, one took half the time of float32,
    and the other half as much again.

    Args:
        path: An ONNX file with one input, ``images``.
        shape: Of one image.
        bfloat16: Whether the network bears it.

    Raises:
        ValueError: If the network takes other images.
        RuntimeError: If OpenVINO can not load or compile the network.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], *, bfloat16: bool) -> None:
        core = openvino.Core()
        model = core.read_model(path)
        _set_shape(model, [1, *shape])
        self._network = exact = _Compiled(core, [(model, "f32")])
        if bfloat16 and _has_bfloat16(core) and (cut := _after_first_depthwise(model)):
            first, second = _split(model, cut)
            mixed = _Compiled(core, [(first, "f32"), (second, "bf16")])
            seconds, exact_seconds = _shortest_times(mixed, exact)
            if seconds < _WORTHWHILE * exact_seconds:
                self._network = mixed
        #: Whether float32 is all that the network computes in.
        self.is_exact: Final = self._network is exact
        #: Names of the results.
        self.outputs: Final = self._network.outputs

    def run(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Run the network on one image.

        Args:
            image: ``uint8``, of the shape that was named.

        Returns:
            Each output's row for this image by its name, ``float32``.
        """
        return self._network.run(image)


class _Compiled:
    """Parts of a network, each with its precision, that hand their results on to the next."""

    def __init__(self, core: openvino.Core, parts: Sequence[tuple[openvino.Model, str]]) -> None:
        self.outputs = {name for output in parts[-1][0].outputs for name in output.names}
        self._stages = [
            core.compile_model(
                part, _DEVICE, {**_ONE_THREAD, "INFERENCE_PRECISION_HINT": precision}
            ).create_infer_request()
            for part, precision in parts
        ]
        for before, after in pairwise(self._stages):
            after.set_input_tensor(before.get_output_tensor())
        self._input = self._stages[0].get_input_tensor().data

    def run(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        self._input[0] = image
        for stage in self._stages:
            stage.infer()
        last = self._stages[-1]
        return {name: last.get_tensor(name).data[0].copy() for name in self.outputs}

    def seconds(self) -> float:
        """Return what one run takes."""
        black = np.zeros(self._input.shape[1:], np.uint8)
        return timeit.timeit(lambda: self.run(black), number=1)


def _shortest_times(*networks: _Compiled) -> list[float]:
    # In turns, since other programs that start at the same time would hold up one of them only.
    rounds = [[network.seconds() for network in networks] for _ in range(_TRIALS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _set_shape(model: openvino.Model, shape: list[int]) -> None:
    expected = openvino.PartialShape(shape)
    images = model.input(INPUT)
    if images.element_type != openvino.Type.u8 or not images.partial_shape.compatible(expected):
        kind = images.element_type.to_dtype().name
        raise ValueError(f"its input '{INPUT}' is {kind} {images.partial_shape}")
    model.reshape(expected)


def _has_bfloat16(core: openvino.Core) -> bool:
    # By default OpenVINO computes in bfloat16 where there are instructions for it.
    return bool(core.get_property(_DEVICE, "INFERENCE_PRECISION_HINT") == openvino.Type.bf16)


def _after_first_depthwise(model: openvino.Model) -> openvino.Output | None:
    """Return the result of the first depthwise convolution and its activation, if there is one."""
    for node in model.get_ordered_ops():
        if node.get_type_name() == "GroupConvolution":
            while (after := _only_consumer(node)) and after.get_type_name() in _FUSED:
                node = after
            return node.output(0)
    return None


def _only_consumer(node: openvino.Node) -> openvino.Node | None:
    consumers = list(node.output(0).get_target_inputs())
    return consumers[0].get_node() if len(consumers) == 1 else None


def _split(model: openvino.Model, cut: openvino.Output) -> tuple[openvino.Model, openvino.Model]:
    """Take a network apart: up to a value ``[1, C, H, W]`` in it, and from there on."""
    parameter = opset13.parameter(cut.partial_shape, cut.element_type)
    for consumer in list(cut.get_target_inputs()):
        consumer.replace_source_output(parameter.output(0))
    first = PrePostProcessor(openvino.Model([cut], model.get_parameters(), "first"))
    second = PrePostProcessor(openvino.Model(model.get_results(), [parameter], "second"))
    # In the order in which convolutions compute, it is handed over as it is.
    for end in (first.output(), second.input()):
        end.model().set_layout(openvino.Layout("NCHW"))
        end.tensor().set_layout(openvino.Layout("NHWC"))
    return first.build(), second.build()
