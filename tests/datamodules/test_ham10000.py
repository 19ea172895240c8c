import pickle
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from datamodules.errors import DatasetError
from datamodules.ham10000 import HAM10000DataModule
from datamodules.lesion_images import Batch, LesionImages
from datamodules.preprocess import network_input
from datamodules.splits import SPLITS
from lightning_module.classifier import LesionClassifier


def decoded_each_time(root: Path, cache: Path) -> HAM10000DataModule:
    return HAM10000DataModule(
        root=root,
        batch_size=8,
        cache_dir=cache,
        cache_images=False,
        val_fraction=0.15,
        test_fraction=0.15,
    )


@pytest.fixture
def data(synthetic_root: Path, tmp_path: Path) -> HAM10000DataModule:
    module = decoded_each_time(synthetic_root, tmp_path)
    module.setup()
    return module


def test_lesions_are_disjoint_and_every_image_is_used_once(data: HAM10000DataModule) -> None:
    parts = [data.split(name) for name in SPLITS]
    lesions = [set(part["lesion_id"]) for part in parts]
    assert len(set.union(*lesions)) == sum(map(len, lesions))
    images = [image for part in parts for image in part["image_id"]]
    assert sorted(images) == data.table["image_id"].tolist()


def test_class_counts_and_sizes(data: HAM10000DataModule) -> None:
    counts = data.train_class_counts()
    sizes = data.split_sizes()
    assert counts.sum() == sizes["train_images"] == len(data.split("train"))
    assert (counts > 0).all()
    assert sizes["train_images"] + sizes["val_images"] + sizes["test_images"] == 105


def test_ham10000_is_known_by_the_names_of_its_images(data: HAM10000DataModule) -> None:
    assert not data.is_ham10000
    first, last = 24306, 34320
    numbers = [first, *range(last - len(data.table) + 2, last + 1)]
    data.table["image_id"] = [f"ISIC_{number:07}" for number in numbers]
    assert data.is_ham10000
    # The last is of ISIC 2019, whose images have such names, too.
    for other in (first - 1, last + 1, 53453):
        data.table.loc[7, "image_id"] = f"ISIC_{other:07}"
        data.table.loc[7, "official_test"] = False
        assert not data.is_ham10000
        data.table.loc[7, "official_test"] = True
        assert data.is_ham10000


def test_items_are_what_the_handler_feeds(data: HAM10000DataModule) -> None:
    rows = data.split("val")
    batch = LesionImages(rows).__getitems__(list(range(len(rows))))
    for image, path in zip(batch["image"], rows["path"], strict=True):
        expected = network_input(Path(path).read_bytes()).pixels
        assert np.array_equal(image.permute(1, 2, 0).numpy(), expected)


def test_cache_changes_nothing(
    data: HAM10000DataModule, synthetic_root: Path, tmp_path: Path
) -> None:
    cached = decoded_each_time(synthetic_root, tmp_path)
    cached.cache_images = True
    cached.setup()
    for ours, theirs in zip(cached.test_dataloader(), data.test_dataloader(), strict=True):
        assert torch.equal(ours["image"], theirs["image"])
        assert torch.equal(ours["label"], theirs["label"])
        assert ours["image_id"] == theirs["image_id"]


def test_loader_processes_map_the_cache_themselves(synthetic_root: Path, tmp_path: Path) -> None:
    cached = decoded_each_time(synthetic_root, tmp_path)
    cached.cache_images = True
    cached.setup()
    images = cached.test_dataloader().dataset
    assert isinstance(images, LesionImages)
    sent = pickle.dumps(images)
    assert len(sent) < 224 * 224 * 3  # less than one image
    received = pickle.loads(sent)  # noqa: S301  our own
    assert torch.equal(received.__getitems__([1])["image"], images.__getitems__([1])["image"])


def test_evaluation_batches_are_scaled_but_not_augmented(data: HAM10000DataModule) -> None:
    batch = next(iter(data.val_dataloader()))
    raw = batch["image"].clone()
    scaled = data.on_after_batch_transfer(batch, 0)["image"]
    assert torch.equal(scaled, raw.float() / 255)


def test_damaged_image_is_named(data: HAM10000DataModule, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    rows = data.table.head(1).assign(path=str(broken))
    with pytest.raises(DatasetError, match=r"broken\.jpg"):
        LesionImages(rows).__getitems__([0])


@pytest.mark.parametrize("processes", [1, 2])
def test_training_without_a_whole_batch_is_refused(
    data: HAM10000DataModule, processes: int
) -> None:
    images = data.split_sizes()["train_images"]
    data.trainer = pl.Trainer(accelerator="cpu", devices=processes, logger=False)
    data.batch_size = images // processes
    assert len(data.train_dataloader()) == 1
    data.batch_size += 1
    message = rf"--data\.batch_size {data.batch_size}' is more .* of the {images} training images"
    with pytest.raises(DatasetError, match=message):
        data.train_dataloader()


def test_views_grow_for_the_last_epochs(data: HAM10000DataModule) -> None:
    sizes = []

    class Sizes(pl.Callback):
        def on_train_batch_start(
            self, trainer: pl.Trainer, module: pl.LightningModule, batch: Batch, index: int
        ) -> None:
            sizes.append(batch["image"].shape[-1])

        def on_validation_batch_start(
            self, trainer: pl.Trainer, module: pl.LightningModule, batch: Batch, *args: object
        ) -> None:
            assert batch["image"].shape[-1] == 224

    data.train_size, data.full_size_epochs = 128, 1
    trainer = pl.Trainer(
        max_epochs=3,
        limit_train_batches=1,
        limit_val_batches=1,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        callbacks=[Sizes()],
    )
    trainer.fit(LesionClassifier(weights="none"), data)
    assert sizes == [128, 128, 224]
