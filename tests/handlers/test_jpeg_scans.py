"""Which JPEG files would take too long, found out without decoding them."""

import io

import numpy as np
import pytest
from hostile_files import with_scans
from PIL import Image

from datamodules.preprocess import ImageError, network_input
from handlers.jpeg_scans import MAX_MARKERS, MAX_SCANS, refuse_endless_jpeg


def jpeg(**options: bool) -> bytes:
    values = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_ordinary_files_pass(options: dict[str, bool]) -> None:
    refuse_endless_jpeg(jpeg(**options))


def test_other_formats_pass() -> None:
    refuse_endless_jpeg(b"\x89PNG" + b"\xff\xda\x00\x02" * 1000)


def test_a_film_behind_the_picture_passes() -> None:
    refuse_endless_jpeg(jpeg() + b"\xff\xda\x00\x02" * 1000)


def test_the_decoder_refuses_another_scan_behind_a_complete_one() -> None:
    data = jpeg()
    scan = data[data.rindex(b"\xff\xda") : -2]
    again = data[:-2] + scan * MAX_SCANS + data[-2:]
    refuse_endless_jpeg(again)
    with pytest.raises(ImageError) as caught:
        network_input(again)
    assert caught.value.code == "truncated_image"


def test_scans_of_single_colours_count_in_sequential_files_too() -> None:
    data = jpeg()
    scan_of_one = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    header = data[: data.rindex(b"\xff\xda")]
    refuse_endless_jpeg(header + scan_of_one * MAX_SCANS)
    # Behind a scan of one colour, the decoder reads any number of complete ones.
    complete = data[len(header) : -2]
    with pytest.raises(ImageError, match="scans"):
        refuse_endless_jpeg(header + scan_of_one + complete * MAX_SCANS)
    with pytest.raises(ImageError, match="scans"):
        refuse_endless_jpeg(header + scan_of_one * (MAX_SCANS + 1))


def test_scans_inside_a_comment_do_not_count() -> None:
    comment = b"\xff\xda\x00\x02" * 1000
    data = jpeg()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    refuse_endless_jpeg(data[:2] + segment + data[2:])


def test_the_last_number_of_scans_that_passes_can_be_decoded() -> None:
    data = with_scans((300, 300), MAX_SCANS)
    refuse_endless_jpeg(data)
    assert network_input(data).width == 300


@pytest.mark.parametrize(
    "data",
    [
        with_scans((300, 300), MAX_SCANS + 1),
        with_scans((8000, 8000), 3000),
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * (MAX_MARKERS + 1),
    ],
    ids=["one_too_many", "thousands", "comments"],
)
def test_too_many_are_refused(data: bytes) -> None:
    with pytest.raises(ImageError) as caught:
        refuse_endless_jpeg(data)
    assert caught.value.code == "image_too_large"


@pytest.mark.parametrize("frame", [0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF])
def test_arithmetic_coding_is_refused(frame: int) -> None:
    data = jpeg(progressive=True).replace(b"\xff\xc2", bytes([0xFF, frame]), 1)
    with pytest.raises(ImageError, match="arithmetic") as caught:
        refuse_endless_jpeg(data)
    assert caught.value.code == "not_an_image"


@pytest.mark.parametrize(
    "data", [b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xda", b"\xff" * 9999]
)
def test_what_breaks_off_is_left_to_the_decoder(data: bytes) -> None:
    refuse_endless_jpeg(data)
