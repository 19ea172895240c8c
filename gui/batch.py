"""The decisions behind the batch page: many images one after the other, none of them lost."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from hashlib import sha256
from pathlib import Path
from typing import Final

from gui.analyser import Analyser
from gui.connection import Connection, ConnectionState, ServerConnection
from gui.errors import BusyError, ConnectionLostError, NotReadyError
from gui.executor import Executor
from gui.image_file import SUFFIXES, read_bytes
from gui.image_search import collect
from gui.observable import Observable
from gui.problem import Problem, problem_from
from handlers.schema import PredictResponse

#: Requests at a time: one is on its way while the server works on another.
_AT_ONCE: Final = 2
#: How often an image may fail so before it is taken for the reason. A server that is switched off
#: or busy is waited for without end.
_PATIENCE: Final[dict[type[Exception], int]] = {
    ConnectionLostError: 3,
    NotReadyError: 6,
}
#: Seconds before a server that was not ready is asked again, whatever its health check says.
_PAUSE: Final = 5.0


class BatchPhase(Enum):
    """What the batch is doing."""

    EMPTY = auto()
    COLLECTING = auto()
    RUNNING = auto()
    WAITING = auto()
    STOPPED = auto()
    DONE = auto()


@dataclass(frozen=True, eq=False)
class Row:
    """One image of the batch.

    Attributes:
        path: Where it lies.
        answer: The server's answer.
        problem: Why there is none.
        analysed_at: When the answer came, with the local time zone.
        sha256: Of the content that was analysed, in hexadecimal; the file may change later.
    """

    path: Path
    answer: PredictResponse | None = None
    problem: Problem | None = None
    analysed_at: datetime | None = None
    sha256: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has still to be analysed."""
        return self.answer is None and self.problem is None


@dataclass(frozen=True)
class BatchState:
    """Everything that the batch page needs to draw itself.

    Attributes:
        phase: What the batch is doing.
        rows: The images in the order in which they were found.
        problem: Why there is nothing to analyse.
        chosen: The files and folders that were chosen.
    """

    phase: BatchPhase = BatchPhase.EMPTY
    rows: tuple[Row, ...] = ()
    problem: Problem | None = None
    chosen: tuple[Path, ...] = ()

    @property
    def source(self) -> str:
        """The folder that the images came from, or the only one of them; empty without any."""
        if len(self.chosen) == 1:
            return str(self.chosen[0])
        return str(self.chosen[0].absolute().parent) if self.chosen else ""

    @property
    def is_busy(self) -> bool:
        """Whether there is something to stop."""
        return self.phase in (BatchPhase.COLLECTING, BatchPhase.RUNNING, BatchPhase.WAITING)

    @property
    def finished(self) -> int:
        """How many images have an answer or a problem."""
        return sum(not row.is_open for row in self.rows)

    @property
    def failed(self) -> int:
        """How many images have a problem."""
        return sum(row.problem is not None for row in self.rows)


class BatchModel(Observable[BatchState]):
    """Analyses many images; waits while the server is away or busy, and goes on by itself."""

    def __init__(self, server: ServerConnection, executor: Executor) -> None:
        super().__init__(BatchState())
        self._server = server
        self._executor = executor
        self._collecting: int | None = None
        self._waiting: deque[int] = deque()
        self._jobs: dict[int, int | None] = {}
        self._losses: Counter[tuple[int, type[Exception]]] = Counter()
        #: When a busy server may be asked again, on the clock of :func:`time.monotonic`.
        self._free_at: float | None = None
        server.subscribe(self._server_changed)

    def start(self, paths: Sequence[Path]) -> None:
        """Analyse files, and the images in folders; whatever was there before is dropped."""
        self.stop()
        self._set(BatchState(BatchPhase.COLLECTING, chosen=tuple(paths)))
        self._collecting = self._executor.submit(
            lambda: collect(paths), self._collected, self._collecting_failed
        )

    def stop(self) -> None:
        """Stop; what has been analysed stays, and without any image all is as before a start."""
        if not self.state.is_busy:
            return
        if self._collecting is not None:
            self._executor.cancel(self._collecting)
        for job in self._jobs.values():
            if job is not None:
                self._executor.cancel(job)
        self._jobs.clear()
        has_rows = bool(self.state.rows)
        self._set(replace(self.state, phase=BatchPhase.STOPPED) if has_rows else BatchState())

    def clear(self) -> None:
        """Stop, and forget every image and result."""
        self.stop()
        self._waiting.clear()
        self._losses.clear()
        self._set(BatchState())

    def poll(self) -> None:
        """Go on when a busy server may be asked again; to be called about once a second."""
        is_free = self._free_at is not None and time.monotonic() >= self._free_at
        if is_free and self.state.phase is BatchPhase.WAITING:
            self.resume()

    def resume(self) -> None:
        """Go on with what has not been analysed yet."""
        if self.state.phase in (BatchPhase.STOPPED, BatchPhase.WAITING):
            self._run(self.state.rows)

    def retry_failed(self) -> None:
        """Analyse again what has failed."""
        if self.state.is_busy or not self.state.failed:
            return
        self._losses.clear()
        self._run(tuple(Row(row.path) if row.problem else row for row in self.state.rows))

    def _collected(self, paths: list[Path]) -> None:
        self._collecting = None
        if not paths:
            problem = Problem(
                "There are no images here",
                f"'{self.state.source}' holds no file that ends in {', '.join(SUFFIXES)}. "
                "Choose another folder.",
            )
            self._set(replace(self.state, phase=BatchPhase.EMPTY, problem=problem))
            return
        self._losses.clear()
        self._run(tuple(Row(path) for path in paths))

    def _collecting_failed(self, error: Exception) -> None:
        self._collecting = None
        self._set(BatchState(problem=problem_from(error), chosen=self.state.chosen))

    def _run(self, rows: tuple[Row, ...]) -> None:
        self._free_at = None
        self._waiting = deque(
            index for index, row in enumerate(rows) if row.is_open and index not in self._jobs
        )
        self._set(replace(self.state, phase=BatchPhase.RUNNING, rows=rows))
        self._fill()

    def _fill(self) -> None:
        """Submit jobs until enough are under way."""
        while self._is_running and self._waiting and len(self._jobs) < _AT_ONCE:
            self._submit(self._waiting.popleft())
        if self._is_running and not self._jobs and not self._waiting:
            self._set(replace(self.state, phase=BatchPhase.DONE))

    @property
    def _is_running(self) -> bool:
        return self.state.phase is BatchPhase.RUNNING

    def _submit(self, index: int) -> None:
        path = self.state.rows[index].path
        analyser = self._server.analyser

        def analyse() -> tuple[PredictResponse, str]:
            data = read_bytes(path)
            return analyser.predict(data), sha256(data).hexdigest()

        def analysed(result: tuple[PredictResponse, str]) -> None:
            answer, checksum = result
            now = datetime.now().astimezone()
            self._finish(index, Row(path, answer, analysed_at=now, sha256=checksum))
            if self._server.state.status is Connection.REFUSED:
                self._server.note_success(analyser)

        def failed(error: Exception) -> None:
            problem = problem_from(error)
            if not self._bears(index, error):
                self._finish(index, Row(path, problem=replace(problem, server_is_away=False)))
            elif isinstance(error, BusyError):
                self._free_at = time.monotonic() + error.retry_after
                self._wait(index)
            elif isinstance(error, NotReadyError):
                self._free_at = time.monotonic() + _PAUSE
                self._wait_for_server(index, error, analyser)
            elif problem.server_is_away:
                self._wait_for_server(index, error, analyser)
            else:
                self._finish(index, Row(path, problem=problem))
                self._server.note_failure(error, analyser)

        self._jobs[index] = None
        job = self._executor.submit(analyse, analysed, failed)
        if index in self._jobs:
            self._jobs[index] = job

    def _bears(self, index: int, error: Exception) -> bool:
        """Whether an image may be tried again after an error."""
        kind = type(error)
        self._losses[index, kind] += 1
        return kind not in _PATIENCE or self._losses[index, kind] < _PATIENCE[kind]

    def _finish(self, index: int, row: Row) -> None:
        del self._jobs[index]
        rows = (*self.state.rows[:index], row, *self.state.rows[index + 1 :])
        self._set(replace(self.state, rows=rows))
        self._fill()

    def _wait(self, index: int) -> None:
        del self._jobs[index]
        if self._is_running:
            self._set(replace(self.state, phase=BatchPhase.WAITING))

    def _wait_for_server(self, index: int, error: Exception, analyser: Analyser) -> None:
        self._wait(index)
        self._server.note_failure(error, analyser)
        if analyser is self._server.analyser:
            self._server.check()
        elif self._server.state.status is Connection.READY:
            self.resume()  # another server has taken its place, and its readiness is no news

    def _server_changed(self, server: ConnectionState) -> None:
        is_back = server.status is Connection.READY and self._free_at is None
        if is_back and self.state.phase is BatchPhase.WAITING:
            self.resume()
