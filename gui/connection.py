"""The decisions about the server: which one, whether it is there, and starting one here."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, Protocol

from gui.analyser import Analyser, Connect
from gui.errors import (
    ConnectionLostError,
    NotReadyError,
    ProxyFailedError,
    TokenRefusedError,
    UnreachableError,
)
from gui.executor import NO_JOB, Executor
from gui.observable import Observable
from gui.problem import Problem, problem_from
from gui.server_address import DEFAULT_URL, ServerAddress
from handlers.schema import HealthResponse

#: Seconds between two health checks, and while a server of ours is starting.
_INTERVAL: Final = 10.0
_IMPATIENT_INTERVAL: Final = 1.0


class Connection(Enum):
    """What is known of the server."""

    UNKNOWN = auto()
    READY = auto()
    STARTING = auto()
    OFFLINE = auto()
    REFUSED = auto()


class LocalStarter(Protocol):
    """Starts a server on this computer; :class:`gui.local_server.LocalServer` in the program."""

    def is_installed(self) -> bool:
        """Whether there is anything to start."""
        ...

    def start(self) -> None:
        """Start the server, unless it runs; raises :class:`gui.errors.LocalServerError`."""
        ...

    def check(self) -> None:
        """Raise :class:`gui.errors.LocalServerError` if the server has ended by itself."""
        ...


@dataclass(frozen=True)
class ConnectionState:
    """What is known of the server.

    Attributes:
        server: Which one.
        status: Whether it can be used.
        problem: Why not, if it can not.
        can_start: Whether a server can be started on this computer.
        is_starting: Whether one is being started.
    """

    server: ServerAddress
    status: Connection = Connection.UNKNOWN
    problem: Problem | None = None
    can_start: bool = False
    is_starting: bool = False


class ServerConnection(Observable[ConnectionState]):
    """Watches over the server.

    Attributes:
        analyser: Talks to it.
    """

    def __init__(
        self,
        server: ServerAddress,
        executor: Executor,
        connect: Connect,
        starter: LocalStarter,
    ) -> None:
        """Remember the server; nothing is asked yet.

        Args:
            server: Which one.
            executor: Runs the health checks.
            connect: Makes the client of a server.
            starter: Starts a server on this computer.
        """
        super().__init__(ConnectionState(server))
        self.analyser = connect(server)
        self._connect = connect
        self._executor = executor
        self._starter = starter
        self._job = NO_JOB
        self._checked = 0.0
        #: Whether an analysis was; a health check may need no token, and then says nothing of it.
        self._token_was_refused = False
        #: Starts the local server.
        self._start = NO_JOB
        #: Why that failed; what a health check finds out later is the consequence.
        self._start_problem: Problem | None = None

    def use(self, server: ServerAddress) -> None:
        """Talk to another server from now on, or to the same with another token."""
        self._executor.cancel(self._job)
        self._job = NO_JOB
        self._token_was_refused = False
        self._start_problem = None
        self.analyser = self._connect(server)
        is_starting = self.state.is_starting and server.url == DEFAULT_URL
        if not is_starting:
            self._executor.cancel(self._start)
        self._set(ConnectionState(server, is_starting=is_starting))
        self.check()

    def poll(self) -> None:
        """Check the health when it is time; to be called about once a second."""
        interval = _IMPATIENT_INTERVAL if self.state.is_starting else _INTERVAL
        if time.monotonic() - self._checked >= interval:
            self.check()

    def check(self) -> None:
        """Ask for the server's health, unless such a question is still open."""
        if self._job != NO_JOB:
            return
        self._checked = time.monotonic()
        # -1 until the number is known: an executor may run the job at once.
        self._job = -1
        job = self._executor.submit(self.analyser.health, self._health_known, self._health_failed)
        if self._job != NO_JOB:
            self._job = job

    def test(
        self,
        server: ServerAddress,
        token: str | None,
        on_result: Callable[[Problem | None], None],
    ) -> None:
        """Try an address without using it; the result is why it does not work, or None.

        Without a token, the one that is stored for the address is used.
        """
        analyser = self._connect(server, token)
        self._executor.submit(
            analyser.health,
            lambda health: on_result(None if _is_ready(health) else problem_from(NotReadyError())),
            lambda error: on_result(problem_from(error)),
        )

    def start_local(self) -> None:
        """Start a server on this computer, if that is possible."""
        if not self.state.can_start or self.state.is_starting:
            return
        self._start_problem = None
        self._set(replace(self.state, is_starting=True, can_start=False))
        self._start = self._executor.submit(
            self._starter.start, lambda _: self.check(), self._local_server_failed
        )

    def note_success(self, analyser: Analyser) -> None:
        """Take note that a server has just answered, if it is still the one in use."""
        if analyser is not self.analyser:
            return
        self._token_was_refused = False
        self._start_problem = None
        self._set(
            replace(
                self.state,
                status=Connection.READY,
                problem=None,
                can_start=False,
                is_starting=False,
            )
        )

    def note_failure(self, error: Exception, analyser: Analyser) -> None:
        """Take note that a request has failed, if its server is still the one in use."""
        if analyser is not self.analyser:
            return
        if isinstance(error, UnreachableError | ProxyFailedError):
            self._executor.cancel(self._job)
            self._health_failed(error)
        elif isinstance(error, NotReadyError):
            self._set(replace(self.state, status=Connection.STARTING))
        elif isinstance(error, TokenRefusedError):
            self._token_was_refused = True
            self._set(replace(self.state, status=Connection.REFUSED))
        elif isinstance(error, ConnectionLostError):
            self._set(replace(self.state, status=Connection.UNKNOWN))
            self.check()

    def _health_known(self, health: HealthResponse) -> None:
        self._job = NO_JOB
        self._start_problem = None
        if _is_ready(health) and self._token_was_refused:
            self._set(replace(self.state, status=Connection.REFUSED, problem=None))
        elif _is_ready(health):
            self.note_success(self.analyser)
        else:
            self._set(replace(self.state, status=Connection.STARTING, problem=None))

    def _health_failed(self, error: Exception) -> None:
        self._job = NO_JOB
        # What comes back may be another server, which wants no token or this one.
        self._token_was_refused = False
        is_absent = isinstance(error, UnreachableError)
        is_refused = isinstance(error, TokenRefusedError)
        if self.state.is_starting and is_absent:
            try:
                self._starter.check()
            except Exception as ended:
                self._local_server_failed(ended)
            else:
                self._set(replace(self.state, status=Connection.STARTING, problem=None))
            return
        self._set(
            replace(
                self.state,
                status=Connection.REFUSED if is_refused else Connection.OFFLINE,
                problem=(is_absent and self._start_problem) or problem_from(error),
                can_start=is_absent
                and self.state.server.url == DEFAULT_URL
                and self._starter.is_installed(),
            )
        )

    def _local_server_failed(self, error: Exception) -> None:
        self._start_problem = problem_from(error)
        self._set(
            replace(
                self.state,
                status=Connection.OFFLINE,
                problem=self._start_problem,
                is_starting=False,
                can_start=True,
            )
        )


def _is_ready(health: HealthResponse) -> bool:
    return health.status == "healthy" and health.model_loaded
