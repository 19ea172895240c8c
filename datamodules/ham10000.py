"""The HAM10000 data set for PyTorch Lightning."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from pytorch_lightning.trainer.states import TrainerFn
from pytorch_lightning.utilities import rank_zero_info
from torch import Tensor
from torch.utils.data import DataLoader, default_convert

from datamodules.augment import Augmentation
from datamodules.cache import DEFAULT_CACHE, cached_pixels, read_pixels
from datamodules.download import download
from datamodules.errors import DatasetError
from datamodules.image_folder import ImageFileBatches
from datamodules.inspection import drop_unreadable
from datamodules.labels import CODES
from datamodules.lesion_groups import describe_groups
from datamodules.lesion_images import Batch, LesionImages
from datamodules.lesion_table import (
    SPLIT_SEED,
    SplitOptions,
    TestSet,
    read_images,
    split_images,
)
from datamodules.listing import FolderFiles, LabelledFiles
from datamodules.metadata import HAM10000_IDS
from datamodules.preprocess import IMAGE_SIZE
from datamodules.sampling import in_order, shuffled
from datamodules.splits import SPLITS, Split
from datamodules.training_record import check_record, check_same_training, training_record


class HAM10000DataModule(pl.LightningDataModule):
    """HAM10000, split by lesion and stratified by diagnosis."""

    def __init__(
        self,
        root: Path = Path("data/ham10000"),
        batch_size: int = 32,
        num_workers: int = 0,
        cache_dir: Path = DEFAULT_CACHE,
        cache_images: bool = True,
        val_fraction: float = 0.1,
        test_fraction: float = 0.1,
        split_seed: int = SPLIT_SEED,
        augmentation: Augmentation = Augmentation(),  # noqa: B008  frozen, so safe to share
        train_size: int = 160,
        full_size_epochs: int = 4,
        predict_dir: Path | None = None,
        download: bool = False,
        test_set: TestSet = "split",
        folds: int | None = None,
        fold: int = 0,
        held_out: str | None = None,
        manifest: Path | None = None,
        skip_unreadable: bool = False,
    ) -> None:
        """Remember the settings; nothing is read before :meth:`setup`.

        Args:
            root: Folder that the data set was unpacked to.
            batch_size: Images per step.
            num_workers: Processes that fetch images. From the cache, 0 is fastest: copying a
                batch takes less than handing it from process to process.
            cache_dir: Where decoded images and what was found of near-duplicates are kept.
            cache_images: Whether images are decoded once, or in every epoch.
            val_fraction: Share of the lesions used to choose the checkpoint and thresholds.
            test_fraction: Share of the lesions kept back for the final figures.
            split_seed: Seed of the split; independent of ``seed_everything``, so that runs with
                other seeds stay comparable.
            augmentation: Random views for training.
            train_size: Side in pixels of the views of the first epochs, which are then twice as
                fast at 160 as at the network's 224.
            full_size_epochs: Last epochs, with views of the network's own size.
            predict_dir: Folder whose files, at any depth, ``predict`` scores; the test split
                when ``null``.
            download: Fetch what is missing of the data set, 2.7 GB, to ``root`` first.
            test_set: ``split`` tests on a part of HAM10000, ``official`` on the test set of the
                ISIC 2018 challenge.
            folds: Number of parts of what is not test that take turns as the validation split,
                instead of ``val_fraction``.
            fold: Which of them is the validation split, from 0.
            held_out: ``COLUMN=VALUE``, as ``dataset=rosendahl``: lesions with such an image go
                to the test split, all others stay where they are. Columns: ``dataset`` (in newer
                editions of the metadata), ``dx_type``, ``sex``, ``localization``.
            manifest: Split manifest of an earlier run to repeat, instead of all of the above.
            skip_unreadable: Go on without missing and damaged images, with a counted warning.
        """
        super().__init__()
        self.root = root
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.cache_dir = cache_dir
        self.cache_images = cache_images
        self.val_fraction = val_fraction
        self.test_fraction = test_fraction
        self.split_seed = split_seed
        self.augmentation = augmentation
        self.train_size = train_size
        self.full_size_epochs = full_size_epochs
        self.predict_dir = predict_dir
        self.download = download
        self.test_set = test_set
        self.folds = folds
        self.fold = fold
        self.held_out = held_out
        self.manifest = manifest
        self.skip_unreadable = skip_unreadable
        self.table = pd.DataFrame()
        self._epoch = 0
        self._cache: NDArray[np.uint8] | None = None

    @property
    def split_options(self) -> SplitOptions:
        """How the data set is split; with a manifest, how that was made."""
        return SplitOptions(
            test_set=self.test_set,
            val_fraction=self.val_fraction,
            test_fraction=self.test_fraction,
            seed=self.split_seed,
            folds=self.folds,
            fold=self.fold,
            held_out=self.held_out,
            manifest=self.manifest,
        ).as_made()

    @property
    def is_ham10000(self) -> bool:
        """Whether the images have HAM10000's names; others in the layout have their own."""
        table = self.table[~self.table["official_test"]]
        return bool(table["image_id"].isin(HAM10000_IDS).all())

    def prepare_data(self) -> None:
        """Download the data set if asked to.

        Raises:
            DatasetError: If it can not be had.
        """
        if self.download:
            download(self.root, official_test=self.split_options.test_set == "official")

    def setup(self, stage: str | None = None) -> None:
        """Read the metadata and assign the splits.

        Raises:
            DatasetError: If the data set or the manifest is missing or damaged.
            SplitError: If the data set can not be split as asked.
        """
        if len(self.table) or (stage == "predict" and self.predict_dir is not None):
            return
        options = self.split_options
        table = read_images(self.root, options.test_set, allow_missing=self.skip_unreadable)
        if self.skip_unreadable:
            table = drop_unreadable(table)
        paths: list[str] = table["path"].tolist()
        if self.cache_images:
            self._cache = cached_pixels(paths, self.cache_dir)

        def pixels(row: int) -> NDArray[np.uint8]:
            return read_pixels(paths[row]) if self._cache is None else self._cache[row]

        self.table = split_images(table, options, pixels, self.cache_dir)
        rank_zero_info(describe_groups(self.table))

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

    def train_dataloader(self) -> DataLoader[Batch]:
        """Shuffled training images; the last incomplete batch is dropped.

        Raises:
            DatasetError: If no batch is left.
        """
        rows = self.split("train")
        loader = self._loader(rows, training=True)
        if len(loader) == 0:
            raise DatasetError(
                f"'--data.batch_size {self.batch_size}' is more than each process gets of the "
                f"{len(rows)} training images; make it smaller, or use more images."
            )
        return loader

    def val_dataloader(self) -> DataLoader[Batch]:
        """Validation images in order."""
        return self._loader(self.split("val"))

    def test_dataloader(self) -> DataLoader[Batch]:
        """Test images in order."""
        return self._loader(self.split("test"))

    def state_dict(self) -> dict[str, Any]:
        """Save the training images, and what a training resumed from here starts with."""
        assert self.trainer is not None  # noqa: S101  Lightning calls it, with a trainer
        # Checkpoints are written at the ends of epochs, before Lightning counts them as complete.
        epoch = self.trainer.current_epoch + 1
        return {
            "epoch": epoch,
            "trained_on": training_record(self.split("train")),
            "options": self._training_options,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave.

        Raises:
            DatasetError: If the checkpoint was trained on what is validation or test here, or
                would go on with what was.
        """
        check_record(state_dict["trained_on"], self.table)
        assert self.trainer is not None  # noqa: S101  Lightning calls it, with a trainer
        if self.trainer.state.fn == TrainerFn.FITTING:
            check_same_training(state_dict["trained_on"], self.split("train"))
        self._epoch = state_dict["epoch"]

    def files_to_score(self) -> FolderFiles | LabelledFiles:
        """Tell what ``predict`` scores: ``predict_dir``, or the test split with its labels."""
        if self.predict_dir is not None:
            return FolderFiles(self.predict_dir)
        rows = self.split("test")
        labels = {name: rows[name].tolist() for name in ("image_id", "lesion_id", "group", "dx")}
        return LabelledFiles(self.root, rows["path"].tolist(), labels)

    def score(self, batches: ImageFileBatches) -> None:
        """Choose what :meth:`predict_dataloader` gives to this process."""
        self._batches_to_score = batches
        # The other processes may have something left to do when this one has not.
        self.allow_zero_length_dataloader_with_multiple_devices = True

    def predict_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Batches of the files chosen by :meth:`score`, in order."""
        return DataLoader(self._batches_to_score, batch_size=None, num_workers=self.num_workers)

    def evaluation_loader(
        self, rows: pd.DataFrame, batch_size: int | None = None
    ) -> DataLoader[Batch]:
        """Load any rows of :attr:`table` in order, without augmentation.

        Args:
            rows: The rows.
            batch_size: Another batch size than the option's.
        """
        return self._loader(rows, batch_size=batch_size)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Scale pixels to ``float32`` in ``[0, 1]`` and, in training, augment the batch."""
        images = batch["image"].float().div_(255)
        if self.trainer is not None and self.trainer.training:
            images = self.augmentation(images, self._view_size(self.trainer))
        return {**batch, "image": images}

    @property
    def _training_options(self) -> dict[str, Any]:
        """How training sees its images: values by the names of the options, in plain types."""
        return {
            "batch_size": self.batch_size,
            "train_size": self.train_size,
            "full_size_epochs": self.full_size_epochs,
            **{f"augmentation.{name}": value for name, value in vars(self.augmentation).items()},
        }

    def _view_size(self, trainer: pl.Trainer) -> int:
        # Progressive resizing (fast.ai, 2018). A training without max_epochs has no last epoch.
        epochs = trainer.max_epochs or -1
        full = 0 <= epochs <= trainer.current_epoch + self.full_size_epochs
        return IMAGE_SIZE if full else self.train_size

    def _loader(
        self, rows: pd.DataFrame, *, training: bool = False, batch_size: int | None = None
    ) -> DataLoader[Batch]:
        images = LesionImages(rows, self._cache)
        return DataLoader(
            images,
            batch_size=batch_size or self.batch_size,
            sampler=(
                shuffled(images, self.trainer, self._epoch)
                if training
                else in_order(images, self.trainer)
            ),
            drop_last=training,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            collate_fn=default_convert,  # batches are fetched whole
            # Its own, or starting an epoch would draw from the state that augmentation uses.
            generator=torch.Generator(),
        )
