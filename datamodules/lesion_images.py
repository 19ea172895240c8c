"""The images of a metadata table, in batches as the network's steps get them."""

from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from datamodules.cache import let_go, map_pixels, read_pixels


class Images(TypedDict):
    """A batch of which only the images are known.

    Attributes:
        image: As they are fetched, ``uint8 [N, 3, 224, 224]``; as the network's steps get them,
            ``float32`` in ``[0, 1]``, training views perhaps of another size.
    """

    image: Tensor


class Batch(Images):
    """A batch of lesions.

    Attributes:
        label: ``int64 [N]``, index into :data:`datamodules.labels.DIAGNOSES`.
        image_id: The images' identifiers.
    """

    label: Tensor
    image_id: list[str]


class LesionImages(Dataset[Batch]):
    """Images of a metadata table, squashed to the network's input size, fetched by the batch."""

    def __init__(self, rows: pd.DataFrame, cache: NDArray[np.uint8] | None = None) -> None:
        """Choose the images.

        Args:
            rows: Rows of the data module's table, with ``path``, ``label`` and ``image_id``.
            cache: The whole table's decoded images; ``None`` decodes them whenever fetched.
        """
        self.paths: list[str] = rows["path"].tolist()
        self.labels = torch.tensor(rows["label"].to_numpy())
        self.image_ids: list[str] = rows["image_id"].tolist()
        self._positions = rows.index.to_numpy()
        self._cache = cache

    def __len__(self) -> int:
        return len(self.paths)

    def __getstate__(self) -> dict[str, Any]:
        """Name a mapped cache's file, or all its pixels would be sent to each loader process."""
        state = vars(self).copy()
        if isinstance(self._cache, np.memmap) and self._cache.filename:
            state["_cache"] = Path(self._cache.filename)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Map the cache anew."""
        vars(self).update(state)
        if isinstance(state["_cache"], Path):
            self._cache = map_pixels(state["_cache"])

    def __getitems__(self, indices: list[int]) -> Batch:
        """Fetch a batch; the data module will scale its pixels.

        Raises:
            DatasetError: If a file can not be read or decoded.
        """
        if self._cache is None:
            pixels = np.stack([read_pixels(self.paths[index]) for index in indices])
        else:
            pixels = self._cache[self._positions[indices]]
            let_go(self._cache)
        return {
            # NHWC pixels seen as NCHW are just what torch calls channels_last.
            "image": torch.from_numpy(pixels).permute(0, 3, 1, 2),
            "label": self.labels[indices],
            "image_id": [self.image_ids[index] for index in indices],
        }
