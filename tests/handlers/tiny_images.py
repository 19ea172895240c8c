"""Small image files of one colour."""

import base64
import io

from PIL import Image

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def image_file(
    colour: tuple[int, int, int], size: tuple[int, int] = (300, 240), file_format: str = "PNG"
) -> bytes:
    """Return the content of an image file."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, file_format)
    return buffer.getvalue()


def base64_text(data: bytes) -> str:
    """Return what a client puts into its JSON."""
    return base64.b64encode(data).decode()
