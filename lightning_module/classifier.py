"""The LightningModule: how the network learns."""

import math
from collections.abc import Sequence
from typing import Any, cast

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MeanMetric
from torchvision.transforms.v2 import MixUp

from datamodules.ham10000 import HAM10000DataModule
from datamodules.labels import DIAGNOSES
from datamodules.lesion_images import Batch, Images
from lightning_module.class_weighting import ClassWeighting, class_weights, unweighted
from lightning_module.distillation import Teachers, divergence, load_teachers
from lightning_module.epoch_seed import seed_epoch
from lightning_module.gradients import allocate_gradients
from lightning_module.malignancy import is_malignant, malignancy, malignancy_log_odds
from lightning_module.metrics import ScreeningMetrics
from lightning_module.network import LesionNetwork, WeightsError


class LesionClassifier(pl.LightningModule):
    """Fine-tunes the network on the seven diagnoses, the head first and then everything.

    The malignant ones are summed: learning malignancy alone gave the same AUROC and no diagnoses
    (``docs/recipes.md``).
    """

    class_weights: Tensor
    # Not a module among the others, or the teachers' weights would go into every checkpoint.
    _teachers: Teachers

    def __init__(
        self,
        weights: str = "DEFAULT",
        head_epochs: int = 1,
        frozen_blocks: int = 0,
        learning_rate: float = 6e-4,
        head_learning_rate: float = 3e-3,
        weight_decay: float = 0.02,
        warmup_fraction: float = 0.2,
        label_smoothing: float = 0.05,
        class_weighting: ClassWeighting = "sqrt",
        malignancy_weight: float = 0.0,
        mixup: float = 0.0,
        colour_constancy: bool = False,
        teachers: Sequence[str] = (),
        distillation: float = 0.7,
        dropout: float = 0.2,
    ) -> None:
        """Make a network with random weights; pretrained ones are loaded when ``fit`` starts.

        Args:
            weights: Where a new training starts: ``DEFAULT`` (torchvision's ImageNet weights), a
                path, or ``none``.
            head_epochs: Epochs in which only the head learns.
            frozen_blocks: How many of the backbone's 19 blocks keep their pretrained weights and
                statistics, from the first on; none without pretrained weights. The first ones work
                on the largest maps, so each step is the shorter, but learn too.
            learning_rate: Peak rate of the backbone.
            head_learning_rate: Peak rate of the head.
            weight_decay: AdamW's decoupled weight decay.
            warmup_fraction: Share of all steps in which the rates rise, in ``(0, 1)``.
            label_smoothing: In ``[0, 1)``.
            class_weighting: How the loss weighs a diagnosis by its frequency in training.
            malignancy_weight: Share of the loss that is about malignant against benign alone, in
                ``[0, 1]``.
            mixup: How much of another image is mixed into each training view, with its label
                (Zhang et al., ICLR 2018, arXiv:1710.09412): both parameters of the beta
                distribution that the share is drawn from; 0 mixes none.
            colour_constancy: Whether the network removes the illumination's colour first.
            teachers: Checkpoints of trained networks to learn from, besides the labels.
            distillation: Share of the loss that is about the teachers, in ``[0, 1]``.
            dropout: Before the head, in ``[0, 1)``.

        Raises:
            WeightsError: If more blocks are to be frozen than there are, or fewer than none.
        """
        super().__init__()
        self.save_hyperparameters()
        self.weights = weights
        self.head_epochs = head_epochs
        self.learning_rate = learning_rate
        self.head_learning_rate = head_learning_rate
        self.weight_decay = weight_decay
        self.warmup_fraction = warmup_fraction
        self.label_smoothing = label_smoothing
        self.class_weighting = class_weighting
        self.malignancy_weight = malignancy_weight
        self.mix = MixUp(alpha=mixup, num_classes=len(DIAGNOSES)) if mixup else None
        self.teachers = teachers
        self.distillation = distillation
        network = LesionNetwork(dropout, colour_constancy)
        self.network = network.to(memory_format=torch.channels_last)
        if not 0 <= frozen_blocks <= len(self.network.backbone):
            raise WeightsError(
                f"--model.frozen_blocks is {frozen_blocks}, but the backbone has "
                f"{len(self.network.backbone)} blocks; name a number from 0 to that."
            )
        self.frozen_blocks = 0 if weights == "none" else frozen_blocks
        self.network.backbone[: self.frozen_blocks].requires_grad_(False)
        self.register_buffer("class_weights", torch.ones(len(DIAGNOSES)))
        self.val_loss = MeanMetric()
        self.val_metrics = ScreeningMetrics()
        self.test_metrics = ScreeningMetrics()

    def on_fit_start(self) -> None:
        """Load teachers, and unless a checkpoint was loaded the weights that training starts from.

        Raises:
            WeightsError: If the pretrained weights or a teacher can not be had.
            DatasetError: If a teacher has seen what is validation or test here.
        """
        data = cast(HAM10000DataModule, self.trainer.datamodule)  # type: ignore[attr-defined]
        # Not in setup: the trainer does not know its checkpoint yet then.
        if self.trainer.ckpt_path is None:
            self.network.load_pretrained(self.weights)
            weights = class_weights(data.train_class_counts(), self.class_weighting)
            self.class_weights.copy_(weights)
        if self.teachers:
            self._teachers = load_teachers(self.teachers, data.table, self.class_weights)

    def forward(self, images: Tensor) -> Tensor:
        """Turn images ``float32 [N, 3, H, W]`` in ``[0, 1]`` into logits ``[N, 7]``."""
        logits: Tensor = self.network(images.contiguous(memory_format=torch.channels_last))
        return logits

    def training_step(self, batch: Batch) -> Tensor:
        """Return the weighted cross-entropy of a batch."""
        images, labels = batch["image"], batch["label"]
        if self.mix is not None:
            images, labels = self.mix(images, labels)
        # Asked first, while memory is not yet full of what the backward pass needs.
        answers = self._teachers.log_probabilities(images) if self.teachers else None
        logits = self._head_only(images) if self._head_phase else self(images)
        loss = self._loss(logits.float(), labels)
        if answers is not None:
            loss = torch.lerp(loss, divergence(logits, answers), self.distillation)
        self.log(
            "train_loss", loss, batch_size=len(logits), on_step=True, on_epoch=True, sync_dist=True
        )
        return loss

    def on_train_epoch_start(self) -> None:
        """Seed the epoch, and keep the frozen backbone's batch statistics fixed."""
        seed_epoch(self.current_epoch, self.global_rank)
        self.network.backbone.train(not self._head_phase)
        self.network.backbone[: self.frozen_blocks].eval()
        # Not of a frozen backbone: it would decay.
        if not self._head_phase:
            allocate_gradients(self.network)

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: Optimizer) -> None:
        """Keep the gradients' memory."""
        optimizer.zero_grad(set_to_none=False)

    def validation_step(self, batch: Batch) -> None:
        """Gather a validation batch."""
        labels = batch["label"]
        logits = self._unweighted(self._full_precision(batch["image"]))
        self.val_metrics.update(logits, labels)
        # Of a diagnosis that was absent from training, the loss is infinite.
        learned = self.class_weights[labels] > 0
        losses = functional.cross_entropy(logits, labels, reduction="none")
        # As a metric: over processes with unequally many images, Lightning's own mean is wrong.
        self.val_loss.update(losses[learned])
        self.log("val_loss", self.val_loss, prog_bar=True)

    def on_validation_epoch_end(self) -> None:
        """Log the validation metrics, each with the prefix ``val_``."""
        self._log_metrics("val", self.val_metrics)

    def test_step(self, batch: Batch) -> None:
        """Gather a test batch."""
        logits = self._full_precision(batch["image"])
        self.test_metrics.update(self._unweighted(logits), batch["label"])

    def on_test_epoch_end(self) -> None:
        """Log the test metrics, each with the prefix ``test_``."""
        self._log_metrics("test", self.test_metrics)

    def predict_step(self, batch: Images) -> Tensor:
        """Return uncalibrated probabilities of the seven diagnoses, ``float32 [N, 7]``."""
        return self._unweighted(self._full_precision(batch["image"])).softmax(dim=1)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Use AdamW with a one-cycle schedule (Smith & Topin 2018, arXiv:1708.07120)."""
        groups: list[dict[str, Any]] = [
            {"params": self.network.backbone.parameters(), "name": "backbone"},
            {
                "params": self.network.head.parameters(),
                "name": "head",
                "lr": self.head_learning_rate,
            },
        ]
        optimizer = AdamW(
            groups,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            # A quarter of the time, but Lightning clips no gradients of a fused optimizer.
            fused=not self.trainer.gradient_clip_val,
        )
        total = int(self.trainer.estimated_stepping_batches)
        # Not torch's OneCycleLR: that one keeps its length in the checkpoint, and a resumed
        # training could not be made longer.
        scheduler = LambdaLR(
            optimizer, lambda step: one_cycle(step / max(1, total - 1), self.warmup_fraction)
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compare logits ``[N, 7]`` with labels: indices ``int64 [N]`` or shares ``[N, 7]``."""
        diagnosis = functional.cross_entropy(
            logits, labels, weight=self.class_weights, label_smoothing=self.label_smoothing
        )
        if not self.malignancy_weight:
            return diagnosis
        # Of the answer that will be given, so without the weights of the other term.
        log_odds = malignancy_log_odds(self._unweighted(logits))
        share = malignancy(labels) if labels.is_floating_point() else is_malignant(labels).float()
        smooth = self.label_smoothing
        target = share * (1 - smooth) + smooth / 2
        malignant = functional.binary_cross_entropy_with_logits(log_odds, target)
        return torch.lerp(diagnosis, malignant, self.malignancy_weight)

    @property
    def _head_phase(self) -> bool:
        return self.current_epoch < self.head_epochs

    def _head_only(self, images: Tensor) -> Tensor:
        # Detached instead of requires_grad=False: the set of trainable parameters must not change
        # during a run, or distributed training would not synchronise the thawed ones.
        with torch.no_grad():
            features = self.network.features(images.contiguous(memory_format=torch.channels_last))
        return self.network.classify(features)

    def _unweighted(self, logits: Tensor) -> Tensor:
        return unweighted(logits, self.class_weights)

    def _full_precision(self, images: Tensor) -> Tensor:
        # bfloat16 at inference cost one of our networks 0.01 of AUROC.
        with torch.autocast(self.device.type, enabled=False):
            return cast(Tensor, self(images)).float()

    def _log_metrics(self, prefix: str, metrics: ScreeningMetrics) -> None:
        values = {f"{prefix}_{name}": value for name, value in metrics.compute().items()}
        # Equal in all processes already, torchmetrics having gathered them; Lightning insists.
        self.log_dict(values, sync_dist=True)
        metrics.reset()


def one_cycle(progress: float, warmup_fraction: float) -> float:
    """Return the learning rate relative to its peak: a cosine up from 1/25, then down to 0.

    Args:
        progress: Share of the steps done, in ``[0, 1]``.
        warmup_fraction: Share of the steps in which the rate rises, in ``(0, 1)``.
    """
    if progress < warmup_fraction:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / warmup_fraction)) / 2
    rest = (progress - warmup_fraction) / (1 - warmup_fraction)
    return (1 + math.cos(math.pi * min(rest, 1.0))) / 2
