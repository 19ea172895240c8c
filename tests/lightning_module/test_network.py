from pathlib import Path

import pytest
import torch
from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

from datamodules.labels import DIAGNOSES
from lightning_module.network import LesionNetwork, WeightsError


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))


def test_outputs_follow_the_diagnoses(images: torch.Tensor) -> None:
    network = LesionNetwork().eval()
    assert network(images).shape == (2, len(DIAGNOSES))
    assert network.features(images).shape == (2, 1280, 7, 7)


def test_backbone_equals_torchvisions(images: torch.Tensor, tmp_path: Path) -> None:
    reference = mobilenet_v2().eval()
    torch.save(reference.state_dict(), tmp_path / "weights.pth")
    network = LesionNetwork().eval()
    network.load_pretrained(str(tmp_path / "weights.pth"))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    with torch.no_grad():
        expected = reference.features((images - mean) / std)
        assert torch.allclose(network.features(images), expected, atol=1e-5)


def test_answers_stay_the_same_without_batch_normalisation(images: torch.Tensor) -> None:
    network = LesionNetwork().train()
    network(images)  # or the statistics would be 0 and 1, and folding them in would change nothing
    network.eval()
    with torch.no_grad():
        expected = network(images)
        network.fold_batch_norm()
        assert torch.allclose(network(images), expected, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())


def test_missing_weights_name_the_option(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"absent\.pth.*--model\.weights"):
        LesionNetwork().load_pretrained(str(tmp_path / "absent.pth"))


def test_damaged_and_foreign_weights_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"damaged\.pth"):
        LesionNetwork().load_pretrained(str(damaged))
    foreign = tmp_path / "foreign.pth"
    torch.save({"layer.weight": torch.zeros(3)}, foreign)
    with pytest.raises(WeightsError, match=r"foreign\.pth"):
        LesionNetwork().load_pretrained(str(foreign))
    tensor = tmp_path / "tensor.pth"
    torch.save(torch.zeros(3), tensor)
    with pytest.raises(WeightsError, match=r"tensor\.pth"):
        LesionNetwork().load_pretrained(str(tensor))


def test_damaged_weights_in_torchs_cache_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    name = MobileNet_V2_Weights.DEFAULT.url.rpartition("/")[2]
    (tmp_path / "checkpoints" / name).write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=f"{tmp_path}/checkpoints"):
        LesionNetwork().load_pretrained("DEFAULT")
