"""What the gateway counts, in Prometheus form."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from handlers.outcome import is_error

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
#: Seconds; from one image on an idle processor to the longest wait for TorchServe.
_BUCKETS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120)


class GatewayMetrics:
    """Counts the requests of one gateway."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "skin_lesion_requests",
            "Requests by route and HTTP status.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "skin_lesion_request_duration_seconds",
            "Time from the end of a request's head to its answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._results = Counter(
            "skin_lesion_results",
            "Images that were answered with a result, by risk level.",
            ["level"],
            registry=self._registry,
        )
        self._rejected = Counter(
            "skin_lesion_rejected",
            "Requests that were answered with an error, by its code.",
            ["code"],
            registry=self._registry,
        )

    def count(self, route: str, status: int, outcome: str, seconds: float) -> None:
        """Count one answered request.

        Args:
            route: The path, if there is such a one.
            status: The HTTP status.
            outcome: Risk level or error code; empty for what has neither.
            seconds: How long it took.
        """
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)
        if outcome:
            counter = self._rejected if is_error(outcome) else self._results
            counter.labels(outcome).inc()

    def text(self) -> bytes:
        """Return all counters in Prometheus' text form."""
        return generate_latest(self._registry)
