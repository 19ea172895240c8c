"""Which artefacts are accepted, and the order of the outputs."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from tiny_artefact import NETWORK_FILE, network_text, write_artefact

from datamodules.labels import CODES
from handlers.model_spec import SPEC_FILE, ArtefactError, ModelSpec
from handlers.network import Network


def test_each_image_gets_its_own_outputs(artefact: Path) -> None:
    red, green, blue = np.zeros((3, 224, 224, 3), np.uint8)
    red[..., 0] = green[..., 1] = blue[..., 2] = 255
    network = Network(artefact)
    outputs = [network.run(image) for image in (red, green, blue, red)]
    assert [CODES[output.probabilities.argmax()] for output in outputs] == [
        "mel",
        "nv",
        "bkl",
        "mel",
    ]
    assert [output.malignancy > 0.5 for output in outputs] == [True, False, False, True]
    assert [output.distance for output in outputs] == [0.0, 0.0, 1.0, 0.0]


def test_a_network_for_other_diagnoses_is_refused(tmp_path: Path) -> None:
    spec = write_artefact(tmp_path)
    write_artefact(tmp_path, diagnoses=spec.diagnoses[::-1])
    with pytest.raises(ArtefactError, match=r"made for diagnoses .*vasc.*akiec.*export"):
        Network(tmp_path)


@pytest.mark.parametrize("field", ["image_size", "preprocess_version"])
def test_a_network_for_another_preprocessing_is_refused(tmp_path: Path, field: str) -> None:
    spec = write_artefact(tmp_path)
    _rewrite(tmp_path, spec, field, 99)
    with pytest.raises(ArtefactError, match=f"made for {field} 99"):
        Network(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("images", "pictures"),
        ("malignancy", "badness"),
        ("distance", "remoteness"),
        ("activation_map", "attention"),
        ("malignancy = MatMul(probabilities, malignant)", "malignancy = Identity(probabilities)"),
        ("uint8[N, 224, 224, 3]", "uint8[N, 3, 224, 224]"),
        ("uint8[N, 224", "float[N, 224"),
    ],
)
def test_a_network_with_other_inputs_or_outputs_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    write_artefact(tmp_path, network_text(old, new))
    with pytest.raises(ArtefactError, match=re.escape(str(tmp_path / NETWORK_FILE))):
        Network(tmp_path)


def test_a_network_for_single_images_is_as_good(tmp_path: Path) -> None:
    write_artefact(tmp_path, network_text("uint8[N, 224", "uint8[1, 224"))
    network, black = Network(tmp_path), np.zeros((224, 224, 3), np.uint8)
    assert network.run(black).malignancy == network.run(black).malignancy == pytest.approx(3 / 7)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    spec = write_artefact(tmp_path)
    (tmp_path / NETWORK_FILE).write_bytes(b"not a network")
    with pytest.raises(ArtefactError, match="SHA-256"):
        Network(tmp_path)
    checksum = hashlib.sha256(b"not a network").hexdigest()
    _rewrite(tmp_path, spec, "sha256", checksum)
    with pytest.raises(ArtefactError, match="OpenVINO"):
        Network(tmp_path)


def _rewrite(folder: Path, spec: ModelSpec, field: str, value: object) -> None:
    network = spec.network.model_copy(update={field: value})
    text = spec.model_copy(update={"network": network}).model_dump_json()
    (folder / SPEC_FILE).write_text(text)
