import numpy as np
import torch
from scipy.optimize import minimize
from torch.nn import functional

from lightning_module.calibration import Calibration, calibrate


def sample(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits whose softmax is exactly the distribution that the labels are drawn from."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, 7, generator=generator)
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator).flatten()
    return logits, labels


def test_known_distortion_is_undone() -> None:
    logits, labels = sample(20_000, seed=0)
    shift = torch.tensor([1.0, 0.0, -1.0, 0.5, 0.0, -0.5, 0.0])
    calibration = calibrate(3 * (logits + shift), labels, torch.ones(7))
    assert abs(calibration.temperature - 3) < 0.1
    assert (calibration(3 * (logits + shift)) - logits.softmax(1)).abs().mean() < 0.01


def test_likelihood_equals_scipys_optimum() -> None:
    logits, labels = sample(400, seed=1)
    logits = 2 * logits + torch.linspace(-1, 1, 7)
    calibration = calibrate(logits, labels, torch.ones(7))

    def loss(parameters: np.ndarray) -> float:
        scaled = logits.double() / np.exp(parameters[0]) + torch.from_numpy(parameters[1:])
        return (
            float(functional.cross_entropy(scaled, labels)) + 1e-3 * np.square(parameters[1:]).sum()
        )

    best = minimize(loss, np.zeros(8), method="BFGS")
    ours = np.concatenate([[np.log(calibration.temperature)], calibration.offsets.numpy()])
    assert loss(ours) - best.fun < 1e-5


def test_what_the_weights_of_the_loss_did_is_undone_wholly() -> None:
    logits, labels = sample(20_000, seed=3)
    weights = torch.tensor([0.2, 1.0, 1.0, 8.0, 1.0, 0.5, 0.0])
    # Nothing is learned of what weighs nothing.
    learned = torch.where(weights > 0, logits + weights.log(), logits)
    calibration = calibrate(learned, labels, weights)
    shares = labels.bincount(minlength=7) / len(labels)
    torch.testing.assert_close(calibration(learned).mean(0), shares, rtol=0.01, atol=0)


def test_probabilities_sum_to_one() -> None:
    logits, _ = sample(50, seed=2)
    probabilities = Calibration(2.0, torch.arange(7.0))(logits)
    assert torch.allclose(probabilities.sum(1), torch.ones(50))
