"""Zoom and pan, without pixels."""

import pytest

from gui.viewport import MAX_SCALE, Viewport


@pytest.fixture
def fitted() -> Viewport:
    """An image of 600x450 pixels in a window of 300x300."""
    return Viewport(window=(300, 300)).show((600, 450))


def under(viewport: Viewport, x: float, y: float) -> tuple[float, float]:
    """Return the image place that is under a place of the window."""
    scale = viewport.actual_scale
    return (
        viewport.x + (x - viewport.window[0] / 2) / scale,
        viewport.y + (y - viewport.window[1] / 2) / scale,
    )


def test_the_whole_image_is_seen_at_first(fitted: Viewport) -> None:
    source, target = fitted.visible()

    assert source == (0, 0, 600, 450)
    assert target == (0, 38, 300, 262)


def test_zooming_keeps_the_place_under_the_cursor(fitted: Viewport) -> None:
    before = under(fitted, 90, 130)

    zoomed = fitted.zoom(4, at=(90, 130))

    assert zoomed.actual_scale == pytest.approx(2.0)
    assert under(zoomed, 90, 130) == pytest.approx(before)


def test_zooming_in_and_out_again_comes_back(fitted: Viewport) -> None:
    there = fitted.zoom(8, at=(200, 140))
    back = there.zoom(1 / 8, at=(200, 140))

    assert back.visible() == fitted.visible()


def test_actual_size_is_one_to_one(fitted: Viewport) -> None:
    (left, _, right, _), target = fitted.actual_size().visible()

    assert right - left == 300
    assert target == (0, 0, 300, 300)


def test_zoom_has_limits(fitted: Viewport) -> None:
    assert fitted.zoom(1e9).actual_scale == MAX_SCALE
    assert fitted.zoom(1e-9).visible() == fitted.visible(), "never smaller than fitted"


def test_a_small_image_can_be_shown_at_its_own_size() -> None:
    small = Viewport(window=(300, 300)).show((30, 30))

    assert small.actual_scale == 10
    assert small.actual_size().visible() == ((0, 0, 30, 30), (135, 135, 165, 165))


def test_a_tiny_image_is_never_shrunk_by_magnifying() -> None:
    tiny = Viewport(window=(500, 500)).show((8, 8))

    assert tiny.zoom(1.25).actual_scale == tiny.actual_scale > MAX_SCALE


def test_panning_moves_with_the_hand_and_stops_at_the_edge(fitted: Viewport) -> None:
    zoomed = fitted.actual_size()
    before = under(zoomed, 100, 100)

    assert under(zoomed.pan(20, -10), 120, 90) == pytest.approx(before)
    assert zoomed.pan(1e6, 1e6).visible()[0][:2] == (0, 0)
    assert zoomed.pan(-1e6, -1e6).visible()[0][2:] == (600, 450)


def test_resizing_keeps_fitting_or_the_place(fitted: Viewport) -> None:
    assert fitted.resize((600, 600)).visible()[0] == (0, 0, 600, 450)
    zoomed = fitted.zoom(4, at=(150, 150))
    assert (zoomed.resize((200, 100)).x, zoomed.resize((200, 100)).y) == (zoomed.x, zoomed.y)
