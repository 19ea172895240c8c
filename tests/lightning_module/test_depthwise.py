import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from lightning_module.depthwise import StridedDepthwiseConv2d
from lightning_module.network import LesionNetwork


def ordinary(channels: int = 16) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(channels, channels, 3, stride=2, padding=1, groups=channels, bias=False)


@pytest.mark.parametrize("size", [(14, 14), (13, 17), (28, 9)])
def test_outputs_and_gradients_equal_torchs(size: tuple[int, int]) -> None:
    conv = ordinary()
    fast = StridedDepthwiseConv2d.from_conv(ordinary())
    images = torch.randn(3, 16, *size).contiguous(memory_format=torch.channels_last)
    results = []
    for layer in (conv, fast):
        inputs = images.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            outputs = layer(inputs)
        (outputs.float() * torch.arange(outputs.numel()).view_as(outputs).cos()).sum().backward()
        assert inputs.grad is not None
        assert layer.weight.grad is not None
        results.append((outputs.float(), inputs.grad, layer.weight.grad))
    for ours, reference in zip(*reversed(results), strict=True):
        # A bfloat16 has 8 bits of precision.
        assert torch.allclose(ours, reference, rtol=0.02, atol=0.02 * reference.abs().max().item())


def test_a_bias_is_not_forgotten_while_gradients_are_on() -> None:
    fast = StridedDepthwiseConv2d.from_conv(ordinary())
    images = torch.randn(2, 16, 12, 12)
    with torch.autocast("cpu", torch.bfloat16):
        without = fast(images)
        fast.bias = nn.Parameter(torch.full((16,), 100.0))
        outputs = fast(images)
    assert torch.allclose(outputs.float(), without.float() + 100.0, atol=1.0)


def test_full_precision_is_left_to_torch() -> None:
    images = torch.randn(2, 16, 12, 12)
    expected = ordinary()(images)
    assert torch.equal(StridedDepthwiseConv2d.from_conv(ordinary())(images), expected)


def test_network_has_the_fast_layers_and_torchvisions_state() -> None:
    network = LesionNetwork()
    fast = [m for m in network.modules() if isinstance(m, StridedDepthwiseConv2d)]
    assert [layer.in_channels for layer in fast] == [96, 144, 192, 576]
    assert network.backbone.state_dict().keys() == mobilenet_v2().features.state_dict().keys()


def test_other_convolutions_are_not_replaced() -> None:
    for other in (
        nn.Conv2d(16, 16, 3, stride=1, padding=1, groups=16, bias=False),
        nn.Conv2d(16, 16, 3, stride=2, padding=1, bias=False),
        nn.Conv2d(16, 16, 3, stride=2, padding=1, groups=16),
        nn.Conv2d(16, 32, 3, stride=2, padding=1, groups=16, bias=False),
        nn.Conv2d(16, 16, 5, stride=2, padding=2, groups=16, bias=False),
        nn.BatchNorm2d(16),
    ):
        assert not StridedDepthwiseConv2d.replaces(other)
    assert StridedDepthwiseConv2d.replaces(ordinary())
