"""Reads an image file as the user chose it: its bytes, its metadata and a preview.

What the server accepts is the server's decision; the limits here only protect this computer.
"""

import stat
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, UnidentifiedImageError

from gui.errors import ImageFileError

FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF")
#: Endings to offer in the file browser.
SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_PIXELS: Final = 100_000_000
#: Longest side of the preview, in pixels.
PREVIEW_SIDE: Final = 1024
#: Longest side of the thumbnail, in pixels.
THUMBNAIL_SIDE: Final = 96

#: What turns an image of each EXIF orientation upright. Not ImageOps.exif_transpose: that one
#: writes the rest of the EXIF data anew, and fails where it is damaged; the server does as here.
_TO_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: Those of them that swap width and height.
_QUARTER_TURNS: Final = (5, 6, 7, 8)
_16_BIT_MODES: Final = ("I", "I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True, eq=False)
class ImageFile:
    """An image file that could be opened.

    Attributes:
        path: Where it lies.
        data: Its content, unchanged; this is what the server gets.
        format: ``JPEG``, ``PNG``, ``BMP`` or ``GIF``.
        width: Width in pixels as a person sees it (EXIF rotation applied).
        height: Height likewise.
        preview: Mode ``RGB``, upright, neither side above :data:`PREVIEW_SIDE`.
        thumbnail: Likewise, neither side above :data:`THUMBNAIL_SIDE`.
        taken_at: When it was taken (EXIF DateTimeOriginal), by the camera's clock and thus without
            a time zone.
    """

    path: Path
    data: bytes = field(repr=False)
    format: str
    width: int
    height: int
    preview: Image.Image = field(repr=False)
    thumbnail: Image.Image = field(repr=False)
    taken_at: datetime | None = None

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    @property
    def sha256(self) -> str:
        """SHA-256 of its content, in hexadecimal."""
        return sha256(self.data).hexdigest()

    @property
    def metadata(self) -> str:
        """Format, pixels and size on one line, for a person."""
        size = _readable_size(len(self.data))
        return f"{self.format}  ·  {self.width} × {self.height} pixels  ·  {size}"  # noqa: RUF001


def read_image_file(path: Path) -> ImageFile:
    """Read an image file and make its preview.

    Args:
        path: A JPEG, PNG, BMP or GIF file (of a GIF, the first frame).

    Raises:
        ImageFileError: If the file can not be read, or is not such an image, or is damaged.
    """
    data = read_bytes(path)
    preview, (width, height), file_format = _decode(data, path.name, PREVIEW_SIDE)
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    thumbnail = preview.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return ImageFile(
        path, data, file_format, width, height, preview, thumbnail, taken_at=_read_date(data)
    )


def read_pixels(file: ImageFile) -> Image.Image:
    """Decode an image file with all its pixels.

    Args:
        file: What :func:`read_image_file` has read.

    Returns:
        Mode ``RGB``, upright.

    Raises:
        ImageFileError: If there is not enough memory for it.
    """
    return _decode(file.data, file.path.name)[0]


def _decode(
    data: bytes, name: str, enough: int | None = None
) -> tuple[Image.Image, tuple[int, int], str]:
    """Decode to upright RGB, perhaps at a reduced scale with no side below ``enough``."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            # Pillow's name for a JPEG file that holds further pictures behind the first.
            file_format = "JPEG" if image.format == "MPO" else str(image.format)
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if enough is not None:
                image.draft("RGB", (enough, enough))
            image.load()
            upright = _to_rgb(image)
            orientation = _orientation(image)
            if orientation in _TO_UPRIGHT:
                upright = upright.transpose(_TO_UPRIGHT[orientation])
            if orientation in _QUARTER_TURNS:
                width, height = height, width
            return upright, (width, height), file_format
    except UnidentifiedImageError as error:
        raise ImageFileError(
            f"'{name}' is not an image in one of the formats {', '.join(FORMATS)}. "
            "Save it in one of them and open that copy."
        ) from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageFileError(
            f"'{name}' has too many pixels. Save a smaller copy and open that."
        ) from error
    except Exception as error:
        # Pillow's decoders report damage through a dozen different exceptions.
        raise ImageFileError(
            f"'{name}' is incomplete or damaged ({error}). Open another copy of it."
        ) from error


def _orientation(image: Image.Image) -> int | None:
    """Read how a loaded image lies, or None if its EXIF block does not tell or is damaged."""
    try:
        orientation: int | None = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damage shows as any of Pillow's errors, and says nothing of the pixels
        return None
    return orientation


def _read_date(data: bytes) -> datetime | None:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            text = image.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal]
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except Exception:
        # Cameras write much that is no date, and a damaged EXIF block raises as it likes; the
        # image is worth the same without one.
        return None


def read_bytes(path: Path) -> bytes:
    """Read a file that should be an image, without looking into it.

    Raises:
        ImageFileError: If it can not be read, is empty or too large to be an image.
    """
    try:
        status = path.stat()
        size = status.st_size
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            # Reading a device might never end; a folder fails below, in the system's own words.
            raise ImageFileError(f"'{path.name}' is no file. Choose an image file.")
        if size > MAX_FILE_BYTES:
            raise ImageFileError(
                f"'{path.name}' has {_readable_size(size)}; at most "
                f"{_readable_size(MAX_FILE_BYTES)} can be opened. Save a smaller copy."
            )
        data = path.read_bytes()
    except OSError as error:
        raise ImageFileError(
            f"'{path.name}': {error.strerror or error}. "
            "Check that it is a file and that you may read it."
        ) from error
    if not data:
        raise ImageFileError(f"'{path.name}' is empty. Open another copy of it.")
    return data


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _16_BIT_MODES:
        # Pillow would clip 16-bit grey to 255 instead of scaling it.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _readable_size(size: int) -> str:
    if size < 1024:
        return f"{size} bytes"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"
