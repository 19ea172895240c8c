"""What the image page shows at a moment, as values that never change."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from PIL import Image

from gui.image_file import ImageFile
from gui.problem import Problem
from handlers.schema import PredictResponse


class Phase(Enum):
    """What the page is doing."""

    EMPTY = auto()
    READING = auto()
    READY = auto()
    ANALYSING = auto()
    CANCELLED = auto()
    DONE = auto()
    FAILED = auto()


class Look(Enum):
    """How the image is looked at."""

    PLAIN = auto()
    OVERLAY = auto()
    SIDE_BY_SIDE = auto()


@dataclass(frozen=True, eq=False)
class Case:
    """One image of the session with what is known of it.

    Attributes:
        image: The image.
        answer: The server's answer.
        analysed_at: When the answer came, with the local time zone.
        heatmap: The explanation, mode ``RGB``; it covers the whole image.
        failure: Why the last analysis brought no answer; one from before stays.
    """

    image: ImageFile
    answer: PredictResponse | None = None
    analysed_at: datetime | None = None
    heatmap: Image.Image | None = None
    failure: Problem | None = None

    @property
    def result(self) -> str:
        """The result in two words."""
        if self.answer is None:
            return "Not analysed" if self.failure is None else "Failed"
        prediction = self.answer.prediction
        return (
            f"{prediction.risk.level} risk" if prediction.input.in_distribution else "Not reliable"
        )

    def is_newer_than(self, other: "Case") -> bool:
        """Whether its answer came after the other's, or the other has none."""
        if self.analysed_at is None:
            return False
        return other.analysed_at is None or self.analysed_at > other.analysed_at


@dataclass(frozen=True)
class State:
    """Everything that a view needs to draw itself.

    Attributes:
        phase: What the page is doing.
        cases: The images of this session in the order in which they were opened.
        current: Position of the chosen one in ``cases``.
        file_problem: Why the last file could not be opened; the image before it stays.
        started: When what is under way began, on the clock of :func:`time.monotonic`.
        look: How the image is looked at.
        is_explaining: Whether the explanation is on its way.
        explanation_problem: Why there is no explanation.
    """

    phase: Phase = Phase.EMPTY
    cases: tuple[Case, ...] = ()
    current: int | None = None
    file_problem: Problem | None = None
    started: float = 0.0
    look: Look = Look.PLAIN
    is_explaining: bool = False
    explanation_problem: Problem | None = None

    @property
    def case(self) -> Case | None:
        """The chosen image with what is known of it."""
        return None if self.current is None else self.cases[self.current]

    @property
    def image(self) -> ImageFile | None:
        """The chosen image."""
        return self.case.image if self.case else None

    @property
    def answer(self) -> PredictResponse | None:
        """The server's answer for it."""
        return self.case.answer if self.case else None

    @property
    def failure(self) -> Problem | None:
        """Why its last analysis brought no answer."""
        return self.case.failure if self.case else None

    @property
    def can_analyse(self) -> bool:
        """Whether there is an image and nothing is under way."""
        return self.image is not None and not self.can_cancel

    @property
    def can_cancel(self) -> bool:
        """Whether something is under way."""
        return self.phase in (Phase.READING, Phase.ANALYSING)

    @property
    def shows_result(self) -> bool:
        """Whether the chosen image's result is in view, and not that of an earlier analysis."""
        return self.phase is Phase.DONE and self.answer is not None
