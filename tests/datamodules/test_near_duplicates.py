import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from datamodules.cache import read_pixels
from datamodules.metadata import read_metadata
from datamodules.near_duplicates import find_near_duplicates, merge_groups
from tests.conftest import SHARED


def textured(seed: int) -> Image.Image:
    """Draw a dark round spot in the middle of a texture of its own, as round nevi have."""
    rng = np.random.default_rng(seed)
    texture = sum(
        np.asarray(
            Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32)).resize((300, 300))
        )
        for cells in (20, 40, 80)
    )
    y, x = np.mgrid[-1:1:300j, -1:1:300j]
    grey = 170 + 12 * texture - 90 * (np.hypot(x, y) < 0.4)
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def again(image: Image.Image, angle: float, zoom: float, shift: int) -> Image.Image:
    """Take the same spot a second time: turned, nearer, moved and darker."""
    side = round(224 / zoom)
    left = (300 - side) // 2 + shift
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    return ImageEnhance.Brightness(turned.crop((left, left, left + side, left + side))).enhance(0.8)


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.resize((224, 224), Image.Resampling.BILINEAR))


@pytest.mark.parametrize(
    ("angle", "zoom", "shift"),
    [(0, 1.0, 0), (0, 1.0, 25), (15, 1.0, 0), (0, 1.2, 0), (10, 1.1, -15)],
)
def test_second_image_of_a_lesion_is_found_among_look_alikes(
    angle: float, zoom: float, shift: int
) -> None:
    images = [pixels(again(textured(seed), 0, 1, 0)) for seed in range(12)]
    images.append(pixels(again(textured(5), angle, zoom, shift)))
    found = find_near_duplicates(lambda i: images[i], [f"L{i}" for i in range(13)])
    assert [(pair.first, pair.second) for pair in found] == [(5, 12)]


def test_images_of_one_lesion_are_not_compared() -> None:
    images = [pixels(textured(0)), pixels(textured(0)), pixels(textured(1))]
    assert find_near_duplicates(lambda i: images[i], ["a", "a", "b"]) == []


def test_images_without_any_detail_are_no_duplicates() -> None:
    blank = np.full((224, 224, 3), 200, dtype=np.uint8)
    assert find_near_duplicates(lambda i: blank, ["a", "b", "c"]) == []


@pytest.mark.parametrize("count", [0, 1])
def test_there_may_be_nothing_to_compare(count: int) -> None:
    assert find_near_duplicates(lambda i: pixels(textured(i)), ["a"] * count) == []


def test_synthetic_lesions_are_all_different(synthetic_root: Path) -> None:
    table = read_metadata(synthetic_root).head(40)
    paths = table["path"].tolist()
    assert find_near_duplicates(lambda i: read_pixels(paths[i]), table["lesion_id"].tolist()) == []


def test_real_pairs_that_were_found_by_eye_and_no_others() -> None:
    root = SHARED / "ham10000"
    if not root.is_dir():
        return  # the made-up lesions above have to do
    table = read_metadata(root)
    pairs = [
        ("ISIC_0025226", "ISIC_0030074"),
        ("ISIC_0027027", "ISIC_0029036"),
        ("ISIC_0027636", "ISIC_0027994"),
        ("ISIC_0034228", "ISIC_0034248"),
    ]
    wanted = set(itertools.chain.from_iterable(pairs))
    chosen = table[table["image_id"].isin(wanted) | (table.index % 100 == 0)]
    ids, paths = chosen["image_id"].tolist(), chosen["path"].tolist()
    found = find_near_duplicates(lambda i: read_pixels(paths[i]), chosen["lesion_id"].tolist())
    assert {(ids[pair.first], ids[pair.second]) for pair in found} == set(pairs)


def test_groups_join_whatever_is_connected() -> None:
    lesions = ["c", "b", "b", "a", "d", "e"]
    assert merge_groups(lesions, []) == lesions
    assert merge_groups(lesions, [(0, 1), (2, 3)]) == ["a", "a", "a", "a", "d", "e"]
    assert merge_groups(lesions, [(5, 4)]) == ["c", "b", "b", "a", "d", "d"]
