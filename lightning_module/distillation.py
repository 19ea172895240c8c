"""Learning from an ensemble of trained networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from datamodules.errors import DatasetError, first_line
from datamodules.ham10000 import HAM10000DataModule
from datamodules.training_record import check_record
from lightning_module.class_weighting import unweighted
from lightning_module.network import LesionNetwork, WeightsError


@dataclass(frozen=True)
class Teacher:
    """A trained network.

    Attributes:
        network: In evaluation mode.
        class_weights: Those of the loss that it learned from, ``float32 [7]``.
        trained_on: The record of the images that it learned from.
    """

    network: LesionNetwork
    class_weights: Tensor
    trained_on: Mapping[str, Any]


class Teachers:
    """Trained networks that say of each training view what they would answer.

    Student and teachers see the very same view, which matters more than anything else about
    distillation (Beyer et al., CVPR 2022, arXiv:2106.05237).
    """

    def __init__(self, teachers: Sequence[Teacher], class_weights: Tensor) -> None:
        """Bring the teachers together.

        Args:
            teachers: On the device where they are to answer.
            class_weights: Those of the student's loss, ``float32 [7]``. The student is told what
                a network that learned from the same loss would answer.
        """
        self._teachers = teachers
        self._log_weights = class_weights.log()

    @torch.no_grad()
    def log_probabilities(self, images: Tensor) -> Tensor:
        """Answer ``float32 [N, 3, H, W]`` with the mean of the teachers' opinions, ``[N, 7]``."""
        answers = [
            (
                unweighted(teacher.network(images).float(), teacher.class_weights)
                + self._log_weights
            ).softmax(dim=1)
            for teacher in self._teachers
        ]
        return torch.stack(answers).mean(dim=0).clamp_min(torch.finfo(torch.float32).tiny).log()


def divergence(logits: Tensor, log_probabilities: Tensor) -> Tensor:
    """Return how far a student's logits ``[N, 7]`` are from its teachers' answers ``[N, 7]``.

    The Kullback-Leibler divergence, averaged over the batch (Hinton et al. 2015,
    arXiv:1503.02531, at temperature 1).
    """
    student = functional.log_softmax(logits.float(), dim=1)
    return functional.kl_div(student, log_probabilities, reduction="batchmean", log_target=True)


def load_teachers(
    checkpoints: Sequence[str], table: pd.DataFrame, class_weights: Tensor
) -> Teachers:
    """Load the networks of checkpoints.

    Args:
        checkpoints: Checkpoints of :class:`~lightning_module.classifier.LesionClassifier`.
        table: Every image of the student's data with ``image_id``, ``group`` and ``split``.
        class_weights: Those of the student's loss, ``float32 [7]``; on the device where the
            teachers are to answer.

    Raises:
        WeightsError: If one is missing or no such checkpoint.
        DatasetError: If one has seen what is validation or test for the student, who would be
            told of it.
    """
    teachers = []
    for path in checkpoints:
        teacher = _load(Path(path), class_weights.device)
        try:
            check_record(teacher.trained_on, table)
        except DatasetError as error:
            raise DatasetError(f"{path} can not teach here. {error}") from error
        teachers.append(teacher)
    return Teachers(teachers, class_weights)


def _load(path: Path, device: torch.device) -> Teacher:
    if not path.is_file():
        raise WeightsError(
            f"There is no teacher at {path.resolve()}; say where it is with --model.teachers."
        )
    try:
        checkpoint = torch.load(path, map_location=device, weights_only=True)
        options, state = checkpoint["hyper_parameters"], checkpoint["state_dict"]
        network = LesionNetwork(colour_constancy=options.get("colour_constancy", False))
        network.load_state_dict(
            {
                name.removeprefix("network."): value
                for name, value in state.items()
                if name.startswith("network.")
            }
        )
        record = checkpoint[HAM10000DataModule.__qualname__]["trained_on"]
    except Exception as error:  # damage shows as any of torch's, pickle's or zip's errors
        raise WeightsError(f"{path} can not be loaded as a teacher: {first_line(error)}") from error
    network.eval().fold_batch_norm()
    network.to(device).to(memory_format=torch.channels_last).requires_grad_(False)
    return Teacher(network, state["class_weights"], record)
