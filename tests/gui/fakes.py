"""What surrounds the view-models, without a network or processes."""

from PIL import Image

from gui.analyser import Heatmap
from gui.connection import ServerConnection
from gui.errors import LocalServerError
from gui.executor import Executor
from gui.server_address import ServerAddress
from handlers.schema import HealthResponse, PredictResponse

HEALTHY = HealthResponse(status="healthy", model_loaded=True)
LOADING = HealthResponse(status="unavailable", model_loaded=False)


class FakeAnalyser:
    """Answers, or raises what it is told to."""

    def __init__(self, answer: PredictResponse) -> None:
        self.answer = answer
        self.health_answer = HEALTHY
        self.error: Exception | None = None
        self.images: list[bytes] = []
        self.explained: list[bytes] = []

    def predict(self, image: bytes) -> PredictResponse:
        self.images.append(image)
        self._fail()
        return self.answer

    def explain(self, image: bytes) -> Heatmap:
        self.explained.append(image)
        self._fail()
        picture = Image.new("RGB", (224, 224), "yellow")
        return Heatmap(picture, self.answer.prediction.model.sha256)

    def health(self) -> HealthResponse:
        self._fail()
        return self.health_answer

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class FakeStarter:
    """A local server that is there or not."""

    def __init__(self) -> None:
        self.installed = False
        self.starts = 0
        self.has_ended = False

    def is_installed(self) -> bool:
        return self.installed

    def start(self) -> None:
        self.starts += 1

    def check(self) -> None:
        if self.has_ended:
            raise LocalServerError("It said: port 8080 is taken.")


def make_connection(
    analyser: FakeAnalyser, executor: Executor, starter: FakeStarter | None = None
) -> ServerConnection:
    """Make a connection to the fake analyser, whatever the address."""
    return ServerConnection(
        ServerAddress(),
        executor,
        lambda server, token=None: analyser,
        starter or FakeStarter(),
    )
