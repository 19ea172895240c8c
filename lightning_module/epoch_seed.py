"""Makes each epoch's randomness a function of seed, epoch and process alone.

Nothing random then has to be saved: a resumed training goes on as if it had never stopped.
"""

import os

import numpy as np
import torch


def seed_epoch(epoch: int, rank: int) -> None:
    """Seed torch, which augmentation and dropout draw from; nothing without ``seed_everything``.

    Args:
        epoch: The epoch that begins.
        rank: The process, so that processes do not augment alike.
    """
    # Where Lightning's seed_everything leaves the seed, for this and for child processes.
    seed = os.environ.get("PL_GLOBAL_SEED")
    if seed is not None:
        state = np.random.SeedSequence([int(seed), epoch, rank]).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0]))
