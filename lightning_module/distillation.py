"""Learning from an ensemble of trained networks."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from datamodules.errors import first_line
from lightning_module.network import LesionNetwork, WeightsError


class Teachers:
    """Trained networks that say of each training view what they would answer.

    Student and teachers see the very same view, which matters more than anything else about
    distillation (Beyer et al., CVPR 2022, arXiv:2106.05237).
    """

    def __init__(self, networks: Sequence[LesionNetwork]) -> None:
        """Take networks in evaluation mode."""
        self._networks = networks

    @torch.no_grad()
    def log_probabilities(self, images: Tensor) -> Tensor:
        """Answer ``float32 [N, 3, H, W]`` with the mean of the teachers' opinions, ``[N, 7]``."""
        answers = [network(images).float().softmax(dim=1) for network in self._networks]
        return torch.stack(answers).mean(dim=0).clamp_min(torch.finfo(torch.float32).tiny).log()


def divergence(logits: Tensor, log_probabilities: Tensor) -> Tensor:
    """Return how far a student's logits ``[N, 7]`` are from its teachers' answers ``[N, 7]``.

    The Kullback-Leibler divergence, averaged over the batch (Hinton et al. 2015,
    arXiv:1503.02531, at temperature 1).
    """
    student = functional.log_softmax(logits.float(), dim=1)
    return functional.kl_div(student, log_probabilities, reduction="batchmean", log_target=True)


def load_teachers(checkpoints: Sequence[str], device: torch.device) -> Teachers:
    """Load the networks of checkpoints.

    Args:
        checkpoints: Checkpoints of :class:`~lightning_module.classifier.LesionClassifier`.
        device: Where they are to answer.

    Raises:
        WeightsError: If one is missing or no such checkpoint.
    """
    return Teachers([_load(Path(path)).to(device) for path in checkpoints])


def _load(path: Path) -> LesionNetwork:
    if not path.is_file():
        raise WeightsError(f"There is no teacher at {path.resolve()}; see --model.teachers.")
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        options = checkpoint["hyper_parameters"]
        network = LesionNetwork(colour_constancy=options.get("colour_constancy", False))
        network.load_state_dict(
            {
                name.removeprefix("network."): value
                for name, value in checkpoint["state_dict"].items()
                if name.startswith("network.")
            }
        )
    except Exception as error:  # damage shows as any of torch's, pickle's or zip's errors
        raise WeightsError(f"{path} can not be loaded as a teacher: {first_line(error)}") from error
    network.to(memory_format=torch.channels_last).eval().requires_grad_(False)
    return network
