"""The decisions behind the batch page: many images one after the other, none of them lost."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Final

from gui.connection import Connection, ConnectionState, ServerConnection
from gui.errors import ConnectionLostError
from gui.executor import Executor
from gui.image_file import SUFFIXES, read_bytes
from gui.observable import Observable
from gui.problem import Problem, problem_from
from handlers.schema import PredictResponse

#: Requests at a time: one is on its way while the server works on another.
_AT_ONCE: Final = 2
#: How often one image may lose the server before it is taken for the reason.
_MAX_LOSSES: Final = 3


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
    """

    path: Path
    answer: PredictResponse | None = None
    problem: Problem | None = None
    analysed_at: datetime | None = None

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
        source: The folder that the images came from, or the only one of them.
    """

    phase: BatchPhase = BatchPhase.EMPTY
    rows: tuple[Row, ...] = ()
    problem: Problem | None = None
    source: str = ""

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
    """Analyses many images; waits while the server is away and goes on when it is back."""

    def __init__(self, server: ServerConnection, executor: Executor) -> None:
        super().__init__(BatchState())
        self._server = server
        self._executor = executor
        self._collecting: int | None = None
        self._waiting: deque[int] = deque()
        self._jobs: dict[int, int | None] = {}
        self._losses: Counter[int] = Counter()
        server.subscribe(self._server_changed)

    def start(self, paths: Sequence[Path]) -> None:
        """Analyse files, and the images in folders; whatever was there before is dropped."""
        self.stop()
        source = str(paths[0] if len(paths) == 1 else paths[0].absolute().parent)
        self._set(BatchState(BatchPhase.COLLECTING, source=source))
        self._collecting = self._executor.submit(
            lambda: collect(paths), self._collected, self._collecting_failed
        )

    def stop(self) -> None:
        """Stop; what has been analysed stays."""
        if not self.state.is_busy:
            return
        if self._collecting is not None:
            self._executor.cancel(self._collecting)
        for job in self._jobs.values():
            if job is not None:
                self._executor.cancel(job)
        self._jobs.clear()
        self._set(replace(self.state, phase=BatchPhase.STOPPED))

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
        self._set(BatchState(problem=problem_from(error), source=self.state.source))

    def _run(self, rows: tuple[Row, ...]) -> None:
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

        def analysed(answer: PredictResponse) -> None:
            self._finish(index, Row(path, answer, analysed_at=datetime.now().astimezone()))

        def failed(error: Exception) -> None:
            problem = problem_from(error)
            self._losses[index] += isinstance(error, ConnectionLostError)
            if problem.server_is_away and self._losses[index] < _MAX_LOSSES:
                self._wait_for_server(index, error)
            else:
                self._finish(index, Row(path, problem=problem))

        self._jobs[index] = None
        job = self._executor.submit(lambda: analyser.predict(read_bytes(path)), analysed, failed)
        if index in self._jobs:
            self._jobs[index] = job

    def _finish(self, index: int, row: Row) -> None:
        del self._jobs[index]
        rows = (*self.state.rows[:index], row, *self.state.rows[index + 1 :])
        self._set(replace(self.state, rows=rows))
        self._fill()

    def _wait_for_server(self, index: int, error: Exception) -> None:
        del self._jobs[index]
        if self._is_running:
            self._set(replace(self.state, phase=BatchPhase.WAITING))
        self._server.note_failure(error)
        self._server.check()

    def _server_changed(self, server: ConnectionState) -> None:
        if server.status is Connection.READY and self.state.phase is BatchPhase.WAITING:
            self.resume()


def collect(paths: Iterable[Path]) -> list[Path]:
    """List the files among paths, and the images in the folders among them, each once.

    Folders are searched with their subfolders; hidden files are left out.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(
                inside
                for inside in sorted(path.rglob("*"))
                if inside.suffix.lower() in SUFFIXES
                and not inside.name.startswith(".")
                and inside.is_file()
            )
        else:
            found[path] = None
    return list(found)
