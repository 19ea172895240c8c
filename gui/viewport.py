"""Which part of an image is seen, and how large: pure geometry, no pixels and no widgets."""

from dataclasses import dataclass, replace
from typing import Final

Size = tuple[int, int]

#: Screen pixels per image pixel.
MAX_SCALE: Final = 32.0
_MIN_SCALE: Final = 0.02


@dataclass(frozen=True)
class Viewport:
    """A window onto an image.

    Attributes:
        image: Size of the image in pixels.
        window: Size of the window in screen pixels.
        scale: Screen pixels per image pixel; None fits the whole image into the window.
        x: Image column in the middle of the window.
        y: Image row in the middle of the window.
    """

    image: Size = (1, 1)
    window: Size = (1, 1)
    scale: float | None = None
    x: float = 0.5
    y: float = 0.5

    @property
    def actual_scale(self) -> float:
        """Screen pixels per image pixel."""
        return self.fit_scale if self.scale is None else self.scale

    @property
    def fit_scale(self) -> float:
        """The largest scale at which the whole image is seen."""
        return min(self.window[0] / self.image[0], self.window[1] / self.image[1])

    def show(self, image: Size) -> "Viewport":
        """See another image, fitted."""
        return Viewport(image, self.window, None, image[0] / 2, image[1] / 2)

    def resize(self, window: Size) -> "Viewport":
        """See the same place through a window of another size."""
        return replace(self, window=window)._within()

    def fit(self) -> "Viewport":
        """See the whole image."""
        return self.show(self.image)

    def actual_size(self) -> "Viewport":
        """See one image pixel as one screen pixel."""
        return replace(self, scale=1.0)._within()

    def zoom(self, factor: float, at: tuple[float, float] | None = None) -> "Viewport":
        """Magnify.

        Args:
            factor: Above 1 magnifies, below 1 shrinks.
            at: Place in the window that stays where it is; the middle by default.
        """
        before = self.actual_scale
        lowest = min(self.fit_scale, 1.0, MAX_SCALE)
        # A tiny image is fitted at more.
        highest = max(self.fit_scale, MAX_SCALE)
        after = max(lowest, _MIN_SCALE, min(highest, before * factor))
        x, y = at or (self.window[0] / 2, self.window[1] / 2)
        # What is under the point must be the same before and after.
        shift = 1 / before - 1 / after
        return replace(
            self,
            scale=after,
            x=self.x + (x - self.window[0] / 2) * shift,
            y=self.y + (y - self.window[1] / 2) * shift,
        )._within()

    def pan(self, right: float, down: float) -> "Viewport":
        """Move the image by so many screen pixels."""
        scale = self.actual_scale
        return replace(self, x=self.x - right / scale, y=self.y - down / scale)._within()

    def visible(self) -> tuple[tuple[float, float, float, float], tuple[int, int, int, int]]:
        """Say what to draw, and where.

        Returns:
            The visible box of the image ``(left, top, right, bottom)`` in image pixels, and the
            box of the window that it fills in screen pixels.
        """
        scale = self.actual_scale
        horizontal = _span(self.x, self.image[0], self.window[0], scale)
        vertical = _span(self.y, self.image[1], self.window[1], scale)
        source = (horizontal[0], vertical[0], horizontal[1], vertical[1])
        return source, (horizontal[2], vertical[2], horizontal[3], vertical[3])

    def _within(self) -> "Viewport":
        scale = self.actual_scale
        return replace(
            self,
            x=_clamp(self.x, self.image[0], self.window[0] / scale),
            y=_clamp(self.y, self.image[1], self.window[1] / scale),
        )


def _clamp(centre: float, image: int, seen: float) -> float:
    """Keep the window filled with image, or the image in its middle if it is smaller."""
    if seen >= image:
        return image / 2
    return min(max(centre, seen / 2), image - seen / 2)


def _span(centre: float, image: int, window: int, scale: float) -> tuple[float, float, int, int]:
    start = max(0.0, centre - window / 2 / scale)
    end = min(float(image), centre + window / 2 / scale)
    left = round(window / 2 + (start - centre) * scale)
    right = round(window / 2 + (end - centre) * scale)
    return start, end, left, max(left + 1, right)
