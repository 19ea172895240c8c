"""The decisions behind the image page: the session, its analyses and explanations.

Knows no widgets. Views call the commands and draw the :class:`gui.state.State` they are told of.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gui.analyser import Analyser, Heatmap
from gui.batch import Row
from gui.connection import Connection, ConnectionState, ServerConnection
from gui.errors import ConnectionLostError, ModelChangedError, NotReadyError
from gui.executor import NO_JOB, Executor
from gui.image_file import ImageFile, read_image_file
from gui.observable import Observable
from gui.problem import Problem, problem_from
from gui.state import Case, Look, Phase, State
from handlers.schema import PredictResponse


class ViewModel(Observable[State]):
    """Holds the images of a session and carries out the commands on them.

    Attributes:
        on_open: Called with the path of every image that could be opened.
    """

    def __init__(self, server: ServerConnection, executor: Executor) -> None:
        super().__init__(State())
        self.on_open: Callable[[Path], None] = lambda _: None
        self._server = server
        self._executor = executor
        self._job = NO_JOB
        self._explanation_job = NO_JOB
        self._server_was = server.state.status
        self._is_repetition = False
        #: What lost the connection or its network at the last analysis.
        self._lost: Analyser | None = None
        server.subscribe(self._server_changed)

    def open(self, path: Path, row: Row | None = None) -> None:
        """Read an image file and analyse it at once; whatever is under way is dropped.

        Args:
            path: The file.
            row: What the batch knows of it. The server is not asked again if the batch has an
                answer and the file is still what was analysed.
        """
        self._drop()
        self._close_explanation()
        self._change(phase=Phase.READING, file_problem=None, started=time.monotonic())
        self._job = self._executor.submit(
            lambda: _read(path, row), self._image_read, self._reading_failed
        )

    def select(self, index: int) -> None:
        """Go to another image of the session; an analysis under way is dropped."""
        if index == self.state.current or not 0 <= index < len(self.state.cases):
            return
        self._drop()
        self._close_explanation()
        self._rest(current=index, file_problem=None)
        self._go_on()

    def select_next(self, step: int) -> None:
        """Go to the next image of the session (1), or to the one before (-1)."""
        if self.state.current is not None:
            self.select(self.state.current + step)

    def clear(self) -> None:
        """Forget every image and result of this session."""
        self._drop()
        self._close_explanation()
        self._set(State())

    def analyse(self) -> None:
        """Analyse the chosen image (again). Does nothing while that is not possible."""
        self._is_repetition = False
        self._analyse()

    def cancel(self) -> None:
        """Drop what is under way; an earlier result of the same image comes back."""
        was_analysing = self.state.phase is Phase.ANALYSING
        self._drop()
        if self.state.is_explaining:
            self._close_explanation()
        if was_analysing and self.state.phase is Phase.READY:
            self._change(phase=Phase.CANCELLED)

    def show(self, look: Look) -> None:
        """Look at the image in another way; the explanation is asked for when it is needed."""
        if look is Look.PLAIN:
            self._close_explanation()
        elif self.state.shows_result:
            self._change(look=look)
            self._explain()

    def report_defect(self, error: BaseException) -> None:
        """Show that the program itself has failed, as if the image's analysis had."""
        self._drop()
        self._fail(problem_from(error))

    def _drop(self) -> None:
        if self.state.can_cancel:
            self._executor.cancel(self._job)
            self._rest()

    def _image_read(self, read: Case) -> None:
        cases, index = self.state.cases, self._index_of(read.image)
        if index is None:
            cases, index = (*cases, read), len(cases)
        elif read.is_newer_than(cases[index]):
            cases = self._with(
                cases[index].image,
                answer=read.answer,
                analysed_at=read.analysed_at,
                heatmap=None,
                failure=None,
            )
        self._rest(cases=cases, current=index)
        self.on_open(read.image.path)
        if read.answer is None:
            self.analyse()

    def _reading_failed(self, error: Exception) -> None:
        self._rest(file_problem=problem_from(error))

    def _analyse(self) -> None:
        image = self.state.image
        if image is None or not self.state.can_analyse:
            return
        cases = self._with(image, failure=None)
        self._change(phase=Phase.ANALYSING, cases=cases, started=time.monotonic())
        analyser = self._server.analyser
        self._job = self._executor.submit(
            lambda: analyser.predict(image.data),
            lambda answer: self._analysed(answer, analyser),
            lambda error: self._analysis_failed(error, analyser),
        )

    def _analysed(self, answer: PredictResponse, analyser: Analyser) -> None:
        image = self.state.image
        if image is None:
            return
        # Another answer may come from another model, so an explanation must be asked for anew.
        self._executor.cancel(self._explanation_job)
        now = datetime.now().astimezone()
        cases = self._with(image, answer=answer, analysed_at=now, heatmap=None)
        self._rest(cases=cases, is_explaining=False)
        self._server.note_success(analyser)
        if self.state.look is not Look.PLAIN:
            self._explain()

    def _analysis_failed(self, error: Exception, analyser: Analyser) -> None:
        problem = problem_from(error)
        is_loss = isinstance(error, ConnectionLostError | NotReadyError)
        if self._is_repetition and is_loss and self._lost is analyser:
            # This image seems to be what brings the server down: once is enough.
            problem = replace(problem, server_is_away=False)
        self._lost = analyser if is_loss else None
        self._fail(problem)
        self._server.note_failure(error, analyser)
        if analyser is not self._server.analyser:
            self._go_on()  # another server has taken its place, and its readiness is no news

    def _fail(self, problem: Problem) -> None:
        if self.state.image is not None:
            self._rest(cases=self._with(self.state.image, failure=problem))

    def _explain(self) -> None:
        case = self.state.case
        if case is None or case.heatmap is not None or self.state.is_explaining:
            return
        self._change(is_explaining=True, explanation_problem=None)
        analyser = self._server.analyser

        def explained(heatmap: Heatmap) -> None:
            if case.answer is None or heatmap.model != case.answer.prediction.model.sha256:
                self._explaining_failed(ModelChangedError())
                return
            cases = self._with(case.image, heatmap=heatmap.picture)
            self._change(is_explaining=False, cases=cases)

        self._explanation_job = self._executor.submit(
            lambda: analyser.explain(case.image.data), explained, self._explaining_failed
        )

    def _explaining_failed(self, error: Exception) -> None:
        self._change(look=Look.PLAIN, is_explaining=False, explanation_problem=problem_from(error))

    def _close_explanation(self) -> None:
        self._executor.cancel(self._explanation_job)
        self._change(look=Look.PLAIN, is_explaining=False, explanation_problem=None)

    def _server_changed(self, server: ConnectionState) -> None:
        came_back = server.status is Connection.READY and self._server_was is not Connection.READY
        self._server_was = server.status
        if came_back:
            self._go_on()

    def _go_on(self) -> None:
        """Analyse the image again if that failed only because the server was away."""
        failure = self.state.failure
        is_ready = self._server.state.status is Connection.READY
        if is_ready and failure is not None and failure.server_is_away:
            self._is_repetition = True
            self._analyse()

    def _index_of(self, image: ImageFile) -> int | None:
        for index, case in enumerate(self.state.cases):
            if case.image.path == image.path and case.image.data == image.data:
                return index
        return None

    def _with(self, image: ImageFile, **changes: object) -> tuple[Case, ...]:
        return tuple(
            # mypy can not check the names of keyword arguments here; a wrong one raises.
            replace(case, **changes) if case.image is image else case  # type: ignore[arg-type]
            for case in self.state.cases
        )

    def _rest(self, **changes: object) -> None:
        """Change the state to one in which nothing is under way."""
        state = replace(self.state, **changes)  # type: ignore[arg-type]
        self._set(replace(state, phase=_resting_phase(state)))

    def _change(self, **changes: object) -> None:
        self._set(replace(self.state, **changes))  # type: ignore[arg-type]


def _resting_phase(state: State) -> Phase:
    if state.answer is not None:
        return Phase.DONE
    if state.failure is not None:
        return Phase.FAILED
    return Phase.READY if state.image is not None else Phase.EMPTY


def _read(path: Path, row: Row | None) -> Case:
    image = read_image_file(path)
    if row is not None and row.sha256 == image.sha256:
        return Case(image, row.answer, row.analysed_at)
    return Case(image)
