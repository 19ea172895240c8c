"""Deals the images of a split out to the processes of a distributed training."""

import os
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.overrides.distributed import UnrepeatedDistributedSampler
from torch.utils.data import Dataset, DistributedSampler


def shuffled(
    dataset: Dataset[Any], trainer: pl.Trainer | None, epoch: int
) -> DistributedSampler[Any]:
    """Shuffle by seed and epoch alone, and give every process equally many images.

    Args:
        dataset: A map-style data set.
        trainer: Knows the processes; ``None`` for a single one.
        epoch: The first epoch. Lightning sets the others, but not this one before it starts the
            loading processes of a resumed training.
    """
    # Where Lightning's seed_everything leaves the seed, for this and for child processes.
    seed = int(os.environ.get("PL_GLOBAL_SEED", 0))
    sampler: DistributedSampler[Any] = DistributedSampler(
        dataset, *_processes(trainer), shuffle=True, seed=seed, drop_last=True
    )
    sampler.set_epoch(epoch)
    return sampler


def in_order(dataset: Dataset[Any], trainer: pl.Trainer | None) -> UnrepeatedDistributedSampler:
    """Give each image to exactly one process; Lightning's default would repeat some."""
    return UnrepeatedDistributedSampler(dataset, *_processes(trainer), shuffle=False)


def _processes(trainer: pl.Trainer | None) -> tuple[int, int]:
    """Count the processes, and number this one."""
    return (1, 0) if trainer is None else (trainer.world_size, trainer.global_rank)
