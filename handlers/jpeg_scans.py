"""Refuses JPEG files that may take minutes to decode.

A progressive JPEG may hold any number of scans, and each makes the decoder pass over the whole
image again: a few hundred kilobytes can cost hours ("Two Issues with the JPEG Standard",
libjpeg-turbo project, 2015). What camera or software writes has about ten.

With arithmetic coding, which no camera writes and few programs read, even one scan is too many: a
few hundred bytes stand for any number of pixels.

A sequential one whose first scan holds all colours may hold no other, so that the rest of it, all
but the whole file, need not be searched.
"""

import re
from typing import Final

from datamodules.preprocess import ImageError

MAX_SCANS: Final = 64
#: Markers of all kinds; of some, each costs the decoder more time than the one before.
MAX_MARKERS: Final = 1_000

_MARKER: Final = re.compile(rb"\xff([\x01-\xfe])")
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_FIRST_WITH_LENGTH: Final = 0xC0
_WITHOUT_LENGTH: Final = range(0xD0, 0xDA)  # restart markers, start and end of image
_SEQUENTIAL_FRAMES: Final = (0xC0, 0xC1)
_ARITHMETIC: Final = (0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF)


def refuse_endless_jpeg(data: bytes) -> None:
    """Check that a file is not a JPEG with absurdly many scans or arithmetic coding.

    Args:
        data: The content of an image file of any format.

    Raises:
        ImageError: With ``image_too_large``, if it has more than :data:`MAX_SCANS` scans or
            :data:`MAX_MARKERS` markers; with ``not_an_image``, if it has arithmetic coding.
    """
    if not data.startswith(b"\xff\xd8"):
        return
    position = scans = markers = 0
    components = -1  # of a sequential image; unlike any scan's as long as none has begun
    # Behind the end of the image a telephone may have stored a film, which holds anything.
    while (found := _MARKER.search(data, position)) and found[1][0] != _END_OF_IMAGE:
        marker = found[1][0]
        position = found.end()
        if marker in _ARITHMETIC:
            raise ImageError(
                "not_an_image",
                "The JPEG file has arithmetic coding, which is not read here; open it and save it "
                "again.",
            )
        if marker in _SEQUENTIAL_FRAMES:
            components = _byte(data, position + 7)
        elif marker == _START_OF_SCAN and not scans and components == _byte(data, position + 2):
            return
        if marker >= _FIRST_WITH_LENGTH and marker not in _WITHOUT_LENGTH:
            position += int.from_bytes(data[position : position + 2])
        scans += marker == _START_OF_SCAN
        markers += marker not in _WITHOUT_LENGTH
        if scans > MAX_SCANS or markers > MAX_MARKERS:
            raise ImageError(
                "image_too_large",
                f"The JPEG file has more than {MAX_SCANS} scans or {MAX_MARKERS:,} parts and "
                "would take too long to decode; open it and save it again.",
            )


def _byte(data: bytes, position: int) -> int:
    """Return a byte, or -2 behind the end."""
    return data[position] if position < len(data) else -2
