"""Files that were made to do harm, and what each of them must be answered with.

None of them is stored; each is made when it is needed. The kinds are those of public test suites
for image decoders: bombs, truncated and polyglot files, lying headers, floods of metadata.
"""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

#: In the place of an error's code: the file can be read.
GOOD = "good"
Maker = Callable[[], bytes]


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    """Return an image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def noise(mode: str = "RGB", size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Return an image of noise."""
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), np.uint8)
    return Image.fromarray(values, "RGBA").convert("RGB").convert(mode)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    size: tuple[int, int], pixels: bytes, *, depth: int = 8, colour: int = 2, before: bytes = b""
) -> bytes:
    """Return a PNG whose header says what one likes."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), before, chunk(b"IDAT", zlib.compress(pixels, 9))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def bmp(size: tuple[int, int], pixels: bytes) -> bytes:
    """Return a BMP whose header says what one likes."""
    head = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, *size, 1, 24, 0, len(pixels), 0, 0, 0, 0) + pixels


def run_length_bmp(size: tuple[int, int], pixels: bytes) -> bytes:
    """Return a BMP with these compressed pixels."""
    head = struct.pack("<2sIHHI", b"BM", 1078 + len(pixels), 0, 0, 1078)
    info = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    return head + info + bytes(1024) + pixels


def endless_bmp() -> bytes:
    """Return a file of a kilobyte that Pillow takes many seconds to decode, byte by byte."""
    return run_length_bmp((8_000_000, 8), b"\1\5\0\0" * 8)


def gif(size: tuple[int, int]) -> bytes:
    """Return a GIF whose screen is larger than its only frame."""
    head = b"GIF89a" + struct.pack("<HH", *size)
    return head + encoded(Image.new("P", (40, 40)), "GIF")[10:]


def gif_with(block: bytes) -> bytes:
    """Return a GIF with a block before its image."""
    data = encoded(noise("P"), "GIF")
    start = 13 + 3 * 256  # behind the header and the palette
    return data[:start] + block + data[start:]


def with_scans(size: tuple[int, int], scans: int) -> bytes:
    """Return a grey progressive JPEG with so many scans."""
    data = encoded(Image.new("L", size, 128), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + data[-2:]


def with_exif(exif: bytes, times: int = 1) -> bytes:
    """Return a JPEG with this EXIF segment."""
    data = encoded(noise(), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return data[:2] + segment * times + data[2:]


def animated(file_format: str) -> bytes:
    """Return three frames in one file."""
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "lime", "blue")]
    return encoded(frames[0], file_format, save_all=True, append_images=frames[1:])


_JPEG = encoded(noise(), "JPEG")
_PNG = encoded(noise(), "PNG")
_TEXT = b"a\0\1\0\0\0"
_BOMB = zlib.compress(bytes(100_000_000), 9)
_DIRECTORY = b"Exif\0\0II*\0\x08\0\0\0"
_ENTRY = struct.pack("<HHII", 0x0112, 3, 1, 6)
_EXIF_LOOP = _DIRECTORY + b"\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
_EXIF_FLOOD = _DIRECTORY + struct.pack("<H", 5000) + _ENTRY * 5000 + bytes(4)
_PIECE = b"Exif\0\0" + bytes(800)
_EXIF_OVERLAP = (
    b"II*\0\x08\0\0\0"
    + struct.pack("<H", 8000)
    + b"".join(struct.pack("<HHII", 1000 + tag, 7, 1_000_000, 8) for tag in range(8000))
    + bytes(1_000_000)
)
_EXIF_LIAR = _DIRECTORY + b"\xff\xff" + struct.pack("<HHII", 0x0112, 2, 2**32 - 1, 2**31) * 9

HOSTILE: dict[str, tuple[str, Maker]] = {
    # Bombs
    "png_of_900_megapixels": ("image_too_large", lambda: png((30000, 30000), b"")),
    "png_of_4_terapixels": ("image_too_large", lambda: png((2**21, 2**21), b"")),
    "png_negative_size": ("image_too_large", lambda: png((2**31, 2**31), b"")),
    "png_64_megapixels": (GOOD, lambda: png((8000, 8000), bytes(8000 * 8001), colour=0)),
    "gif_of_4_gigapixels": ("image_too_large", lambda: gif((65535, 65535))),
    "gif_screen_larger_than_frame": (GOOD, lambda: gif((7000, 7000))),
    "bmp_of_gigapixels": ("image_too_large", lambda: bmp((2**30, 2**30), b"")),
    "bmp_run_length": ("truncated_image", lambda: run_length_bmp((7000, 7000), b"\1\5" * 9999)),
    "jpeg_of_4_gigapixels": ("image_too_large", lambda: _jpeg_that_says(65500, 65500)),
    "jpeg_thousands_of_scans": ("image_too_large", lambda: with_scans((8000, 8000), 5000)),
    # A few hundred bytes of it can stand for any number of pixels, once more in each scan.
    "jpeg_arithmetic": ("not_an_image", lambda: _JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1)),
    "jpeg_most_scans_that_pass": (GOOD, lambda: with_scans((2000, 2000), 64)),
    "png_text_bomb": ("truncated_image", lambda: _with_chunk(b"zTXt", b"a\0\0" + _BOMB)),
    "png_utf8_text_bomb": ("truncated_image", lambda: _with_chunk(b"iTXt", _TEXT + _BOMB)),
    "png_profile_bomb": ("truncated_image", lambda: _with_chunk(b"iCCP", b"a\0\0" + _BOMB)),
    "png_text_flood": (GOOD, lambda: _with_chunk(b"tEXt", b"a\0b", 100_000)),
    "png_huge_text": (GOOD, lambda: _with_chunk(b"tEXt", b"a\0" + bytes(2_000_000), 7)),
    "png_empty_data_flood": (GOOD, lambda: _with_chunk(b"IDAT", b"", 100_000)),
    "jpeg_comment_flood": ("image_too_large", lambda: _jpeg_with(b"\xff\xfe\0\2" * 50_000)),
    "jpeg_fill_flood": (GOOD, lambda: _jpeg_with(b"\xff" * 500_000)),
    "jpeg_in_pieces": ("image_too_large", lambda: with_exif(_PIECE, 2000)),
    "gif_comment_flood": (GOOD, lambda: gif_with(b"!\xfe" + b"\1a" * 800_000 + b"\0")),
    "png_exif_overlap": (GOOD, lambda: _with_chunk(b"eXIf", _EXIF_OVERLAP)),
    "exif_flood": (GOOD, lambda: with_exif(_EXIF_FLOOD, 20)),
    "exif_loop": (GOOD, lambda: with_exif(_EXIF_LOOP)),
    "exif_garbage": (GOOD, lambda: encoded(noise(), "JPEG", exif=b"Exif\0\0garbage", dpi=(72, 72))),
    "exif_lies": (GOOD, lambda: with_exif(_EXIF_LIAR)),
    # Damage
    "truncated_jpeg": ("truncated_image", lambda: _JPEG[: len(_JPEG) // 2]),
    # Its decoder only warns, and nobody hears of it.
    "half_jpeg_that_ends": (GOOD, lambda: _JPEG[: len(_JPEG) // 2] + b"\xff\xd9"),
    "truncated_png": ("truncated_image", lambda: _PNG[: len(_PNG) // 2]),
    "truncated_gif": ("truncated_image", lambda: encoded(noise("P"), "GIF")[:5000]),
    "truncated_bmp": ("truncated_image", lambda: encoded(noise(), "BMP")[:5000]),
    "jpeg_header_only": ("truncated_image", lambda: _JPEG[:400]),
    "signature_only": ("not_an_image", lambda: b"\x89PNG\r\n\x1a\n"),
    "png_wrong_checksum": ("truncated_image", lambda: _PNG[:50] + b"\0\0\0\0" + _PNG[54:]),
    "png_zero_size": ("not_an_image", lambda: png((0, 0), b"")),
    "bmp_zero_size": ("not_an_image", lambda: bmp((0, 0), b"")),
    "bmp_negative_width": ("image_too_large", lambda: bmp((-300, 300), bytes(270_000))),
    "bmp_endless_offset": ("truncated_image", lambda: b"BM" + b"\xff" * 52 + bytes(9000)),
    "one_pixel": ("image_too_small", lambda: encoded(Image.new("RGB", (1, 1)), "PNG")),
    "a_line": ("image_too_small", lambda: encoded(Image.new("L", (60_000, 1)), "PNG")),
    # What is not ours to read
    "nothing": ("empty_image", lambda: b""),
    "text": ("not_an_image", lambda: b"just text " * 100),
    "svg": ("not_an_image", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "pdf": ("not_an_image", lambda: b"%PDF-1.7\n" + bytes(1000)),
    "postscript": ("not_an_image", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(1000)),
    "zip": ("not_an_image", lambda: b"PK\3\4" + bytes(1000)),
    "pickle": ("not_an_image", lambda: b"\x80\4cos\nsystem\n(S'true'\ntR."),
    "tiff": ("not_an_image", lambda: encoded(noise(), "TIFF")),
    "webp": ("not_an_image", lambda: encoded(noise(), "WEBP")),
    "icon": ("not_an_image", lambda: encoded(noise(), "ICO")),
    # Two things in one
    "jpeg_then_zip": (GOOD, lambda: _JPEG + b"PK\3\4" + bytes(1000)),
    "png_then_html": (GOOD, lambda: _PNG + b"<script>alert(1)</script>"),
    "gif_with_script": ("not_an_image", lambda: b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)"),
    "html_then_jpeg": ("not_an_image", lambda: b"<html>" + _JPEG),
    # Unusual, and in order
    "progressive_jpeg": (GOOD, lambda: encoded(noise(), "JPEG", progressive=True)),
    "cmyk_jpeg": (GOOD, lambda: encoded(noise("CMYK"), "JPEG")),
    "grey_jpeg": (GOOD, lambda: encoded(noise("L"), "JPEG")),
    "multi_picture_jpeg": (GOOD, lambda: animated("MPO")),
    "animated_gif": (GOOD, lambda: animated("GIF")),
    "animated_png": (GOOD, lambda: animated("PNG")),
    "png_16_bit": (GOOD, lambda: encoded(noise("I;16"), "PNG")),
    "png_16_bit_colour": (GOOD, lambda: png((300, 300), bytes(300 * 1801), depth=16)),
    "png_1_bit": (GOOD, lambda: encoded(noise("1"), "PNG")),
    "png_palette": (GOOD, lambda: encoded(noise("P"), "PNG", transparency=3)),
    "png_grey_alpha": (GOOD, lambda: encoded(noise("LA"), "PNG")),
    "bmp_1_bit": (GOOD, lambda: encoded(noise("1"), "BMP")),
    "wide_strip": (GOOD, lambda: encoded(Image.new("RGB", (65_000, 8)), "PNG")),
}  # fmt: skip


def _jpeg_that_says(width: int, height: int) -> bytes:
    sizes = [struct.pack(">HH", *size) for size in ((240, 320), (height, width))]
    assert sizes[0] in _JPEG
    return _JPEG.replace(*sizes, 1)


def _jpeg_with(segments: bytes) -> bytes:
    return _JPEG[:2] + segments + _JPEG[2:]


def _with_chunk(kind: bytes, data: bytes, times: int = 1) -> bytes:
    return _PNG[:33] + chunk(kind, data) * times + _PNG[33:]
