"""What the view-models need of whoever runs slow work; knows no threads."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

Outcome = TypeVar("Outcome")

#: A number that no job has.
NO_JOB: Final = 0


class Executor(Protocol):
    """Runs slow work; :class:`gui.worker.Worker` in the program.

    Callbacks arrive on the thread that submitted the job.
    """

    def submit(
        self,
        task: Callable[[], Outcome],
        on_success: Callable[[Outcome], None],
        on_failure: Callable[[Exception], None],
    ) -> int:
        """Run a task, then one of the callbacks; return the job's number."""
        ...

    def post(self, callback: Callable[[], None]) -> None:
        """Have a task tell how far it is: the callback runs where those of jobs do, and soon."""
        ...

    def cancel(self, job: int) -> None:
        """Make sure that no callback of the job runs any more; unknown numbers are ignored."""
        ...
