"""Magnified images: which of them the keys are for, and all their pixels."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageGrab
from steps import analyse, press, settle
from virtual_display import wait_until

from gui.app import Application
from gui.views.image_view import ImageView

pytestmark = pytest.mark.filterwarnings("error::UserWarning")

#: More than a preview has.
_SIZE = (1600, 1200)


@pytest.fixture
def boards(tmp_path: Path) -> list[Path]:
    """Three chessboards with one pixel a square, which a preview can only show as grey."""
    x, y = np.meshgrid(*map(np.arange, _SIZE))
    board = Image.fromarray(((x + y) % 2 * 255).astype(np.uint8))
    paths = [tmp_path / f"board {number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        board.putpixel((number, 0), 99)  # no two files are the same
        board.save(path)
    return paths


def compare(application: Application, images: list[Path]) -> tuple[ImageView, ImageView]:
    for image in images:
        analyse(application, image)
    press(application, "<Control-Key-2>")
    settle(application)
    left, right = application.view.compare_page.sides
    return left.view, right.view


def is_sharp(view: ImageView) -> bool:
    """Whether the middle of a view has the board's two colours and nothing between."""
    view.update()
    x = view.winfo_rootx() + view.winfo_width() // 2
    y = view.winfo_rooty() + view.winfo_height() // 2
    box = (x - 20, y - 20, x + 20, y + 20)
    shot = ImageGrab.grab(bbox=box, xdisplay=os.environ["DISPLAY"]).convert("L")
    return {colour for _, colour in shot.getcolors()} == {0, 255}


def images_in_full() -> int:
    """Count the images in memory that have all their pixels."""
    gc.collect()
    return sum(isinstance(one, Image.Image) and one.size == _SIZE for one in gc.get_objects())


def test_keys_magnify_what_is_in_view(application: Application, boards: list[Path]) -> None:
    left, right = compare(application, boards[:2])
    behind = application.view.image_page.image_pane.looking.plain
    before = behind.viewport

    press(application, "<plus>")
    for view in (left, right):
        assert view.viewport.actual_scale > view.viewport.fit_scale
    press(application, "<Key-1>", right)
    assert right.viewport.actual_scale == 1.0
    assert left.viewport.actual_scale != 1.0, "only the one that has the focus"
    press(application, "<Key-0>")
    for view in (left, right):
        assert view.viewport.actual_scale == view.viewport.fit_scale
    press(application, "<Control-Key-3>")
    press(application, "<plus>")
    assert behind.viewport == before


def test_compared_images_have_all_their_pixels_while_they_are_shown(
    application: Application, boards: list[Path]
) -> None:
    views = compare(application, boards)

    for view in views:
        view.zoom(20)
    wait_until(application, lambda: all(is_sharp(view) for view in views))
    assert images_in_full() == 2

    for side in application.view.compare_page.sides:
        side.choice.current(0)
        side.choice.event_generate("<<ComboboxSelected>>")
    settle(application)
    assert images_in_full() == 0


def test_the_chosen_image_has_all_its_pixels_while_it_is_chosen(
    application: Application, boards: list[Path]
) -> None:
    for board in boards[:2]:
        analyse(application, board)
    view = application.view.image_page.image_pane.looking.plain

    view.zoom(20)
    wait_until(application, lambda: is_sharp(view))
    assert images_in_full() == 1

    application.services.images.select(0)
    settle(application)
    assert images_in_full() == 0
