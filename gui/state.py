"""What the window shows at a moment, as values that never change."""

from dataclasses import dataclass
from enum import Enum, auto

from gui.image_file import ImageFile
from handlers.schema import PredictResponse


class Phase(Enum):
    """What the window is doing."""

    EMPTY = auto()
    READING = auto()
    READY = auto()
    ANALYSING = auto()
    DONE = auto()
    FAILED = auto()


class Connection(Enum):
    """What is known of the server."""

    UNKNOWN = auto()
    READY = auto()
    STARTING = auto()
    OFFLINE = auto()


@dataclass(frozen=True)
class Problem:
    """Something to tell the user.

    Attributes:
        title: What went wrong, in a few words.
        message: Where, and what to do about it.
        server_is_away: Whether it will be over as soon as the server can be reached.
    """

    title: str
    message: str
    server_is_away: bool = False


@dataclass(frozen=True)
class State:
    """Everything that a view needs to draw itself.

    Attributes:
        phase: What the window is doing.
        connection: What is known of the server.
        server_problem: Why the last health check brought no answer.
        image: The chosen image.
        answer: The server's answer for that image.
        failure: Why the last analysis brought no answer.
        file_problem: Why the last file could not be opened; the image before it stays.
        started: When what is under way began, on the clock of :func:`time.monotonic`.
    """

    phase: Phase = Phase.EMPTY
    connection: Connection = Connection.UNKNOWN
    server_problem: Problem | None = None
    image: ImageFile | None = None
    answer: PredictResponse | None = None
    failure: Problem | None = None
    file_problem: Problem | None = None
    started: float = 0.0

    @property
    def can_analyse(self) -> bool:
        """Whether there is an image and nothing is under way."""
        return self.image is not None and self.phase in (Phase.READY, Phase.DONE, Phase.FAILED)

    @property
    def can_cancel(self) -> bool:
        """Whether something is under way."""
        return self.phase in (Phase.READING, Phase.ANALYSING)
