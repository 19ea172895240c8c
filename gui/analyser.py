"""What the view-models need of whoever talks to a server; knows no network."""

from typing import NamedTuple, Protocol

from PIL import Image

from gui.server_address import ServerAddress
from handlers.schema import HealthResponse, PredictResponse


class Heatmap(NamedTuple):
    """An explanation.

    Attributes:
        picture: Mode ``RGB``; covers the whole image, bright where it speaks for malignancy.
        model: SHA-256 of the network whose result is explained.
    """

    picture: Image.Image
    model: str


class Analyser(Protocol):
    """Answers questions about images; :class:`gui.client.AnalysisClient` in the program."""

    def predict(self, image: bytes) -> PredictResponse:
        """Analyse an image; raises :class:`gui.errors.ClientError`."""
        ...

    def explain(self, image: bytes) -> Heatmap:
        """Explain the result for an image; raises :class:`gui.errors.ClientError`."""
        ...

    def health(self) -> HealthResponse:
        """Ask whether the server is ready; raises :class:`gui.errors.ClientError`."""
        ...


class Connect(Protocol):
    """Makes the client of a server."""

    def __call__(self, server: ServerAddress, token: str | None = None) -> Analyser:
        """Make it; without a token, the stored one is used."""
        ...
