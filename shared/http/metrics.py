"""Requests in Prometheus' form, and gauges that are set by name at each scrape. Next: `health.py` shows them."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self._count = Counter("http_requests", f"Requests to {service}", labels, registry=self.registry)
        self._seconds = Histogram(
            "http_request_seconds", "Time to the answer", ["method", "route"], registry=self.registry
        )
        self._gauges: dict[str, Gauge] = {}
        self._by_labels: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def set(self, values: Mapping[str, float]) -> None:
        """Set gauges by name."""
        for name, value in values.items():
            if name not in self._gauges:
                self._gauges[name] = Gauge(f"portal_{name}", name.replace("_", " "), registry=self.registry)
            self._gauges[name].set(value)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        found = self._by_labels.get((method, route, status))
        if found is None:
            found = (self._count.labels(method, route, str(status)), self._seconds.labels(method, route))
            self._by_labels[(method, route, status)] = found
        found[0].inc()
        found[1].observe(seconds)
