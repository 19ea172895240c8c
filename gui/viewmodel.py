"""The decisions behind the window; knows no widgets.

Views call the commands and draw the :class:`gui.state.State` that they are told of. Slow work
goes to an :class:`Executor`, whose callbacks arrive on the thread that called the command.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol, TypeVar

from gui.errors import (
    ClientError,
    ImageFileError,
    NotReadyError,
    UnreachableError,
    UserError,
)
from gui.image_file import ImageFile, read_image_file
from gui.state import Connection, Phase, Problem, State
from handlers.schema import HealthResponse, PredictResponse

_LOG: Final = logging.getLogger(__name__)
_NO_JOB: Final = 0

Outcome = TypeVar("Outcome")


class Executor(Protocol):
    """Runs slow work; :class:`gui.worker.Worker` in the program."""

    def submit(
        self,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> int:
        """Run a task, then one of the callbacks; return the job's number."""
        ...

    def cancel(self, job: int) -> None:
        """Make sure that no callback of the job runs any more."""
        ...


class Analyser(Protocol):
    """Answers questions about images; :class:`gui.client.AnalysisClient` in the program."""

    url: str

    def predict(self, image: bytes) -> PredictResponse:
        """Analyse an image; raises :class:`ClientError`."""
        ...

    def health(self) -> HealthResponse:
        """Ask whether the server is ready; raises :class:`ClientError`."""
        ...


class ViewModel:
    """Holds the state, carries out the commands and tells the listeners."""

    def __init__(self, analyser: Analyser, executor: Executor) -> None:
        self.state = State()
        self._analyser = analyser
        self._executor = executor
        self._listeners: list[Callable[[State], None]] = []
        self._job = _NO_JOB
        self._checking_health = False

    @property
    def server_url(self) -> str:
        """Address of the server."""
        return self._analyser.url

    def subscribe(self, listener: Callable[[State], None]) -> None:
        """Call ``listener`` now and after every change of the state."""
        self._listeners.append(listener)
        listener(self.state)

    def open(self, path: Path) -> None:
        """Read an image file and analyse it at once; whatever is under way is dropped."""
        self.cancel()
        self._set(
            replace(self.state, phase=Phase.READING, file_problem=None, started=time.monotonic())
        )
        self._job = self._executor.submit(
            lambda: read_image_file(path), self._image_read, self._reading_failed
        )

    def analyse(self) -> None:
        """Analyse the chosen image (again). Does nothing while that is not possible."""
        image = self.state.image
        if image is None or not self.state.can_analyse:
            return
        self._set(
            replace(self.state, phase=Phase.ANALYSING, failure=None, started=time.monotonic())
        )
        self._job = self._executor.submit(
            lambda: self._analyser.predict(image.data), self._analysed, self._analysis_failed
        )

    def cancel(self) -> None:
        """Drop what is under way; an earlier result of the same image comes back."""
        if self.state.can_cancel:
            self._executor.cancel(self._job)
            self._set(replace(self.state, phase=self._resting_phase()))

    def check_health(self) -> None:
        """Ask for the server's health, unless such a question is still open."""
        if self._checking_health:
            return
        self._checking_health = True
        self._executor.submit(self._analyser.health, self._health_known, self._health_failed)

    def report_defect(self, error: BaseException) -> None:
        """Show that the program itself has failed."""
        self._executor.cancel(self._job)
        self._set(replace(self.state, phase=Phase.FAILED, failure=_problem(error, ClientError)))

    def _image_read(self, image: ImageFile) -> None:
        self._set(replace(self.state, phase=Phase.READY, image=image, answer=None, failure=None))
        self.analyse()

    def _reading_failed(self, error: Exception) -> None:
        self._set(
            replace(
                self.state,
                phase=self._resting_phase(),
                file_problem=_problem(error, ImageFileError),
            )
        )

    def _analysed(self, answer: PredictResponse) -> None:
        self._set(replace(self.state, phase=Phase.DONE, answer=answer, connection=Connection.READY))

    def _analysis_failed(self, error: Exception) -> None:
        self._set(
            replace(
                self.state,
                phase=Phase.FAILED,
                failure=_problem(error, ClientError),
                connection=_connection_after(error, self.state.connection),
            )
        )

    def _health_known(self, health: HealthResponse) -> None:
        self._checking_health = False
        ready = health.status == "healthy" and health.model_loaded
        was_offline = self.state.connection is Connection.OFFLINE
        connection = Connection.READY if ready else Connection.STARTING
        self._set(replace(self.state, connection=connection, server_problem=None))
        failure = self.state.failure
        if ready and was_offline and failure is not None and failure.server_is_away:
            self.analyse()

    def _health_failed(self, error: Exception) -> None:
        self._checking_health = False
        problem = _problem(error, ClientError)
        self._set(replace(self.state, connection=Connection.OFFLINE, server_problem=problem))

    def _resting_phase(self) -> Phase:
        if self.state.failure is not None:
            return Phase.FAILED
        if self.state.answer is not None:
            return Phase.DONE
        return Phase.READY if self.state.image is not None else Phase.EMPTY

    def _set(self, state: State) -> None:
        if state == self.state:
            return
        self.state = state
        for listener in self._listeners:
            listener(state)


def _connection_after(error: Exception, before: Connection) -> Connection:
    if isinstance(error, UnreachableError):
        return Connection.OFFLINE
    return Connection.STARTING if isinstance(error, NotReadyError) else before


def _problem(error: BaseException, expected: type[UserError]) -> Problem:
    if isinstance(error, expected):
        return Problem(error.title, error.message, isinstance(error, UnreachableError))
    _LOG.error("Unexpected failure", exc_info=error)
    return Problem(
        "Something unexpected went wrong",
        f"This is a defect of the program ({type(error).__name__}); your file is unchanged. "
        "Retry, and report it if it happens again.",
    )
