"""Finds images of the same lesion that the metadata lists under different lesions.

HAM10000 holds a few dozen of them (Abhishek, Jain, Hamarneh, arXiv:2401.14497): the same
photograph again, or the lesion taken a second time, moved, turned or enlarged. With one of a pair
in training and the other in test, the test figures would be too good.

1. Candidates are the nearest neighbours by two descriptions of the whole image: a grey thumbnail,
   which finds the same framing, and the magnitude of the spectrum, which does not change when the
   image is moved.
2. A candidate is confirmed by its details: local features (Lowe, Int. J. Comput. Vis. 60, 91,
   2004) whose places in the two images agree with one shift, rotation and scale (RANSAC). Skin
   texture, hairs and the lesion's structure decide. Correlating the whole images does not do: it
   takes any two small round nevi in the middle of the image for one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from datamodules.threads import in_threads

#: Raised whenever the same images would give other pairs.
VERSION: Final = 1
#: Neighbours of each image and description that are looked at in detail. In HAM10000, 5 find 42
#: pairs, 10 find 47, 20 find 50 and 30 find 52, with the time growing alike.
NEIGHBOURS: Final = 20
#: Features that must agree. HAM10000 has 1,721 candidates with 4, 77 with 5, 6 with 6 and 52 with
#: more (30 neighbours). Looked at one by one, 3 of the 6 showed different lesions, and none of
#: the 52 certainly did; of pairs of the same lesion identifier, two thirds reach 7.
MIN_MATCHES: Final = 7

_FEATURES: Final = 200
#: Side of the image that features are found in; at 224 they take twice the time and find no more.
_DETAIL_SIZE: Final = 160
_SPECTRUM_SIZE: Final = 56
_LOWEST_FREQUENCIES: Final = 12
_THUMBNAIL_SIZE: Final = 14
#: A match must be nearer than the second best by this factor (Lowe's ratio test).
_RATIO: Final = 0.8
#: Largest distance of a match from where the transformation puts it, in pixels of the detail size.
_TOLERANCE: Final = 3.0
_MAX_SCALE: Final = 2.0


@dataclass(frozen=True)
class NearDuplicate:
    """Two images of the same lesion under different lesion identifiers.

    Attributes:
        first: Position of one image.
        second: Position of the other, larger than ``first``.
        matches: Features that agree.
    """

    first: int
    second: int
    matches: int


@dataclass(frozen=True)
class _Description:
    """What an image looks like: as a whole, and in its details."""

    thumbnail: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    places: NDArray[np.float32]
    features: NDArray[np.uint8]


def find_near_duplicates(
    read: Callable[[int], NDArray[np.uint8]], lesion_ids: Sequence[str]
) -> list[NearDuplicate]:
    """Find images of the same lesion under different identifiers.

    Takes minutes for 10,000 images, and 30 kB of memory an image.

    Args:
        read: Gives the pixels ``uint8 [H, W, 3]`` of the image at a position; all of one size.
        lesion_ids: Lesion of each image; images of the same lesion are not compared.

    Returns:
        The pairs, in order.
    """
    if len(lesion_ids) < 2:
        return []
    descriptions = list(
        in_threads(lambda i: _describe(read(i)), range(len(lesion_ids)), "Describing images")
    )
    lesions = np.unique(np.asarray(lesion_ids), return_inverse=True)[1]
    pairs = _candidates(descriptions, lesions)
    matches = in_threads(
        lambda pair: _count_matches(descriptions[pair[0]], descriptions[pair[1]]),
        pairs,
        "Comparing images",
        unit="pair",
    )
    return [
        NearDuplicate(first, second, count)
        for (first, second), count in zip(pairs, matches, strict=True)
        if count >= MIN_MATCHES
    ]


def merge_groups(lesion_ids: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[str]:
    """Merge lesions that share near-duplicates.

    Args:
        lesion_ids: Lesion of each image.
        pairs: Positions of images that show the same lesion.

    Returns:
        The group of each image, named after the group's first lesion in alphabetical order.
    """
    names, lesions = np.unique(np.asarray(lesion_ids), return_inverse=True)
    edges = lesions[np.asarray(pairs, dtype=np.int64).reshape(-1, 2)]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=[len(names)] * 2)
    _, components = connected_components(graph, directed=False)
    # The names are sorted, so the first of a component is the one that np.unique points to.
    first = np.unique(components, return_index=True)[1]
    return [str(name) for name in names[first[components[lesions]]]]


def _describe(pixels: NDArray[np.uint8]) -> _Description:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = _resize(grey, _SPECTRUM_SIZE).astype(np.float32)
    window = np.hanning(_SPECTRUM_SIZE)
    spectrum = np.abs(np.fft.rfft2((small - small.mean()) * np.outer(window, window)))
    n = _LOWEST_FREQUENCIES
    lowest = np.concatenate([spectrum[:n, :n], spectrum[1 - n :, :n]])
    # Local contrast made equal, so that faint skin texture counts beside a dark lesion.
    equalised = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(4, 4)).apply(
        _resize(grey, _DETAIL_SIZE)
    )
    sift = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=0.01, edgeThreshold=20)
    points, features = sift.detectAndCompute(equalised, None)
    return _Description(
        thumbnail=_unit(_resize(grey, _THUMBNAIL_SIZE)),
        spectrum=_unit(np.sqrt(lowest)),
        places=np.array([point.pt for point in points], dtype=np.float32).reshape(-1, 2),
        features=_root(features),
    )


def _resize(grey: NDArray[Any], side: int) -> NDArray[Any]:
    return cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)


def _unit(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Shift to mean 0 and scale to length 1, so that a product is a correlation."""
    centred = values.astype(np.float32).ravel()
    centred -= centred.mean()
    return centred / max(float(np.linalg.norm(centred)), 1e-6)


def _root(features: NDArray[Any] | None) -> NDArray[np.uint8]:
    """RootSIFT (Arandjelović and Zisserman, CVPR 2012), in bytes: length 1 becomes 512."""
    if features is None:
        return np.zeros((0, 128), dtype=np.uint8)
    shares = features / np.maximum(features.sum(axis=1, keepdims=True), 1e-6)
    quantised: NDArray[np.uint8] = np.rint(512 * np.sqrt(shares)).clip(0, 255).astype(np.uint8)
    return quantised


def _candidates(
    descriptions: Sequence[_Description], lesions: NDArray[np.int64]
) -> list[tuple[int, int]]:
    count = len(descriptions)
    neighbours = min(NEIGHBOURS, count - 1)
    keys = []
    for name in ("thumbnail", "spectrum"):
        vectors = np.stack([getattr(description, name) for description in descriptions])
        for rows in np.array_split(np.arange(count), -(-count // 1000)):
            similarity = vectors[rows] @ vectors.T
            similarity[lesions[rows, None] == lesions] = -np.inf
            nearest = np.argpartition(-similarity, neighbours - 1, axis=1)[:, :neighbours]
            pairs = np.stack([np.repeat(rows, neighbours), nearest.ravel()])
            pairs = pairs[:, lesions[pairs[0]] != lesions[pairs[1]]]
            keys.append(pairs.min(axis=0) * count + pairs.max(axis=0))
    return [(int(key) // count, int(key) % count) for key in np.unique(np.concatenate(keys))]


def _count_matches(first: _Description, second: _Description) -> int:
    """Count the features whose places agree with one shift, rotation and scale."""
    if min(len(first.features), len(second.features)) < MIN_MATCHES:
        return 0
    similarity = first.features.astype(np.float32) @ second.features.T.astype(np.float32)
    similarity /= 512**2
    rows = np.arange(len(similarity))
    best = similarity.argmax(axis=1)
    nearest = similarity[rows, best]
    mutual = similarity.argmax(axis=0)[best] == rows
    similarity[rows, best] = -np.inf
    # Of unit vectors, the squared distance is 2 - 2 times the product.
    clear = 1 - nearest < _RATIO**2 * (1 - similarity.max(axis=1))
    kept = rows[mutual & clear]
    if len(kept) < MIN_MATCHES:
        return 0
    transform, agree = cv2.estimateAffinePartial2D(
        first.places[kept],
        second.places[best[kept]],
        ransacReprojThreshold=_TOLERANCE,
        maxIters=500,
    )
    if transform is None:
        return 0
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    return int(agree.sum()) if 1 / _MAX_SCALE < scale < _MAX_SCALE else 0
