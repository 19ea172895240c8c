import numpy as np
import torch
from sklearn.decomposition import PCA

from lightning_module.distance import acceptance_threshold, fit_distance


def test_distance_equals_scikit_learns_whitened_pca() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(300, 100, generator=generator) * torch.linspace(3, 0.5, 100)
    distance = fit_distance(features)
    whitened = PCA(100, whiten=True, svd_solver="full").fit(features.numpy())
    expected = np.sqrt(np.square(whitened.transform(features.numpy())).mean(axis=1))
    assert np.allclose(distance(features).numpy(), expected, rtol=1e-3)


def test_far_away_is_beyond_the_threshold() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(400, 80, generator=generator)
    distance = fit_distance(features)
    threshold = acceptance_threshold(distance(features))
    assert (distance(features) <= threshold).float().mean() == 0.95
    assert (distance(features + 5) > threshold).all()


def test_fewer_images_than_components() -> None:
    distance = fit_distance(torch.randn(20, 1280))
    assert distance.projection.shape == (1280, 19)
    assert distance(torch.randn(3, 1280)).isfinite().all()


def test_rounding_errors_are_not_magnified() -> None:
    """A network that gives all images nearly the same features has no components to speak of."""
    same = torch.rand(1, 1280).expand(80, -1)
    distance = fit_distance(same + 1e-6 * torch.randn(80, 1280))
    assert distance(same + 1e-6 * torch.randn(80, 1280)).max() < 0.01
