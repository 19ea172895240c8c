"""What a worker counts; TorchServe publishes it on its metrics port in Prometheus form.

The frontend knows the same names from ``config/metrics.yaml`` and ignores any other.
"""

import io
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ts.metrics.metric_type_enum import MetricTypes

from handlers.outcome import is_error


class WorkerMetrics:
    """Counts one worker's answers.

    TorchServe's front end reads them as lines of the worker's output. Line by line, as TorchServe's
    own logger writes them, they would cost the worker and the front end a turn each; so the lines
    of a batch are written together.

    Args:
        cache: TorchServe's ``context.metrics``.
    """

    def __init__(self, cache: Any) -> None:  # noqa: ANN401 - TorchServe has no types
        self._lines = io.StringIO()
        logger = logging.getLogger("ts.metrics")
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(logging.StreamHandler(self._lines))
        self._seconds = cache.add_metric_to_cache(
            "skin_lesion_request_seconds", "s", [], MetricTypes.HISTOGRAM
        )
        self._results = cache.add_metric_to_cache("skin_lesion_results_total", "Count", ["level"])
        self._rejected = cache.add_metric_to_cache("skin_lesion_rejected_total", "Count", ["code"])

    def count(self, outcomes: Sequence[str], seconds: float) -> None:
        """Count the answers of one batch.

        Args:
            outcomes: As :func:`handlers.outcome.outcome` names them.
            seconds: From the batch's arrival in the worker to its answers.
        """
        for _ in outcomes:
            self._seconds.add_or_update(round(seconds, 6), [])
        # Each call is a line of text for the frontend to parse.
        for outcome, number in Counter(outcomes).items():
            counter = self._rejected if is_error(outcome) else self._results
            counter.add_or_update(number, [outcome])
        sys.stdout.write(self._lines.getvalue())
        sys.stdout.flush()
        self._lines.seek(0)
        self._lines.truncate()
