from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from datamodules.image_folder import ImageFileBatches, read_image
from datamodules.listing import FILE
from datamodules.preprocess import MAX_BYTES, network_input


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(5):
        Image.new("RGB", (40 + index, 30), (40 * index, 90, 120)).save(tmp_path / f"{index}.png")
    return tmp_path


def test_good_file_is_read_as_everywhere_else(folder: Path) -> None:
    reading = read_image(folder / "3.png")
    expected = network_input((folder / "3.png").read_bytes())
    assert np.array_equal(reading.pixels, expected.pixels)
    assert (reading.width, reading.height, reading.format) == (43, 30, "PNG")
    assert reading.error_code is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_image"),
        (b"hello", "not_an_image"),
        (None, "unreadable_file"),
        ("folder", "unreadable_file"),
        ("truncated", "truncated_image"),
        ("sparse", "image_too_large"),
    ],
)
def test_bad_file_is_told_not_raised(folder: Path, content: bytes | str | None, code: str) -> None:
    path = folder / "bad.png"
    if content == "truncated":
        path.write_bytes((folder / "0.png").read_bytes()[:70])
    elif content == "sparse":
        with path.open("wb") as file:  # a terabyte that takes no space, and must not be read
            file.truncate(2**40)
    elif content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    reading = read_image(path)
    assert reading.error_code == code
    assert reading.error_message
    assert reading.width is reading.height is reading.format is None
    assert not reading.pixels.any()
    if content == "sparse":
        assert f"{2**40:,} bytes" in reading.error_message
        assert f"{MAX_BYTES:,}" in reading.error_message


def test_batches_follow_the_listing(folder: Path) -> None:
    (folder / "2.png").write_bytes(b"broken")
    listing = pa.table({FILE: [f"{index}.png".encode() for index in range(5)]})
    batches = ImageFileBatches(listing, folder, np.array([0, 4]), batch_size=4)
    first, last = (batches[index] for index in range(len(batches)))
    assert first["image"].shape == (4, 3, 224, 224)
    assert first["width"] == [40, 41, None, 43]
    assert first["error_code"] == [None, None, "not_an_image", None]
    assert (last["start"], last["width"]) == (4, [44])
    assert last["image"].shape == (1, 3, 224, 224)
