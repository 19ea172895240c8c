"""All pixels of the image that a view shows, for as long as it shows that image."""

from collections.abc import Callable

from PIL import Image

from gui.executor import NO_JOB, Executor
from gui.image_file import ImageFile, read_pixels


class FullPixels:
    """Loads the pixels of one image when its preview no longer suffices.

    Attributes:
        image: The image, mode ``RGB`` and upright; None until it is loaded.
    """

    def __init__(self, executor: Executor, on_load: Callable[[], None]) -> None:
        """Create it without an image.

        Args:
            executor: Decodes.
            on_load: Called when the pixels are there.
        """
        self.image: Image.Image | None = None
        self._executor = executor
        self._on_load = on_load
        self._job = NO_JOB

    def need(self, file: ImageFile) -> None:
        """Load the pixels, unless that has been tried since the last release."""
        if self._job == NO_JOB:
            self._job = self._executor.submit(
                lambda: read_pixels(file), self._loaded, lambda _: None
            )

    def release(self) -> None:
        """Forget the pixels, and those that are on their way."""
        self._executor.cancel(self._job)
        self._job = NO_JOB
        self.image = None

    def _loaded(self, image: Image.Image) -> None:
        self.image = image
        self._on_load()
