import numpy as np
import torch

from lightning_module.colour_constancy import shades_of_grey
from lightning_module.network import LesionNetwork


def scene() -> torch.Tensor:
    return torch.rand(3, 3, 40, 30, generator=torch.Generator().manual_seed(0)) * 0.8


def test_colour_of_the_lamp_does_not_matter() -> None:
    images = scene()
    lamp = torch.tensor([1.0, 0.8, 0.6]).view(3, 1, 1)
    ours, tinted = shades_of_grey(images), shades_of_grey(images * lamp)
    # Equal but for the overall brightness, which is kept.
    ratio = tinted / ours
    for image in ratio:
        assert image.std() < 1e-4


def test_brightness_stays() -> None:
    images = scene()
    assert torch.allclose(shades_of_grey(images * 0.5), shades_of_grey(images) * 0.5, atol=1e-6)


def test_equals_the_published_formula() -> None:
    image = scene()[0].numpy().astype(np.float64)
    lamp = np.power((image**6).mean(axis=(1, 2)), 1 / 6)
    lamp /= np.linalg.norm(lamp)
    expected = image / (lamp * np.sqrt(3))[:, None, None]
    ours = shades_of_grey(torch.from_numpy(image[None]).float())[0].numpy()
    assert np.abs(ours - expected).max() < 1e-5


def test_black_and_single_coloured_images_stay_finite() -> None:
    images = torch.zeros(2, 3, 8, 8)
    images[1, 0] = 1.0
    assert shades_of_grey(images).isfinite().all()


def test_the_network_sees_the_corrected_colours() -> None:
    plain, constant = LesionNetwork().eval(), LesionNetwork(colour_constancy=True).eval()
    constant.load_state_dict(plain.state_dict())
    images = scene()[..., :24] * torch.tensor([1.0, 0.8, 0.6]).view(3, 1, 1)
    with torch.no_grad():
        seen = constant.early_features(images)
        torch.testing.assert_close(seen, plain.early_features(shades_of_grey(images)))
        assert not torch.allclose(seen, plain.early_features(images), rtol=0.01)
