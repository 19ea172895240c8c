"""From the bytes of an image file to the array that the network sees.

These functions train *and* serve: the data set and the TorchServe handler call the same ones, so
the two can not drift apart. NumPy and Pillow only; nothing here imports torch.
"""

import io
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

#: Side of the square network input, in pixels.
IMAGE_SIZE: Final = 224
#: Raised whenever the same bytes would give other pixels; part of the artefact's description.
PREPROCESS_VERSION: Final = 2
FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF")
#: Largest accepted file, in bytes.
MAX_BYTES: Final = 16 * 1024 * 1024
#: Largest accepted image, in pixels; checked before anything is decoded.
MAX_PIXELS: Final = 64_000_000
MIN_SIDE: Final = 8
#: What a sender of no bytes is told.
EMPTY_IMAGE: Final = "The image is empty; send the content of an image file."
#: Quality of the JPEG that every image goes through at the network's input size.
JPEG_QUALITY: Final = 75

#: What turns an image of each EXIF orientation upright. Not ImageOps.exif_transpose: that one
#: writes the rest of the EXIF data anew, and fails where it is damaged.
_TO_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTER_TURNS: Final = (5, 6, 7, 8)
_HIGH_BIT_DEPTH_MODES: Final = ("I", "I;16", "I;16B", "I;16L", "I;16N")


class ImageError(ValueError):
    """An image file that can not be used.

    Attributes:
        code: Machine-readable reason: ``empty_image``, ``not_an_image``, ``truncated_image``
            or ``image_too_large``, ``image_too_small``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class NetworkInput:
    """A decoded image, ready for the network.

    Attributes:
        pixels: ``uint8 [224, 224, 3]``, RGB.
        width: Width in pixels of the whole image as a person sees it (EXIF rotation applied).
        height: Height likewise.
        format: ``JPEG``, ``PNG``, ``BMP`` or ``GIF``.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    format: str


def network_input(data: bytes) -> NetworkInput:
    """Decode an image file and squash the whole frame to the network's square input.

    Args:
        data: The file's content: JPEG, PNG, BMP or GIF (first frame).

    Returns:
        The pixels with the original size and format.

    Raises:
        ImageError: If the bytes are empty, too many, no image of a known format, truncated or
            damaged, or if the image has too many or too few pixels.
    """
    image, (width, height), file_format = decode_rgb(data)
    return NetworkInput(squash(image), width, height, file_format)


def decode_rgb(data: bytes) -> tuple[Image.Image, tuple[int, int], str]:
    """Decode an image file to upright RGB.

    A large JPEG is decoded at the smallest of libjpeg's reduced scales that is still at least as
    large as the network's input, which is many times faster and, since training does the same,
    no different to the network.

    Args:
        data: The file's content.

    Returns:
        The image (mode ``RGB``, perhaps at a reduced scale), its full upright size
        ``(width, height)`` in pixels, and its format.

    Raises:
        ImageError: As for :func:`network_input`.
    """
    check_byte_count(len(data))
    with warnings.catch_warnings():
        # Our own, stricter limit is checked below; Pillow's warning would only fill the log.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_pixel_count(image.size)
                # Pillow's name for a JPEG file that holds further pictures behind the first.
                file_format = "JPEG" if image.format == "MPO" else str(image.format)
                width, height = image.size
                image.draft("RGB", (IMAGE_SIZE, IMAGE_SIZE))
                image.load()
                upright = _to_rgb(image)
                orientation = _orientation(image)
                if orientation in _TO_UPRIGHT:
                    upright = upright.transpose(_TO_UPRIGHT[orientation])
                if orientation in _QUARTER_TURNS:
                    width, height = height, width
                return upright, (width, height), file_format
        except UnidentifiedImageError as error:
            raise ImageError(
                "not_an_image",
                f"The data is not a readable image; send one of {', '.join(FORMATS)}.",
            ) from error
        except Image.DecompressionBombError as error:
            raise _too_large() from error
        except ImageError:
            raise
        except MemoryError as error:
            raise ImageError(
                "image_too_large",
                "There is not enough memory to decode the image; make it smaller first.",
            ) from error
        except Exception as error:
            # Pillow's decoders report damage through a dozen different exceptions.
            raise ImageError(
                "truncated_image",
                "The image file is incomplete or damaged; open and save it again, or send "
                f"another copy ({error}).",
            ) from error


def squash(image: Image.Image) -> NDArray[np.uint8]:
    """Squash an RGB image to the network's square input, whatever its aspect ratio.

    Antialiased bilinear interpolation. Squashing keeps the whole lesion in view, and HAM10000's
    600x450 frames all squash alike. Then one pass through JPEG: copies of the data set at the
    network's input size come as such files, and a network that learned from them leans on the
    traces of it. Compressing such a copy once more changes next to nothing, and everything else
    becomes as they are.

    Args:
        image: Mode ``RGB``, any size.

    Returns:
        ``uint8 [224, 224, 3]``.
    """
    if image.size != (IMAGE_SIZE, IMAGE_SIZE):
        image = image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BILINEAR)
    return compress(np.asarray(image), JPEG_QUALITY)


def compress(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Send pixels through JPEG and back.

    Args:
        pixels: ``uint8 [H, W, 3]``, RGB.
        quality: In 1 to 100.

    Returns:
        ``uint8 [H, W, 3]``.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer))


def check_byte_count(count: int) -> None:
    """Check the size of an image file, which may be known before its content.

    Raises:
        ImageError: If it is empty or too large.
    """
    if not count:
        raise ImageError("empty_image", EMPTY_IMAGE)
    if count > MAX_BYTES:
        raise ImageError(
            "image_too_large",
            f"The image file has {count:,} bytes; at most {MAX_BYTES:,} are accepted.",
        )


def _check_pixel_count(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large()
    if min(size) < MIN_SIDE:
        raise ImageError(
            "image_too_small",
            f"The image is {width}x{height} pixels; each side must have at least {MIN_SIDE}.",
        )


def _too_large() -> ImageError:
    return ImageError(
        "image_too_large",
        f"The image has more than {MAX_PIXELS // 1_000_000} megapixels; make it smaller first.",
    )


def _orientation(image: Image.Image) -> int | None:
    """Read how a loaded image lies, or ``None`` if its EXIF block does not tell or is damaged."""
    try:
        orientation: int | None = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damage shows as any of Pillow's errors, and says nothing of the pixels
        return None
    return orientation


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _HIGH_BIT_DEPTH_MODES:
        # Pillow would clip 16-bit grey to 255 instead of scaling it.
        grey = np.asarray(image).astype(np.float32) / 257.0
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")
