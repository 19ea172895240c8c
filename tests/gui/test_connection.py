"""Health, other servers, and starting one here."""

import time

import pytest
from executors import HeldExecutor, SynchronousExecutor
from fakes import HEALTHY, LOADING, FakeAnalyser, FakeStarter, make_connection

from gui.connection import Connection, ServerConnection
from gui.errors import NotJsonError, TokenRefusedError, UnreachableError
from gui.problem import Problem
from gui.server_address import ServerAddress
from handlers.schema import HealthResponse


@pytest.fixture
def starter() -> FakeStarter:
    return FakeStarter()


@pytest.fixture
def connection(analyser: FakeAnalyser, starter: FakeStarter) -> ServerConnection:
    return make_connection(analyser, SynchronousExecutor(), starter)


@pytest.mark.parametrize(
    ("answer", "status"), [(HEALTHY, Connection.READY), (LOADING, Connection.STARTING)]
)
def test_health(
    connection: ServerConnection,
    analyser: FakeAnalyser,
    answer: HealthResponse,
    status: Connection,
) -> None:
    analyser.health_answer = answer

    connection.check()

    assert connection.state.status is status
    assert connection.state.problem is None


def test_lost_and_found_server(connection: ServerConnection, analyser: FakeAnalyser) -> None:
    analyser.error = NotJsonError("Who is there?")
    connection.check()
    assert connection.state.status is Connection.OFFLINE
    assert connection.state.problem.title == NotJsonError.title

    analyser.error = None
    connection.check()

    assert connection.state.status is Connection.READY
    assert connection.state.problem is None


def test_health_checks_do_not_pile_up(analyser: FakeAnalyser) -> None:
    executor = HeldExecutor()
    held = make_connection(analyser, executor)
    held.check()
    held.check()
    assert len(executor.jobs) == 1

    executor.run()
    held.check()
    assert len(executor.jobs) == 1


def test_polling_checks_every_ten_seconds(
    connection: ServerConnection, analyser: FakeAnalyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.check()
    analyser.error = UnreachableError()
    connection.poll()
    assert connection.state.status is Connection.READY, "it was asked a moment ago"

    later = time.monotonic() + 11
    monkeypatch.setattr("gui.connection.time.monotonic", lambda: later)
    connection.poll()

    assert connection.state.status is Connection.OFFLINE


def test_another_server_is_asked_at_once(analyser: FakeAnalyser) -> None:
    executor = HeldExecutor()
    held = make_connection(analyser, executor)
    held.check()

    held.use(ServerAddress(url="http://elsewhere:1"))

    assert held.state.server.url == "http://elsewhere:1"
    assert len(executor.jobs) == 1, "what the old one answers is of no interest"


def test_testing_a_server_changes_nothing(
    connection: ServerConnection, analyser: FakeAnalyser
) -> None:
    results: list[Problem | None] = []
    before = connection.state

    connection.test(ServerAddress(url="http://elsewhere:1"), "", results.append)
    analyser.health_answer = LOADING
    connection.test(ServerAddress(url="http://elsewhere:1"), "", results.append)
    analyser.error = UnreachableError()
    connection.test(ServerAddress(url="http://elsewhere:1"), "", results.append)

    titles = [result and result.title for result in results]
    assert titles == [None, "The server is not ready", UnreachableError.title]
    assert connection.state == before


def test_a_refused_token_is_no_lost_connection(
    connection: ServerConnection, analyser: FakeAnalyser
) -> None:
    analyser.error = TokenRefusedError()
    connection.check()
    assert connection.state.status is Connection.REFUSED
    assert connection.state.problem.title == TokenRefusedError.title

    analyser.error = None
    connection.check()
    assert connection.state.status is Connection.READY


def test_what_a_server_answers_late_says_nothing_of_the_next(
    executor: HeldExecutor, analyser: FakeAnalyser
) -> None:
    first, second = analyser, FakeAnalyser(analyser.answer)
    analysers = iter((first, second))
    connection = ServerConnection(
        ServerAddress(), executor, lambda server, token=None: next(analysers), FakeStarter()
    )
    connection.use(ServerAddress(url="http://127.0.0.1:5001"))

    connection.note_failure(TokenRefusedError(), first)
    assert connection.state.status is Connection.UNKNOWN
    connection.note_success(first)
    assert connection.state.status is Connection.UNKNOWN
    connection.note_success(second)
    assert connection.state.status is Connection.READY


def test_a_health_check_without_a_token_says_nothing_of_a_refused_one(
    connection: ServerConnection, analyser: FakeAnalyser
) -> None:
    connection.note_failure(TokenRefusedError(), connection.analyser)
    connection.check()
    assert connection.state.status is Connection.REFUSED

    connection.note_success(connection.analyser)
    connection.check()
    assert connection.state.status is Connection.READY

    connection.note_failure(TokenRefusedError(), connection.analyser)
    connection.use(ServerAddress())
    assert connection.state.status is Connection.READY, "there may be another token now"

    connection.note_failure(TokenRefusedError(), connection.analyser)
    analyser.error = UnreachableError()
    connection.check()
    analyser.error = None
    connection.check()
    assert connection.state.status is Connection.READY, "there may be another server now"


def test_a_local_server_is_offered_only_where_it_helps(
    connection: ServerConnection, analyser: FakeAnalyser, starter: FakeStarter
) -> None:
    def offered() -> bool:
        connection.check()
        return connection.state.can_start

    analyser.error = UnreachableError()
    assert not offered(), "serving is not installed"
    starter.installed = True
    assert offered()
    analyser.error = NotJsonError()
    assert not offered(), "something listens there already"
    analyser.error = UnreachableError()
    connection.use(ServerAddress(url="http://elsewhere:1"))
    assert not offered(), "not the default address"


def test_starting_a_local_server(
    connection: ServerConnection, analyser: FakeAnalyser, starter: FakeStarter
) -> None:
    starter.installed = True
    analyser.error = UnreachableError()
    connection.check()

    connection.start_local()
    connection.start_local()

    assert starter.starts == 1, "never a second one"
    assert connection.state.status is Connection.STARTING
    assert connection.state.is_starting
    analyser.error = None
    connection.check()
    assert connection.state.status is Connection.READY
    assert not connection.state.is_starting


def test_another_server_is_not_said_to_be_starting(
    connection: ServerConnection, analyser: FakeAnalyser, starter: FakeStarter
) -> None:
    starter.installed = True
    analyser.error = UnreachableError()
    connection.check()
    connection.start_local()

    connection.use(ServerAddress(url="http://elsewhere:1"))

    assert connection.state.status is Connection.OFFLINE
    assert not connection.state.is_starting
    assert connection.state.problem.title == UnreachableError.title


def test_a_local_server_that_ends_by_itself_says_why(
    connection: ServerConnection, analyser: FakeAnalyser, starter: FakeStarter
) -> None:
    starter.installed = True
    analyser.error = UnreachableError()
    connection.check()
    connection.start_local()

    starter.has_ended = True
    connection.check()

    assert connection.state.status is Connection.OFFLINE
    assert "port 8080 is taken" in connection.state.problem.message
    assert connection.state.can_start, "it may be tried again"

    connection.check()
    assert "port 8080 is taken" in connection.state.problem.message, "later checks know no better"
    connection.use(ServerAddress(url="http://elsewhere:1"))
    assert connection.state.problem.title == UnreachableError.title


def test_a_start_that_fails_late_says_nothing_of_another_server(
    executor: HeldExecutor, analyser: FakeAnalyser
) -> None:
    starter = FakeStarter()
    starter.installed = True
    connection = make_connection(analyser, executor, starter)
    analyser.error = UnreachableError()
    connection.check()
    executor.run()
    starter.start = starter.check
    starter.has_ended = True
    connection.start_local()

    analyser.error = None
    connection.use(ServerAddress(url="http://elsewhere:1"))
    while executor.jobs:
        executor.run()

    assert connection.state.status is Connection.READY
