"""A depthwise convolution of stride 2 that trains fast in bfloat16 on CPUs.

oneDNN has no bfloat16 kernel for the gradient of such a convolution by its input and falls back
to one for ordinary convolutions. In MobileNetV2 the four layers concerned took a third of each
training step. The same gradient is a convolution of stride 1 with the mirrored kernel, over the
output's gradient spread out with zeros, and for that one oneDNN has a fast kernel.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional
from torch.nn.grad import conv2d_weight


class StridedDepthwiseConv2d(nn.Conv2d):
    """``nn.Conv2d`` of 3x3, stride 2 and padding 1, one filter per channel and no bias.

    It gets a bias when batch normalisation is folded into it, and is then left to torch.
    """

    @classmethod
    def from_conv(cls, conv: nn.Conv2d) -> "StridedDepthwiseConv2d":
        """Take over the weights of such a convolution."""
        channels = conv.out_channels
        fast = cls(channels, channels, 3, stride=2, padding=1, groups=channels, bias=False)
        fast.weight = conv.weight
        return fast

    @staticmethod
    def replaces(module: nn.Module) -> bool:
        """Tell whether a module is such a convolution."""
        return (
            isinstance(module, nn.Conv2d)
            and module.groups == module.in_channels == module.out_channels
            and (module.kernel_size, module.stride, module.padding) == ((3, 3), (2, 2), (1, 1))
            and module.bias is None
        )

    def forward(self, input: Tensor) -> Tensor:
        """Convolve ``[N, C, H, W]`` to ``[N, C, ceil(H / 2), ceil(W / 2)]``."""
        dtype = torch.get_autocast_dtype("cpu")
        mixed = torch.is_autocast_enabled("cpu") and dtype is torch.bfloat16
        learns = input.device.type == "cpu" and torch.is_grad_enabled() and self.bias is None
        if not (mixed and learns):
            return super().forward(input)
        return cast(Tensor, _Convolution.apply(input.to(dtype), self.weight.to(dtype)))


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, images: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(images, kernel)
        return functional.conv2d(images, kernel, stride=2, padding=1, groups=len(kernel))

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        images, kernel = ctx.saved_tensors  # type: ignore[attr-defined]
        groups = len(kernel)
        spread = torch.zeros_like(images)
        spread[:, :, ::2, ::2] = gradient
        by_images = functional.conv2d(spread, kernel.flip(2, 3), padding=1, groups=groups)
        by_kernel = conv2d_weight(  # type: ignore[no-untyped-call]
            images, kernel.shape, gradient, stride=2, padding=1, groups=groups
        )
        return by_images, by_kernel
