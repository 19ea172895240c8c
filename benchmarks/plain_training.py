"""Training as it is usually written: float32, NCHW, images decoded one by one in the loop."""

from pathlib import Path

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision.models import mobilenet_v2
from torchvision.transforms import v2

from benchmarks.step_timer import StepTimer
from datamodules.labels import DIAGNOSES
from datamodules.lesion_table import read_images


class PlainImages(Dataset[tuple[Tensor, int]]):
    """The usual data set: PIL and torchvision transforms, image by image."""

    transform = v2.Compose(
        [
            v2.PILToTensor(),
            v2.RandomResizedCrop(224, scale=(0.3, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomVerticalFlip(),
            v2.RandomRotation(180),
            v2.ColorJitter(0.25, 0.25, 0.1),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )

    def __init__(self, paths: list[str], labels: list[int], length: int) -> None:
        self.paths, self.labels, self.length = paths, labels, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        index %= len(self.paths)
        return self.transform(Image.open(self.paths[index]).convert("RGB")), self.labels[index]


class PlainModule(pl.LightningModule):
    """The usual LightningModule."""

    def __init__(self) -> None:
        super().__init__()
        self.network = mobilenet_v2(num_classes=len(DIAGNOSES))

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the cross-entropy."""
        loss = functional.cross_entropy(self.network(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Use AdamW."""
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def plain(root: Path, steps: int, batch: int, warm_up: int) -> float:
    """Measure the usual Lightning loop: images per second over ``steps`` after ``warm_up``."""
    rows = read_images(root)
    length = batch * (steps + warm_up)
    images = PlainImages(rows["path"].tolist(), rows["label"].tolist(), length)
    timer = StepTimer(warm_up)
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[timer],
    )
    trainer.fit(PlainModule(), DataLoader(images, batch, shuffle=True, num_workers=2))
    return batch / timer.seconds_per_step
