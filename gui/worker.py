"""Runs slow work beside Tk's event loop; the only place of the client that starts threads.

A job runs on a thread of its own and puts its outcome, and before it what it has to tell, into a
queue; the event loop empties the queue, so callbacks always run on Tk's thread. One thread per job,
as daemon: a request that hangs holds up neither the next one nor the closing of the window.
"""

import itertools
import queue
import threading
import tkinter
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from gui.executor import NO_JOB

Outcome = TypeVar("Outcome")

#: How often the event loop looks for finished jobs, in milliseconds.
POLL_INTERVAL: Final = 50


class Worker:
    """Runs jobs on threads and their callbacks on the event loop."""

    def __init__(self, event_loop: tkinter.Misc) -> None:
        """Start to look for finished jobs.

        Args:
            event_loop: Any widget; its ``after`` is used.
        """
        self._event_loop = event_loop
        self._ids = itertools.count(1)
        self._awaited: set[int] = set()
        self._callbacks: queue.SimpleQueue[tuple[int, Callable[[], None]]] = queue.SimpleQueue()
        self._timers: dict[int, str] = {}
        self.every(POLL_INTERVAL, self._deliver)

    def submit(
        self,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> int:
        """Run a task on a thread; one of the two callbacks follows on the event loop.

        Args:
            task: Must not touch a widget.
            on_success: Called with what the task returned.
            on_failure: Called with the exception that it raised.

        Returns:
            The job's number, for :meth:`cancel`.
        """
        job = next(self._ids)
        self._awaited.add(job)
        threading.Thread(
            target=self._run, args=(job, task, on_success, on_failure), daemon=True
        ).start()
        return job

    def post(self, callback: Callable[[], None]) -> None:
        """Run a callback on the event loop soon; any thread may call it."""
        self._callbacks.put((NO_JOB, callback))

    def cancel(self, job: int) -> None:
        """Forget a job: none of its callbacks will run. Unknown numbers are ignored."""
        self._awaited.discard(job)

    def every(self, milliseconds: int, callback: Callable[[], None]) -> None:
        """Call back on the event loop again and again, until :meth:`close`."""
        timer = next(self._ids)

        def tick() -> None:
            self._timers[timer] = self._event_loop.after(milliseconds, tick)
            callback()

        self._timers[timer] = self._event_loop.after(milliseconds, tick)

    def close(self) -> None:
        """Stop all timers and forget all jobs; call it before the window is destroyed."""
        for timer in self._timers.values():
            self._event_loop.after_cancel(timer)
        self._timers.clear()
        self._awaited.clear()

    def _run(
        self,
        job: int,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        try:
            outcome = task()
        except Exception as error:
            self._callbacks.put((job, partial(on_failure, error)))
        else:
            self._callbacks.put((job, partial(on_success, outcome)))

    def _deliver(self) -> None:
        while not self._callbacks.empty():
            job, callback = self._callbacks.get_nowait()
            if job == NO_JOB or job in self._awaited:
                self._awaited.discard(job)
                callback()
