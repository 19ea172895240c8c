"""Executors for the view-model's tests: one that runs at once, one that waits to be told."""

from collections.abc import Callable
from typing import TypeVar

Outcome = TypeVar("Outcome")


class SynchronousExecutor:
    """Runs every job while it is submitted."""

    def submit(
        self,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> int:
        try:
            outcome = task()
        except Exception as error:
            on_failure(error)
        else:
            on_success(outcome)
        return 0

    def post(self, callback: Callable[[], None]) -> None:
        callback()

    def cancel(self, job: int) -> None:
        """Nothing is ever under way."""


class HeldExecutor:
    """Keeps jobs until :meth:`run`; drops the cancelled ones, as the real worker does."""

    def __init__(self) -> None:
        self.jobs: dict[int, Callable[[], None]] = {}
        self._count = 0

    def submit(
        self,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> int:
        self._count += 1
        self.jobs[self._count] = lambda: (
            SynchronousExecutor().submit(task, on_success, on_failure) and None
        )
        return self._count

    def post(self, callback: Callable[[], None]) -> None:
        callback()

    def cancel(self, job: int) -> None:
        self.jobs.pop(job, None)

    def run(self) -> None:
        """Run the oldest job."""
        self.jobs.pop(min(self.jobs))()
