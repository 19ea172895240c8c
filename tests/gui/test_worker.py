"""The worker on Tk's real event loop."""

import threading
import time
import tkinter
from collections.abc import Callable, Iterator

import pytest

from gui.worker import Worker

PATIENCE = 30.0


@pytest.fixture
def failures() -> list[BaseException]:
    """What callbacks of Tk have raised; a test that expects some empties it."""
    return []


@pytest.fixture
def root(
    display: str, tk_garbage_stays_on_main_thread: None, failures: list[BaseException]
) -> Iterator[tkinter.Tk]:
    root = tkinter.Tk()
    root.report_callback_exception = lambda _kind, error, _trace: failures.append(error)
    yield root
    root.destroy()
    assert failures == []


@pytest.fixture
def worker(root: tkinter.Tk) -> Iterator[Worker]:
    worker = Worker(root)
    yield worker
    worker.close()


def run_until(root: tkinter.Tk, condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        root.update()
        time.sleep(0.005)


def unexpected(_: object) -> None:
    pytest.fail("this callback must not run")


def test_task_runs_on_a_thread_and_callback_on_the_event_loop(
    root: tkinter.Tk, worker: Worker
) -> None:
    threads: list[threading.Thread] = []

    def task() -> str:
        threads.append(threading.current_thread())
        return "done"

    def succeeded(outcome: str) -> None:
        assert outcome == "done"
        threads.append(threading.current_thread())

    worker.submit(task, succeeded, unexpected)
    run_until(root, lambda: len(threads) == 2)

    assert threads[0] is not threading.main_thread()
    assert threads[0].daemon, "a hanging request must not keep the program alive"
    assert threads[1] is threading.main_thread()


def test_an_exception_reaches_the_failure_callback(root: tkinter.Tk, worker: Worker) -> None:
    errors: list[Exception] = []

    worker.submit(lambda: 1 / 0, unexpected, errors.append)
    run_until(root, lambda: errors)

    assert isinstance(errors[0], ZeroDivisionError)


def test_a_cancelled_answer_is_dropped(root: tkinter.Tk, worker: Worker) -> None:
    release = threading.Event()
    later: list[str] = []

    job = worker.submit(lambda: release.wait(PATIENCE), unexpected, unexpected)
    worker.cancel(job)
    release.set()
    worker.submit(lambda: "later", later.append, unexpected)
    run_until(root, lambda: later)
    for _ in range(20):
        root.update()
        time.sleep(0.01)


def test_a_hanging_job_holds_up_no_other(root: tkinter.Tk, worker: Worker) -> None:
    release = threading.Event()
    slow: list[bool] = []
    quick: list[str] = []

    worker.submit(lambda: release.wait(PATIENCE), slow.append, unexpected)
    worker.submit(lambda: "quick", quick.append, unexpected)
    run_until(root, lambda: quick)
    assert slow == []

    release.set()
    run_until(root, lambda: slow)


def test_cancelling_what_is_finished_does_nothing(root: tkinter.Tk, worker: Worker) -> None:
    seen: list[int] = []
    job = worker.submit(lambda: 1, seen.append, unexpected)
    run_until(root, lambda: seen)

    worker.cancel(job)
    worker.cancel(99)

    assert seen == [1]


def test_a_failed_callback_does_not_stop_the_others(
    root: tkinter.Tk, worker: Worker, failures: list[BaseException]
) -> None:
    seen: list[int] = []

    worker.submit(lambda: 0, lambda zero: print(1 // zero), unexpected)
    run_until(root, lambda: failures)
    worker.submit(lambda: 2, seen.append, unexpected)
    run_until(root, lambda: seen)

    assert isinstance(failures.pop(), ZeroDivisionError)


def test_a_task_tells_how_far_it_is_before_it_has_finished(
    root: tkinter.Tk, worker: Worker
) -> None:
    seen: list[tuple[str, bool]] = []

    def note(text: str) -> None:
        seen.append((text, threading.current_thread() is threading.main_thread()))

    def task() -> None:
        worker.post(lambda: note("half"))
        worker.post(lambda: note("nearly"))

    worker.submit(task, lambda _: note("done"), unexpected)
    run_until(root, lambda: len(seen) == 3)

    assert seen == [("half", True), ("nearly", True), ("done", True)]


def test_every_repeats_until_close(root: tkinter.Tk, worker: Worker) -> None:
    ticks: list[int] = []
    worker.every(5, lambda: ticks.append(1))
    run_until(root, lambda: len(ticks) >= 3)

    worker.close()

    assert root.tk.splitlist(root.tk.call("after", "info")) == ()


def test_closing_while_a_job_runs_drops_it(root: tkinter.Tk) -> None:
    release = threading.Event()
    worker = Worker(root)
    worker.submit(lambda: release.wait(PATIENCE), unexpected, unexpected)

    worker.close()
    release.set()

    for _ in range(20):
        root.update()
        time.sleep(0.01)
