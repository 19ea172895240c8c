"""The HAM10000 data set for PyTorch Lightning."""

from pathlib import Path
from typing import Any, TypedDict

import pandas as pd
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from datamodules.augment import Augmentation
from datamodules.labels import CODES
from datamodules.metadata import DatasetError, read_metadata
from datamodules.preprocess import ImageError, network_input
from datamodules.splits import SPLITS, Split, assign_splits


class Batch(TypedDict):
    """A batch as the network's training and evaluation steps get it.

    Attributes:
        image: ``float32 [N, 3, 224, 224]`` in ``[0, 1]``.
        label: ``int64 [N]``, index into :data:`datamodules.labels.DIAGNOSES`.
        image_id: The images' identifiers.
    """

    image: Tensor
    label: Tensor
    image_id: list[str]


class LesionImages(Dataset[dict[str, Any]]):
    """Images of a metadata table, decoded and squashed to the network's input size."""

    def __init__(self, table: pd.DataFrame) -> None:
        """Take the columns ``path``, ``label`` and ``image_id`` of ``table``."""
        self.paths: list[str] = table["path"].tolist()
        self.labels: list[int] = table["label"].tolist()
        self.image_ids: list[str] = table["image_id"].tolist()

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Read one image.

        Returns:
            ``image`` (``uint8 [3, 224, 224]``), ``label`` (``int``) and ``image_id``.

        Raises:
            DatasetError: If the file can not be read or decoded.
        """
        path = self.paths[index]
        try:
            pixels = network_input(Path(path).read_bytes()).pixels
        except (OSError, ImageError) as error:
            raise DatasetError(f"{path}: {error}") from error
        return {
            "image": torch.from_numpy(pixels).permute(2, 0, 1),
            "label": self.labels[index],
            "image_id": self.image_ids[index],
        }


class HAM10000DataModule(pl.LightningDataModule):
    """HAM10000, split by lesion and stratified by diagnosis."""

    def __init__(
        self,
        root: Path = Path("data/ham10000"),
        batch_size: int = 32,
        num_workers: int = 2,
        val_fraction: float = 0.15,
        test_fraction: float = 0.15,
        split_seed: int = 0,
        augmentation: Augmentation = Augmentation(),  # noqa: B008  frozen, so safe to share
    ) -> None:
        """Remember the settings; nothing is read before :meth:`setup`.

        Args:
            root: Folder that the data set was unpacked to.
            batch_size: Images per step.
            num_workers: Processes that decode images; 0 decodes in the training process.
            val_fraction: Share of the lesions used to choose the checkpoint and thresholds.
            test_fraction: Share of the lesions kept back for the final figures.
            split_seed: Seed of the split; independent of ``seed_everything``, so that runs with
                other seeds stay comparable.
            augmentation: Random views for training.
        """
        super().__init__()
        self.root = root
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.val_fraction = val_fraction
        self.test_fraction = test_fraction
        self.split_seed = split_seed
        self.augmentation = augmentation
        self.table = pd.DataFrame()

    def setup(self, stage: str | None = None) -> None:
        """Read the metadata and assign the splits.

        Raises:
            DatasetError: If the data set is missing or damaged.
            SplitError: If it is too small to be split.
        """
        if len(self.table):
            return
        table = read_metadata(self.root)
        table["split"] = assign_splits(
            table,
            val_fraction=self.val_fraction,
            test_fraction=self.test_fraction,
            seed=self.split_seed,
        )
        self.table = table

    def split(self, name: Split) -> pd.DataFrame:
        """Return the rows of one split."""
        return self.table[self.table["split"] == name]

    def train_class_counts(self) -> Tensor:
        """Count the training images of each diagnosis: ``int64 [7]``."""
        counts = self.split("train")["label"].value_counts()
        return torch.tensor([int(counts.get(index, 0)) for index in range(len(CODES))])

    def split_sizes(self) -> dict[str, int]:
        """Count images and lesions of each split, for logs and the model's provenance."""
        return {
            f"{name}_{unit}": int(rows[column].nunique())
            for name in SPLITS
            for rows in [self.split(name)]
            for unit, column in (("images", "image_id"), ("lesions", "lesion_id"))
        }

    def train_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Shuffled training images; the last incomplete batch is dropped."""
        return self._loader("train", shuffle=True, drop_last=True)

    def val_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Validation images in order."""
        return self._loader("val")

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Test images in order."""
        return self._loader("test")

    def predict_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Test images in order; ``predict`` writes a row for each."""
        return self._loader("test")

    def evaluation_loader(self, rows: pd.DataFrame) -> DataLoader[dict[str, Any]]:
        """Load any rows of :attr:`table` in order, without augmentation."""
        return DataLoader(
            LesionImages(rows), batch_size=self.batch_size, num_workers=self.num_workers
        )

    def on_after_batch_transfer(self, batch: dict[str, Any], dataloader_idx: int) -> dict[str, Any]:
        """Scale pixels to ``float32`` in ``[0, 1]`` and, in training, augment the batch."""
        images = batch["image"].float().div_(255)
        if self.trainer is not None and self.trainer.training:
            images = self.augmentation(images)
        return {**batch, "image": images}

    def _loader(
        self, name: Split, *, shuffle: bool = False, drop_last: bool = False
    ) -> DataLoader[dict[str, Any]]:
        return DataLoader(
            LesionImages(self.split(name)),
            batch_size=self.batch_size,
            shuffle=shuffle,
            drop_last=drop_last,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
        )
