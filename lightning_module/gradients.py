"""Gradients that keep their memory from one training step to the next."""

import torch
from torch import nn


def allocate_gradients(module: nn.Module) -> None:
    """Give each parameter that learns and has no gradient yet one of zeros, to be added to.

    What a backward pass allocates lies between what it frees, and keeps that from being used for
    anything larger: gradients that come and go with each step cost a quarter of a gigabyte.
    """
    for parameter in module.parameters():
        if parameter.requires_grad and parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
