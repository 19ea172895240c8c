import torch
from torch import Tensor, nn

from lightning_module.activation import LeanReLU6
from lightning_module.network import LesionNetwork


def step(activation: nn.Module, images: Tensor) -> tuple[Tensor, Tensor, int]:
    """Return output, gradient and the bytes saved for it by a norm and an activation."""
    norm = nn.BatchNorm2d(images.shape[1])
    saved: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    inputs = images.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        # A square keeps its input, as a convolution does.
        outputs = activation(norm(inputs) * 4)
        outputs.square().sum().backward()
    assert inputs.grad is not None
    return outputs.detach(), inputs.grad, sum(saved.values())


def test_outputs_and_gradients_equal_torchs_with_less_memory() -> None:
    images = torch.randn(4, 16, 32, 32).contiguous(memory_format=torch.channels_last)
    expected, expected_gradient, much = step(nn.ReLU6(inplace=True), images)
    outputs, gradient, little = step(LeanReLU6(), images)
    assert (expected == 0).any()
    assert (expected == 6).any()
    assert torch.equal(outputs, expected)
    assert torch.equal(gradient, expected_gradient)
    assert little <= much - images.nbytes


def test_bfloat16_gradients_equal_torchs() -> None:
    values = (torch.randn(1000) * 5).bfloat16()
    gradients = []
    for activation in (LeanReLU6(), nn.ReLU6(inplace=True)):
        inputs = values.clone().requires_grad_()
        activation(inputs * 1).float().square().sum().backward()
        gradients.append(inputs.grad)
    assert torch.equal(*gradients)


def test_without_gradients_it_works_in_place_too() -> None:
    values = torch.tensor([-1.0, 3.0, 7.0])
    with torch.no_grad():
        outputs = LeanReLU6()(values)
    assert outputs is values
    assert values.tolist() == [0.0, 3.0, 6.0]


def test_network_has_no_other() -> None:
    activations = [m for m in LesionNetwork().modules() if isinstance(m, nn.ReLU6)]
    assert len(activations) == 35
    assert all(isinstance(activation, LeanReLU6) for activation in activations)


def test_a_trace_holds_no_python() -> None:
    network = LesionNetwork().eval().requires_grad_(False)
    traced = torch.jit.trace(network, torch.rand(1, 3, 64, 64))  # type: ignore[no-untyped-call]
    assert "PythonOp" not in str(traced.inlined_graph)
