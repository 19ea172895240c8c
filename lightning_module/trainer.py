"""Lightning's Trainer with one more command, and a report of each test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
from pytorch_lightning.strategies import DDPStrategy, StrategyRegistry
from pytorch_lightning.utilities.types import EVAL_DATALOADERS
from torch import Tensor

from datamodules.ham10000 import HAM10000DataModule
from handlers.schema import DISCLAIMER
from lightning_module.classifier import LesionClassifier
from lightning_module.export import export
from lightning_module.report.findings import ReportOptions, evaluate
from lightning_module.report.page import Run, write_report
from lightning_module.screening import fix_screening

# What several processes use unless told otherwise. While only the head learns, the backbone has
# no gradients, which DDP takes for an error by default.
StrategyRegistry.register("ddp", DDPStrategy, override=True, find_unused_parameters=True)


class Trainer(pl.Trainer):
    """Adds ``export``, so that the command line offers it beside ``fit`` and ``test``."""

    def predict(
        self,
        model: pl.LightningModule | None = None,
        dataloaders: EVAL_DATALOADERS | pl.LightningDataModule | None = None,
        datamodule: pl.LightningDataModule | None = None,
        return_predictions: bool | None = False,
        ckpt_path: str | Path | None = None,
        weights_only: bool | None = None,
    ) -> list[Any] | list[list[Any]] | None:
        """Predict as Lightning does, but hold no predictions in memory unless told to."""
        return super().predict(
            model, dataloaders, datamodule, return_predictions, ckpt_path, weights_only
        )

    def test(
        self,
        model: pl.LightningModule | None = None,
        dataloaders: EVAL_DATALOADERS | pl.LightningDataModule | None = None,
        ckpt_path: str | Path | None = None,
        verbose: bool = True,
        datamodule: pl.LightningDataModule | None = None,
        weights_only: bool | None = None,
        report: ReportOptions = ReportOptions(),  # noqa: B008  frozen, so safe to share
    ) -> list[Mapping[str, float]]:
        """Test as Lightning does, then write the evaluation report to the folder of the logs.

        Args:
            model: As for Lightning.
            dataloaders: As for Lightning.
            ckpt_path: As for Lightning.
            verbose: As for Lightning.
            datamodule: As for Lightning.
            weights_only: As for Lightning.
            report: What the report holds besides the plain figures.

        Returns:
            The logged metrics.

        Raises:
            DatasetError: If there are no photographs where there should be.
        """
        photographs = report.read_photographs()  # before all the work, lest it be in vain
        metrics = super().test(model, dataloaders, ckpt_path, verbose, datamodule, weights_only)
        folder = self.log_dir  # asks the other processes, so before the condition
        if self.is_global_zero and folder is not None:
            self._report(report, photographs, Path(folder) / "report")
        return metrics

    def export(
        self,
        model: LesionClassifier,
        datamodule: HAM10000DataModule,
        ckpt_path: str,
        output: Path = Path("model_store"),
        version: str = "1.0",
        report: ReportOptions = ReportOptions(),  # noqa: B008
    ) -> None:
        """Export a trained checkpoint to the artefact that the server loads.

        Calibrates on the validation split, fixes the operating points there, fits the
        in-distribution score on the training split, and measures validation and test.

        Args:
            model: Only its class matters; the weights come from the checkpoint.
            datamodule: The data the checkpoint was trained on.
            ckpt_path: The checkpoint.
            output: Folder that gets the network, ``model_spec.json``, ``MODEL_CARD.md`` and
                ``splits.csv``.
            version: The network's own version, written into ``model_spec.json``.
            report: What the model card holds besides the plain figures.
        """
        export(datamodule, Path(ckpt_path), output, version, report)

    def _report(self, options: ReportOptions, photographs: Tensor | None, folder: Path) -> None:
        """Evaluate the network that was just tested, in this process alone."""
        model = cast(LesionClassifier, self.lightning_module)
        datamodule = cast(HAM10000DataModule, self.datamodule)  # type: ignore[attr-defined]
        datamodule.trainer = None  # or it would deal out only this process's share of the images
        network = model.network.eval()
        screening, val = fix_screening(network, model.class_weights, datamodule)
        evaluation = evaluate(network, datamodule, screening, val, options, photographs)
        run = Run.of(Path(str(self.ckpt_path)), datamodule)
        page = write_report(evaluation, run, folder)
        print(f"Report: {page}. {DISCLAIMER}")
