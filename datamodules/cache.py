"""Decodes every image once and keeps the pixels in a file that is mapped into memory.

Decoding 10,000 JPEGs in every epoch costs more than copying their pixels. The file is named after
the content of the images and the version of the preprocessing, so it can not go stale; it is
written under another name first, so it is never seen half-finished.
"""

import hashlib
import mmap
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_path

from datamodules.errors import DatasetError, name_some
from datamodules.preprocess import IMAGE_SIZE, PREPROCESS_VERSION, ImageError, network_input
from datamodules.threads import in_threads

DEFAULT_CACHE: Final = user_cache_path("skin-lesion-screening", appauthor=False)
_IMAGE_SHAPE: Final = (IMAGE_SIZE, IMAGE_SIZE, 3)
_IMAGE_BYTES: Final = IMAGE_SIZE * IMAGE_SIZE * 3


def cached_pixels(paths: Sequence[str], folder: Path) -> NDArray[np.uint8]:
    """Return the decoded images, from the cache if they are there and through it if not.

    Safe to call from several processes at once: one builds, the others wait for it. A build that
    was killed leaves nothing that a later one would take for finished.

    Args:
        paths: The image files.
        folder: Where the cache is kept; made if absent. About 150 kB an image.

    Returns:
        ``uint8 [N, 224, 224, 3]``, RGB, read-only and mapped: only what is used occupies memory.

    Raises:
        DatasetError: If files can not be read or decoded, or the disk is too small.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{_content_key(paths)}.npy"
    if not target.exists():
        with FileLock(f"{target}.lock"):
            if not target.exists():
                _build(paths, target)
    return map_pixels(target)


def map_pixels(target: Path) -> NDArray[np.uint8]:
    """Map a finished cache file, as :func:`cached_pixels` returns it."""
    pixels: NDArray[np.uint8] = np.load(target, mmap_mode="r")
    return pixels


def let_go(pixels: NDArray[np.uint8]) -> None:
    """Unmap what was read of cached pixels; the system keeps it in its own cache while it can.

    Otherwise everything that was ever read counts as this process's memory.
    """
    if isinstance(pixels.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        pixels.base.madvise(mmap.MADV_DONTNEED)


def read_pixels(path: str) -> NDArray[np.uint8]:
    """Read and decode one image file.

    Returns:
        ``uint8 [224, 224, 3]``, RGB.

    Raises:
        DatasetError: If it can not be read or decoded.
    """
    try:
        return network_input(Path(path).read_bytes()).pixels
    except (OSError, ImageError) as error:
        raise DatasetError(f"{path}: {error}") from error


def _content_key(paths: Sequence[str]) -> str:
    key = hashlib.sha256(f"preprocessing {PREPROCESS_VERSION}".encode())
    for digest in in_threads(_digest, paths, "Checking images"):
        key.update(digest)
    return key.hexdigest()[:32]


def _digest(path: str) -> bytes:
    try:
        return hashlib.sha256(Path(path).read_bytes()).digest()
    except OSError as error:
        raise DatasetError(f"{path}: {error}") from error


def _build(paths: Sequence[str], target: Path) -> None:
    size = len(paths) * _IMAGE_BYTES
    free = shutil.disk_usage(target.parent).free
    if free < size:
        raise DatasetError(
            f"The image cache needs {size / 1e9:.1f} GB, but {target.parent} has "
            f"{free / 1e9:.1f} GB free. Make room, or name another folder with "
            "--data.cache_dir, or do without by --data.cache_images false."
        )
    # One fixed name: we hold the lock, so whatever lies there is what a killed build has left.
    partial = target.with_suffix(".partial")
    pixels = np.lib.format.open_memmap(
        partial, mode="w+", dtype=np.uint8, shape=(len(paths), *_IMAGE_SHAPE)
    )
    problems = []
    for index, result in enumerate(in_threads(_read_or_error, paths, "Decoding images")):
        if isinstance(result, DatasetError):
            problems.append(str(result))
        else:
            pixels[index] = result
    if problems:
        partial.unlink()
        raise DatasetError(
            f"{len(problems)} of {len(paths)} images can not be used: {name_some(problems)} Mend "
            "them, or go on without them with --data.skip_unreadable true."
        )
    pixels.flush()
    partial.replace(target)


def _read_or_error(path: str) -> NDArray[np.uint8] | DatasetError:
    try:
        return read_pixels(path)
    except DatasetError as error:
        return error
