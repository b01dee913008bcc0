"""Figures of a server for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from myorun.challenge.grader import Grader

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """A registry of its own for every server, so that two of them may live in one process."""

    def __init__(self, grader: Grader) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("myorun_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "myorun_request_seconds", "Time to the answer", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.steps = Counter("myorun_steps", "Steps accepted", registry=self.registry)
        self.errors = Counter("myorun_errors", "Requests that failed by our fault", registry=self.registry)
        live = Gauge("myorun_live_runs", "Runs in memory", registry=self.registry)
        live.set_function(grader.live_runs)
        waiting = Gauge("myorun_ledger_queue", "Transactions that wait for the ledger", registry=self.registry)
        waiting.set_function(grader.writer.waiting)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
