import numpy as np
import pytest
import torch

from datamodules.labels import DIAGNOSES
from lightning_module.calibration import Calibration
from lightning_module.distance import fit_distance
from lightning_module.graph import ScreeningGraph, centred
from lightning_module.network import LesionNetwork


@pytest.fixture
def graph() -> ScreeningGraph:
    torch.manual_seed(0)
    calibration = Calibration(1.7, torch.linspace(-0.5, 0.5, 7))
    return ScreeningGraph(LesionNetwork(), calibration, fit_distance(torch.rand(90, 32))).eval()


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (3, 224, 224, 3), dtype=torch.uint8, generator=generator)


def test_probabilities_are_the_calibrated_networks(
    graph: ScreeningGraph, images: torch.Tensor
) -> None:
    with torch.no_grad():
        logits = graph.network(images.permute(0, 3, 1, 2) / 255)
        probabilities, malignancy, _, distance = graph(images)
    expected = (logits / 1.7 + torch.linspace(-0.5, 0.5, 7)).softmax(1)
    assert torch.allclose(probabilities, expected, atol=1e-6)
    malignant = torch.tensor([diagnosis.malignant for diagnosis in DIAGNOSES])
    assert torch.allclose(malignancy, expected[:, malignant].sum(1), atol=1e-6)
    assert distance.shape == (3,)


def test_no_output_follows_gradients(graph: ScreeningGraph, images: torch.Tensor) -> None:
    """The backbone's own gradients would keep torch 2.8 from exporting it."""
    assert not any(output.requires_grad for output in graph(images))


def test_activation_map_is_the_gradient_of_the_log_odds(
    graph: ScreeningGraph, images: torch.Tensor
) -> None:
    """Grad-CAM by automatic differentiation gives the same map."""
    features = graph.network.features(images.permute(0, 3, 1, 2) / 255).detach()
    pooled = features.mean(dim=(2, 3)).requires_grad_()
    probabilities = (graph.network.head(pooled) / 1.7 + graph.offsets).softmax(1)
    malignant = (probabilities * graph.malignant).sum(1)
    (malignant / (1 - malignant)).log().sum().backward()
    expected = centred((pooled.grad[:, :, None, None] * features).sum(1))
    with torch.no_grad():
        activation_map = graph(images)[2]
    assert activation_map.shape == (3, 7, 7)
    assert torch.allclose(activation_map, expected, rtol=1e-3, atol=1e-4)


def test_a_map_lies_where_its_evidence_does(graph: ScreeningGraph, images: torch.Tensor) -> None:
    pixels = (images.permute(0, 3, 1, 2) / 255).requires_grad_()
    centred(graph.network.features(pixels).mean(dim=1))[:, 3, 3].sum().backward()
    seen = pixels.grad.abs().sum(dim=(0, 1))
    axis = torch.arange(224) + 0.5
    for along in (0, 1):
        assert (seen.sum(dim=along) * axis).sum() / seen.sum() == pytest.approx(112, abs=4)


def test_centred_map_is_the_mean_of_four_corners() -> None:
    maps = torch.arange(9.0).view(1, 3, 3) ** 2
    wide = np.pad(maps[0].numpy(), ((0, 1), (0, 1)), mode="edge")
    expected = (wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]) / 4
    np.testing.assert_allclose(centred(maps)[0], expected)


def test_activation_map_stays_finite_for_a_certain_network(
    graph: ScreeningGraph, images: torch.Tensor
) -> None:
    with torch.no_grad():
        graph.network.head.bias[5] = 1e4
        outputs = graph(images)
    assert all(output.isfinite().all() for output in outputs)
