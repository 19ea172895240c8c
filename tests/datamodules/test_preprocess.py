import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules import preprocess
from datamodules.preprocess import ImageError, network_input


def encode(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.fixture
def gradient() -> Image.Image:
    """Red rises to the right, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, 600), np.linspace(0, 255, 450))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], axis=2).astype(np.uint8))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "BMP", "GIF"])
def test_formats_agree(gradient: Image.Image, file_format: str) -> None:
    expected = np.asarray(gradient.resize((224, 224), Image.Resampling.BILINEAR), dtype=int)
    result = network_input(encode(gradient, file_format))
    assert result.pixels.shape == (224, 224, 3)
    assert result.pixels.dtype == np.uint8
    assert (result.width, result.height, result.format) == (600, 450, file_format)
    # GIF has 256 colours only.
    tolerance = 8 if file_format == "GIF" else 2
    assert np.abs(result.pixels - expected).mean() < tolerance


def test_large_jpeg_is_decoded_at_a_reduced_scale_with_the_same_look(
    gradient: Image.Image,
) -> None:
    large = gradient.resize((2400, 1800))
    result = network_input(encode(large, "JPEG"))
    assert (result.width, result.height) == (2400, 1800)
    expected = np.asarray(large.resize((224, 224), Image.Resampling.BILINEAR), dtype=int)
    assert np.abs(result.pixels - expected).mean() < 2


def test_every_image_becomes_like_a_compressed_copy_of_the_input_size(
    gradient: Image.Image,
) -> None:
    noise = np.random.default_rng(0).normal(0, 20, (450, 600, 3))
    image = Image.fromarray((np.asarray(gradient) + noise).clip(0, 255).astype(np.uint8))
    pixels = network_input(encode(image, "PNG")).pixels
    copy = encode(image.resize((224, 224), Image.Resampling.BILINEAR), "JPEG", quality=75)
    assert np.array_equal(pixels, np.asarray(Image.open(io.BytesIO(copy))))
    again = network_input(copy).pixels
    assert np.abs(again.astype(int) - pixels).mean() < 0.2


def test_small_images_are_enlarged() -> None:
    result = network_input(encode(Image.new("RGB", (40, 30), "red"), "PNG"))
    assert result.pixels.shape == (224, 224, 3)
    assert np.abs(result.pixels.astype(int) - (255, 0, 0)).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_honoured(gradient: Image.Image, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = gradient.transpose(undo[orientation]) if orientation in undo else gradient
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = network_input(encode(stored, "JPEG", exif=exif.tobytes(), quality=95))
    assert (result.width, result.height) == (600, 450)
    upright = network_input(encode(gradient, "JPEG", quality=95)).pixels
    assert np.abs(result.pixels.astype(int) - upright).mean() < 2


def test_damaged_exif_does_not_matter(gradient: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    # The maker's name under the tag of a number: Pillow reads it and fails to write it anew.
    damaged = exif.tobytes().replace(b"\x01\x0f\x00\x02", b"\x01\x03\x00\x02")
    assert damaged != exif.tobytes()
    result = network_input(encode(gradient, "JPEG", exif=damaged))
    assert (result.width, result.height) == (450, 600)


@pytest.mark.parametrize("block", [b"", b"MM", b"garbage", bytes(40)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_exif_that_is_none_does_not_matter(
    gradient: Image.Image, file_format: str, block: bytes
) -> None:
    # With a resolution, Pillow does not look into the block by itself.
    exif = b"Exif\0\0" + block
    result = network_input(encode(gradient, file_format, exif=exif, dpi=(72, 72)))
    assert (result.width, result.height) == gradient.size


def test_transparency_lies_on_white() -> None:
    image = Image.new("RGBA", (64, 64), (200, 0, 0, 0))
    assert (network_input(encode(image, "PNG")).pixels == 255).all()
    palette = image.quantize(8)
    assert network_input(encode(palette, "PNG")).pixels.mean() > 250


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.full((64, 64), 128 * 257, dtype=np.uint16))
    assert (network_input(encode(grey, "PNG")).pixels == 128).all()


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "P"])
def test_other_modes_become_rgb(gradient: Image.Image, mode: str) -> None:
    file_format = "JPEG" if mode == "CMYK" else "PNG"
    result = network_input(encode(gradient.convert(mode), file_format))
    assert result.pixels.shape == (224, 224, 3)


def test_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("blue", "red")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.abs(network_input(data).pixels.astype(int) - (0, 0, 255)).max() <= 1


def bad_images() -> dict[str, tuple[bytes, str]]:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    jpeg = encode(Image.fromarray(noise), "JPEG")
    png = encode(Image.fromarray(noise), "PNG")
    return {
        "nothing": (b"", "empty_image"),
        "text": (b"not an image at all", "not_an_image"),
        "format": (encode(Image.fromarray(noise), "TIFF"), "not_an_image"),
        "cut JPEG": (jpeg[: len(jpeg) // 2], "truncated_image"),
        "cut PNG": (png[: len(png) // 2], "truncated_image"),
        "damaged PNG": (png[:200] + bytes(50) + png[250:], "truncated_image"),
        "bytes": (bytes(preprocess.MAX_BYTES + 1), "image_too_large"),
        "pixels": (encode(Image.new("1", (9000, 9000)), "PNG"), "image_too_large"),
        "bomb": (encode(Image.new("1", (20000, 20000)), "PNG"), "image_too_large"),
        "speck": (encode(Image.new("RGB", (4, 400)), "PNG"), "image_too_small"),
    }


@pytest.mark.parametrize("name", bad_images())
def test_bad_images_are_refused_with_a_reason(name: str) -> None:
    data, code = bad_images()[name]
    with pytest.raises(ImageError) as caught:
        network_input(data)
    assert caught.value.code == code
    assert str(caught.value)


def test_real_or_synthetic_files(image_files: list[Path]) -> None:
    for file in image_files:
        result = network_input(file.read_bytes())
        assert (result.width, result.height) == (600, 450)
        assert 20 < result.pixels.mean() < 250
