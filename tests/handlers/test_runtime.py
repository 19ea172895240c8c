"""The network as it is served, beside another runtime in full precision."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from datamodules.preprocess import IMAGE_SIZE, network_input
from handlers.model_spec import OUTPUTS, load_spec
from handlers.runtime import Runtime
from tests.conftest import REPOSITORY

MODEL_STORE = REPOSITORY / "model_store"


@pytest.fixture(scope="module")
def images(synthetic_root: Path) -> list[NDArray[np.uint8]]:
    paths = sorted(synthetic_root.rglob("*.jpg"))
    return [network_input(path.read_bytes()).pixels for path in paths]


def has_bfloat16() -> bool:
    import openvino  # not before ``handlers`` has kept it from reporting its use

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@pytest.mark.parametrize(("worthwhile", "is_exact"), [(0.0, True), (float("inf"), False)])
def test_low_precision_hardly_changes_an_answer(
    worthwhile: float,
    is_exact: bool,
    images: list[NDArray[np.uint8]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However fast bfloat16 is here; a network that is wholly in it fails."""
    monkeypatch.setattr("handlers.runtime._WORTHWHILE", worthwhile)
    path = MODEL_STORE / load_spec(MODEL_STORE).network.file
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    runtime = Runtime(path, (IMAGE_SIZE, IMAGE_SIZE, 3), bfloat16=True)
    assert runtime.is_exact == (is_exact or not has_bfloat16())
    exact = [
        dict(zip(OUTPUTS, session.run(OUTPUTS, {"images": i[None]}), strict=True)) for i in images
    ]
    served = [runtime.run(image) for image in images]

    def of_all(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        pairs = [(one[name][0], other[name]) for one, other in zip(exact, served, strict=True)]
        first, second = zip(*pairs, strict=True)
        return np.array(first, np.float64), np.array(second, np.float64)

    def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.log(probability / (1.0 - probability)))

    if runtime.is_exact:
        for name in OUTPUTS:
            np.testing.assert_allclose(*of_all(name), rtol=1e-3, atol=1e-3)
        return
    malignancy, malignancy_served = of_all("malignancy")
    assert np.std(log_odds(malignancy) - log_odds(malignancy_served)) < 0.2
    assert np.abs(malignancy - malignancy_served).max() < 0.1
    distance, distance_served = of_all("distance")
    assert np.abs(distance - distance_served).max() < 0.25
    probabilities, probabilities_served = of_all("probabilities")
    assert (probabilities.argmax(1) == probabilities_served.argmax(1)).all()


def test_a_network_that_does_not_bear_it_stays_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.runtime._WORTHWHILE", float("inf"))
    path = MODEL_STORE / load_spec(MODEL_STORE).network.file
    assert Runtime(path, (IMAGE_SIZE, IMAGE_SIZE, 3), bfloat16=False).is_exact


def test_answers_do_not_change_with_the_images_before(images: list[NDArray[np.uint8]]) -> None:
    path = MODEL_STORE / load_spec(MODEL_STORE).network.file
    runtime = Runtime(path, (IMAGE_SIZE, IMAGE_SIZE, 3), bfloat16=True)
    first = runtime.run(images[0])
    kept = {name: value.copy() for name, value in first.items()}
    runtime.run(images[1])
    again = runtime.run(images[0])
    for name in OUTPUTS:
        np.testing.assert_array_equal(first[name], kept[name])
        np.testing.assert_array_equal(again[name], kept[name])
