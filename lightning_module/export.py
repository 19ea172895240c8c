"""Turns a checkpoint into the artefact that the server loads, and writes its model card."""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor

from datamodules.errors import first_line
from datamodules.ham10000 import HAM10000DataModule
from datamodules.inspection import file_sizes
from datamodules.labels import DIAGNOSES
from datamodules.lesion_images import Batch
from datamodules.manifest import FILE_NAME, without_metadata, write_manifest
from datamodules.preprocess import IMAGE_SIZE, PREPROCESS_VERSION
from datamodules.training_record import check_record
from handlers.model_spec import (
    INPUT,
    MODEL_NAME,
    OUTPUTS,
    SPEC_FILE,
    ArtefactError,
    DiagnosisLabel,
    ModelSpec,
    NetworkFile,
)
from lightning_module.classifier import LesionClassifier
from lightning_module.graph import ScreeningGraph
from lightning_module.report.findings import Findings, ReportOptions, evaluate
from lightning_module.report.model_card import CARD_FILE, HAM10000, model_card
from lightning_module.rounding import bears_bfloat16
from lightning_module.screening import Screening, fix_screening

#: Largest difference that an output may have from PyTorch's.
TOLERANCE: Final = 1e-4
# HAM10000 is CC BY-NC 4.0, and what is learned from it is released under the same terms.
_LICENCES: Final = {HAM10000: "CC BY-NC 4.0"}
_OTHER_DATA: Final = "other images in its layout"
#: Options that say where files lie on the training machine.
_PATHS: Final = ("weights", "teachers")
_PACKAGES: Final = ("torch", "torchvision", "pytorch-lightning", "onnx")


def export(
    datamodule: HAM10000DataModule,
    checkpoint: Path,
    output: Path,
    version: str,
    options: ReportOptions,
) -> ModelSpec:
    """Calibrate, measure and export a checkpoint.

    Args:
        datamodule: The data and splits that the checkpoint was trained with.
        checkpoint: A checkpoint of :class:`~lightning_module.classifier.LesionClassifier`.
        output: Folder that gets the four files; existing ones are replaced only when all is done.
        version: The network's own version.
        options: What the model card holds besides the plain figures.

    Returns:
        What was written to ``model_spec.json``.

    Raises:
        ArtefactError: If the checkpoint can not be loaded, or the exported network's outputs
            differ from PyTorch's.
        DatasetError: If the data set is missing or damaged, or the folder of photographs holds
            none.
    """
    photographs = options.read_photographs()  # before all the work, lest it be in vain
    model, trained_on = load_checkpoint(checkpoint)
    network = model.network
    datamodule.prepare_data()
    datamodule.setup()
    check_record(trained_on, datamodule.table)
    screening, val = fix_screening(network, model.class_weights, datamodule)
    graph = ScreeningGraph(network, screening.calibration, screening.distance).eval()
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output) as folder:
        network_file = Path(folder) / f"{MODEL_NAME}.onnx"
        write_onnx(graph, network_file)
        check_parity(graph, network_file, _sample(datamodule.val_dataloader()))
        findings = evaluate(network, datamodule, screening, val, options, photographs).findings
        bears = bears_bfloat16(network, datamodule, screening, val)
        spec = _describe(network_file, version, model, datamodule, findings, screening, bears)
        spec_file = Path(folder) / SPEC_FILE
        spec_file.write_text(spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
        card_file = Path(folder) / CARD_FILE
        card_file.write_text(model_card(spec, findings, checkpoint), encoding="utf-8")
        splits_file = Path(folder) / FILE_NAME
        write_manifest(
            without_metadata(datamodule.table), datamodule.split_options.origin(), splits_file
        )
        for file in (network_file, spec_file, card_file, splits_file):
            file.replace(output / file.name)
    _report(spec, output)
    return spec


def load_checkpoint(path: Path) -> tuple[LesionClassifier, Mapping[str, Any]]:
    """Load a checkpoint for evaluation on the CPU, without unpickling code.

    Returns:
        The model, and the record of the images that it was trained on.

    Raises:
        ArtefactError: If the file is missing or is no checkpoint of ours.
    """
    try:
        model = LesionClassifier.load_from_checkpoint(path, map_location="cpu", weights_only=True)
        state = torch.load(path, map_location="cpu", weights_only=True)
        record = state[HAM10000DataModule.__qualname__]["trained_on"]
    except Exception as error:  # damage shows as any of torch's, pickle's, zip's or Lightning's
        raise ArtefactError(
            f"{path} can not be loaded as a checkpoint: {first_line(error)}"
        ) from error
    return model.eval(), record


def write_onnx(graph: ScreeningGraph, path: Path) -> None:
    """Write the graph as a single ONNX file with a free batch size."""
    example = torch.zeros(2, IMAGE_SIZE, IMAGE_SIZE, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        graph,
        (example,),
        dynamo=True,
        input_names=[INPUT],
        output_names=list(OUTPUTS),
        dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
        verbose=False,
    )
    assert program is not None  # noqa: S101  only the legacy exporter returns None
    model = program.model_proto
    for node in model.graph.node:
        # Of each node, the exporter tells in which file of this machine it was called.
        node.ClearField("metadata_props")
    onnx.save(model, path)


def check_parity(graph: ScreeningGraph, path: Path, images: Tensor) -> None:
    """Check that the ONNX file computes what PyTorch computes.

    Args:
        graph: The graph it was exported from.
        path: The ONNX file.
        images: ``uint8 [N, 224, 224, 3]``.

    Raises:
        ArtefactError: If an output differs by more than :data:`TOLERANCE`, relative to the
            output's largest value where that exceeds 1.
    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    exported = session.run(list(OUTPUTS), {INPUT: images.numpy()})
    with torch.inference_mode():
        expected = graph(images)
    for name, ours, reference in zip(OUTPUTS, exported, expected, strict=True):
        scale = max(1.0, float(reference.abs().max()))
        difference = float(np.abs(ours - reference.numpy()).max()) / scale
        if not difference <= TOLERANCE:
            raise ArtefactError(
                f"The exported network's {name} differ from PyTorch's by {difference:.2g}; "
                "nothing was written."
            )


def _describe(
    file: Path,
    version: str,
    model: LesionClassifier,
    datamodule: HAM10000DataModule,
    findings: Findings,
    screening: Screening,
    bfloat16: bool,
) -> ModelSpec:
    return ModelSpec(
        name=MODEL_NAME,
        version=version,
        created=datetime.now(UTC).date().isoformat(),
        licence=_LICENCES.get(_data(datamodule), "that of the training images"),
        network=NetworkFile(
            file=file.name,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
            image_size=IMAGE_SIZE,
            preprocess_version=PREPROCESS_VERSION,
            bfloat16=bfloat16,
        ),
        diagnoses=[DiagnosisLabel(**vars(diagnosis)) for diagnosis in DIAGNOSES],
        operating_points=findings.operating_points,
        distance_threshold=screening.distance_threshold,
        metrics={
            name: measured.summary()
            for name, measured in zip(("validation", "test"), findings.overall, strict=False)
        },
        provenance=_provenance(model, datamodule),
    )


def _sample(loader: Iterable[Batch]) -> Tensor:
    images: Tensor = next(iter(loader))["image"]
    return images.permute(0, 2, 3, 1).contiguous()


def _provenance(model: LesionClassifier, datamodule: HAM10000DataModule) -> dict[str, Any]:
    return {
        "data": _data(datamodule),
        "image_sizes": file_sizes(datamodule.table["path"].tolist()),
        "split": {**datamodule.split_options.origin(), **datamodule.split_sizes()},
        "training": {name: value for name, value in model.hparams.items() if name not in _PATHS}
        | {"teachers": len(model.teachers), "frozen_blocks": model.frozen_blocks},
        "packages": {name: installed_version(name) for name in _PACKAGES},
    }


def _data(datamodule: HAM10000DataModule) -> str:
    return HAM10000 if datamodule.is_ham10000 else _OTHER_DATA


def _report(spec: ModelSpec, output: Path) -> None:
    print(f"Exported {spec.name} {spec.version} to {output}")
    for split, values in spec.metrics.items():
        print(f"  {split}: " + ", ".join(f"{name} {value:g}" for name, value in values.items()))
