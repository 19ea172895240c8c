"""Lightning's Trainer with one more command."""

from pathlib import Path

import pytorch_lightning as pl

from datamodules.ham10000 import HAM10000DataModule
from lightning_module.classifier import LesionClassifier
from lightning_module.export import export


class Trainer(pl.Trainer):
    """Adds ``export``, so that the command line offers it beside ``fit`` and ``test``."""

    def export(
        self,
        model: LesionClassifier,
        datamodule: HAM10000DataModule,
        ckpt_path: str,
        output: Path = Path("model_store"),
        version: str = "1.0",
    ) -> None:
        """Export a trained checkpoint to the artefact that the server loads.

        Calibrates on the validation split, fixes the operating points there, fits the
        in-distribution score on the training split, and measures validation and test.

        Args:
            model: Only its class matters; the weights come from the checkpoint.
            datamodule: The data the checkpoint was trained on.
            ckpt_path: The checkpoint.
            output: Folder that gets the network and ``model_spec.json``.
            version: The network's own version, written into ``model_spec.json``.
        """
        export(datamodule, Path(ckpt_path), output, version)
