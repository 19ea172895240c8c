"""The handler inside TorchServe's own service object."""

import inspect
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image
from tiny_artefact import network_text, write_artefact
from tiny_images import BLACK, BLUE, GREEN, RED, image_file
from torchserve_worker import Worker, json_parameter, malformed, predicted, refused

from datamodules.preprocess import NetworkInput, network_input
from handlers import skin_lesion_handler
from handlers.heatmap import heatmap_png
from handlers.network import Network, NetworkOutput
from handlers.schema import ExplainResponse, PredictResponse
from handlers.skin_lesion_handler import SkinLesionHandler


def test_torchserve_finds_exactly_one_class() -> None:
    own = [
        one
        for _, one in inspect.getmembers(skin_lesion_handler, inspect.isclass)
        if one.__module__ == skin_lesion_handler.__name__
    ]
    assert own == [SkinLesionHandler]
    # A module-level function of this name would be taken instead of the class.
    assert not hasattr(skin_lesion_handler, "handle")


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF"])
def test_every_format_is_answered(artefact: Path, file_format: str) -> None:
    ((status, content),) = Worker(artefact).handle(
        [json_parameter(image_file(RED, (320, 240), file_format))]
    )
    assert status == 200
    prediction = PredictResponse.model_validate(content).prediction
    assert prediction.predicted_class == "Malignant"
    assert (prediction.input.width, prediction.input.height) == (320, 240)
    assert prediction.input.format == file_format
    assert prediction.input.warnings == []


def test_raw_bytes_and_multipart_are_answered_like_json(artefact: Path) -> None:
    data = image_file(GREEN)
    answers = Worker(artefact).handle(
        [
            json_parameter(data),
            ("body", "image/png", bytearray(data)),
            ("body", "", bytearray(data)),
            ("image", "application/octet-stream", bytearray(data)),
        ]
    )
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert predicted(answers[0]) == "nv"


def test_bad_requests_leave_their_neighbours_alone(artefact: Path) -> None:
    answers = Worker(artefact).handle(
        [
            malformed(),
            json_parameter(image_file(RED)),
            json_parameter(b"no image at all"),
            json_parameter(b""),
            json_parameter(image_file(GREEN)),
            json_parameter(image_file(GREEN, file_format="JPEG")[:500]),
            json_parameter(image_file(RED, (4, 4))),
            json_parameter(image_file(BLUE)),
            ("body", "application/json", {"image": "%%%"}),
            ("body", "application/json", {}),
        ]
    )
    assert [predicted(answers[index]) for index in (1, 4, 7)] == ["mel", "nv", "bkl"]
    assert [refused(answers[index]) for index in (0, 2, 3, 5, 6, 8, 9)] == [
        (400, "invalid_json"),
        (415, "not_an_image"),
        (400, "empty_image"),
        (400, "truncated_image"),
        (400, "image_too_small"),
        (400, "invalid_base64"),
        (400, "missing_image"),
    ]


def test_a_batch_may_mix_predictions_and_explanations(artefact: Path) -> None:
    image = np.zeros((224, 224, 3), np.uint8)
    image[:32, 192:] = 255
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    parameters = [json_parameter(buffer.getvalue())] * 3
    answers = Worker(artefact).handle(parameters, explain=[1])
    assert answers[0] == answers[2]
    status, content = answers[1]
    assert status == 200
    explanation = ExplainResponse.model_validate(content).explanation
    assert explanation.prediction == PredictResponse.model_validate(answers[0][1]).prediction
    # The tiny network's map is the image in grey.
    expected = np.zeros((7, 7))
    expected[0, 6] = 1
    np.testing.assert_allclose(explanation.activation_map, expected, atol=1e-6)
    assert explanation.heatmap == heatmap_png(expected.astype(np.float32))


def test_the_metrics_of_each_batch_are_printed_once(
    artefact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = Worker(artefact)
    worker.handle([json_parameter(image_file(RED)), malformed(), json_parameter(image_file(RED))])
    first = capsys.readouterr().out
    assert "skin_lesion_results_total.Count:2|#level:High|" in first
    assert "skin_lesion_rejected_total.Count:1|#code:invalid_json|" in first
    assert first.count("skin_lesion_request_seconds.Seconds:") == 3
    worker.handle([malformed()])
    second = capsys.readouterr().out
    assert "skin_lesion_results_total" not in second
    assert second.count("skin_lesion_request_seconds.Seconds:") == 1


def test_a_batch_of_bad_requests_only_is_answered(artefact: Path) -> None:
    assert [refused(answer) for answer in Worker(artefact).handle([malformed()] * 3)] == [
        (400, "invalid_json")
    ] * 3


def test_the_network_sees_what_training_would_have_seen(
    artefact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[NDArray[np.uint8]] = []
    run = Network.run

    def recording_run(network: Network, image: NDArray[np.uint8]) -> NetworkOutput:
        seen.append(image)
        return run(network, image)

    worker = Worker(artefact)
    monkeypatch.setattr(Network, "run", recording_run)
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    files = [_noise("JPEG", "RGB", turned), _noise("PNG", "RGBA"), _noise("GIF", "P")]
    worker.handle([json_parameter(file) for file in files])
    assert len(seen) == len(files)
    for pixels, file in zip(seen, files, strict=True):
        np.testing.assert_array_equal(pixels, network_input(file).pixels)


def test_an_image_that_breaks_the_decoder_is_an_error_for_that_one_only(
    artefact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(data: bytes) -> NetworkInput:
        if data == image_file(BLUE):
            raise MemoryError("secret detail")
        return network_input(data)

    monkeypatch.setattr(skin_lesion_handler, "network_input", fragile)
    answers = Worker(artefact).handle(
        [json_parameter(image_file(colour)) for colour in (RED, BLUE, GREEN)]
    )
    assert refused(answers[1]) == (500, "internal_error")
    assert [predicted(answers[index]) for index in (0, 2)] == ["mel", "nv"]
    assert "secret" not in str(answers)


def test_a_network_that_fails_is_an_error_of_ours_for_that_image_only(
    artefact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Network.run

    def fragile_run(network: Network, image: NDArray[np.uint8]) -> NetworkOutput:
        if image[0, 0, 0] > 128:
            raise RuntimeError("secret detail")
        return run(network, image)

    worker = Worker(artefact)
    monkeypatch.setattr(Network, "run", fragile_run)
    answers = worker.handle(
        [json_parameter(image_file(RED)), malformed(), json_parameter(image_file(GREEN))]
    )
    assert [refused(answer) for answer in answers[:2]] == [
        (500, "internal_error"),
        (400, "invalid_json"),
    ]
    assert predicted(answers[2]) == "nv"
    assert "secret" not in str(answers)


def test_nan_for_one_image_is_an_error_for_that_one_only(tmp_path: Path) -> None:
    write_artefact(tmp_path, network_text("Div(floats, white)", "Div(floats, floats)"))
    answers = Worker(tmp_path).handle(
        [json_parameter(image_file(colour)) for colour in (BLACK, (9, 9, 9))]
    )
    assert refused(answers[0]) == (500, "internal_error")
    assert answers[1][0] == 200


def _noise(file_format: str, mode: str, exif: Image.Exif | None = None) -> bytes:
    values = np.random.default_rng(0).integers(0, 256, (333, 500, 4), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values, "RGBA").convert(mode).save(buffer, file_format, exif=exif or b"")
    return buffer.getvalue()
