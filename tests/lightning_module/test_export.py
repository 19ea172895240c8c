import hashlib
import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from datamodules.labels import DIAGNOSES
from datamodules.preprocess import network_input
from handlers.model_spec import ArtefactError, load_spec
from handlers.schema import DISCLAIMER
from lightning_module.calibration import Calibration
from lightning_module.cli import main
from lightning_module.distance import fit_distance
from lightning_module.export import check_parity, load_checkpoint, write_onnx
from lightning_module.graph import ScreeningGraph
from lightning_module.network import LesionNetwork
from tests.conftest import REPOSITORY, quick_options


@pytest.fixture(scope="module")
def pixels(image_files: list[Path]) -> np.ndarray:
    return np.stack([network_input(file.read_bytes()).pixels for file in image_files])


@pytest.fixture(scope="module")
def session(artefact: Path) -> onnxruntime.InferenceSession:
    path = artefact / load_spec(artefact).network.file
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_network_equals_the_checkpoint(
    session: onnxruntime.InferenceSession, checkpoint: Path, pixels: np.ndarray
) -> None:
    """Seven log-probabilities differ from the checkpoint's logits by T and offsets alone."""
    model, _ = load_checkpoint(checkpoint)
    with torch.no_grad():
        logits = model(torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255).double().numpy()
    (probabilities,) = session.run(["probabilities"], {"images": pixels})
    exported = np.log(probabilities.astype(np.float64))
    # Differences between images cancel the offsets; a least-squares slope is 1 / temperature.
    centred = [values - values.mean(1, keepdims=True) for values in (logits, exported)]
    x, y = (values[1:] - values[0] for values in centred)
    slope = (x * y).sum() / (x * x).sum()
    offsets = (centred[1] - slope * centred[0]).mean(0)
    expected = np.exp(slope * logits + offsets)
    expected /= expected.sum(1, keepdims=True)
    assert np.abs(expected - probabilities).max() < 1e-4


def test_outputs_have_the_promised_shapes(
    session: onnxruntime.InferenceSession, pixels: np.ndarray
) -> None:
    names = [output.name for output in session.get_outputs()]
    assert names == ["probabilities", "malignancy", "activation_map", "distance"]
    for count in (1, len(pixels)):
        outputs = session.run(None, {"images": pixels[:count]})
        shapes = [output.shape for output in outputs]
        assert shapes == [(count, 7), (count,), (count, 7, 7), (count,)]
        assert all(output.dtype == np.float32 for output in outputs)


def test_label_order_is_the_output_order(
    session: onnxruntime.InferenceSession, artefact: Path, pixels: np.ndarray
) -> None:
    spec = load_spec(artefact)
    assert [vars(label) for label in spec.diagnoses] == [vars(known) for known in DIAGNOSES]
    probabilities, malignancy, *_ = session.run(None, {"images": pixels})
    malignant = [label.malignant for label in spec.diagnoses]
    assert np.allclose(probabilities[:, malignant].sum(1), malignancy, atol=1e-6)


def test_specification_describes_the_file(artefact: Path) -> None:
    spec = load_spec(artefact)
    content = (artefact / spec.network.file).read_bytes()
    assert spec.network.sha256 == hashlib.sha256(content).hexdigest()
    assert sorted(path.name for path in artefact.iterdir()) == [
        "MODEL_CARD.md",
        "model_spec.json",
        "skin_lesion.onnx",
        "splits.csv",
    ]
    sizes = spec.provenance["image_sizes"]
    split = spec.provenance["split"]
    images = sum(split[f"{name}_images"] for name in ("train", "val", "test"))
    assert sum(sizes.values()) == images
    assert f"{sizes['600x450']} of 600x450" in (artefact / "MODEL_CARD.md").read_text("utf-8")
    assert spec.metrics["test"]["images"] == spec.provenance["split"]["test_images"]
    assert all("Of the test images" in band.meaning for band in spec.operating_points.bands)


def test_model_card_holds_the_figures_of_the_specification(artefact: Path) -> None:
    spec = load_spec(artefact)
    card = (artefact / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert DISCLAIMER in card
    assert spec.network.sha256 in card
    rows = [line.split("|")[1:-1] for line in card.splitlines() if line.startswith("| AUROC")]
    assert len(rows) == 1
    for split, cell in zip(("validation", "test"), rows[0][1:], strict=False):
        value = spec.metrics[split]["auroc"]
        assert cell.strip().startswith(f"{value:.3f} (")
    assert "--model.weights none" in card
    # It is the last checkpoint's, which nobody chose.
    assert "checkpoints/last.ckpt" in card
    assert "Chosen by validation alone: the calibration" in card
    assert "**Not HAM10000:**" in card
    assert spec.licence == "that of the training images"
    assert "darker skin is not known" in card
    assert "Vienna (Austria)" not in card
    # Tables that lost a cell would not show as tables.
    widths = {len(line.split("|")) for line in card.splitlines() if "(mel)" in line}
    assert widths == {8}


def test_parity_check_notices_another_network(tmp_path: Path) -> None:
    calibration, distance = Calibration(1.0, torch.zeros(7)), fit_distance(torch.rand(80, 32))
    torch.manual_seed(0)
    one, other = (ScreeningGraph(LesionNetwork(), calibration, distance).eval() for _ in range(2))
    write_onnx(one, tmp_path / "one.onnx")
    images = torch.randint(0, 256, (2, 224, 224, 3), dtype=torch.uint8)
    check_parity(one, tmp_path / "one.onnx", images)
    with pytest.raises(ArtefactError, match="differ"):
        check_parity(other, tmp_path / "one.onnx", images)


def test_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "damaged.ckpt"
    path.write_bytes(b"nothing")
    with pytest.raises(ArtefactError, match=r"damaged\.ckpt"):
        load_checkpoint(path)


def test_network_tells_nothing_of_the_machine_it_was_made_on(artefact: Path) -> None:
    content = (artefact / "skin_lesion.onnx").read_bytes()
    assert b"site-packages" not in content
    assert str(REPOSITORY).encode() not in content


def test_a_validation_split_without_malignant_images_is_refused(
    synthetic_root: Path, run_folder: Path, checkpoint: Path, tmp_path: Path
) -> None:
    split = (run_folder / "logs" / "version_0" / "splits.csv").read_text()
    moved = re.sub(r"(akiec|bcc|mel),val$", r"\1,train", split, flags=re.MULTILINE)
    (tmp_path / "splits.csv").write_text(moved)
    options = quick_options(synthetic_root, run_folder)

    with pytest.raises(SystemExit, match=r"validation split of .* holds no malignant image"):
        main(
            [
                "export",
                *options,
                f"--ckpt_path={checkpoint}",
                f"--output={tmp_path}",
                f"--data.manifest={tmp_path / 'splits.csv'}",
            ]
        )
    assert not list(tmp_path.glob("*.onnx"))
