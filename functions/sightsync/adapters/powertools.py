"""What a function tells of itself on Lambda, by Powertools: events as JSON lines with the id of their request, and metrics (EMF).

Metrics are made of the very events that the program logs, by the table below: there is no second way to tell something. Tracing is
Lambda's own (Tracing: Active): Powertools' Tracer would load botocore and the X-Ray SDK at every start, see docs/decisions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from sightsync.correlation import about, correlation_id

Handler = Callable[[Any, Any], Any]

NAMESPACE = "SightSync"
PROGRAM = "sightsync"  # the logger above all of ours

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Metric:
    """One event adds 1, or what its field `value` holds; `by` names the field that is the metric's dimension."""

    name: str
    value: str = ""
    unit: MetricUnit = MetricUnit.Count
    by: str = ""


def _ms(name: str, field: str) -> Metric:
    return Metric(name, field, MetricUnit.Milliseconds)


METRICS: Mapping[str, tuple[Metric, ...]] = {
    "cold_start": (Metric("ColdStarts", by="function"),),
    "request_refused": (Metric("Errors", by="code"),),
    "request_unavailable": (Metric("Errors", by="code"),),
    "request_crashed": (Metric("Errors", by="code"),),
    "image_ready": (
        Metric("ImagesReady"),
        _ms("ReceivedMs", "received_ms"),
        _ms("ValidatedMs", "validated_ms"),
        _ms("DerivedMs", "derived_ms"),
    ),
    "image_read": (_ms("CaptionedMs", "captioned_ms"), _ms("MatchedMs", "matched_ms")),
    "image_rejected": (Metric("ImagesRejected", by="reason"),),
    "image_failed": (Metric("ImagesFailed", by="reason"),),
    "analysis_interrupted": (Metric("AnalysisErrors", by="reason"),),
    "vision_called": (Metric("VisionCalls"),),
    "vision_answered": (_ms("VisionMs", "ms"),),
    "vision_woke": (Metric("VisionWakes"), Metric("VisionWakeSeconds", "seconds", MetricUnit.Seconds)),
    "searched": (Metric("Searches", by="mode"),),
}


class Meter(logging.Handler):
    """Keeps what the events of one invocation add up to."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._sets: dict[tuple[str, str], EphemeralMetrics] = {}

    def emit(self, record: logging.LogRecord) -> None:
        for metric in METRICS.get(str(record.msg), ()):
            value = getattr(record, metric.value, None) if metric.value else 1
            if value is not None:
                self._set(metric.by, record).add_metric(metric.name, metric.unit, value)

    def flush(self) -> None:
        sets, self._sets = self._sets, {}
        for metrics in sets.values():
            if metrics.metric_set:
                metrics.flush_metrics()

    def _set(self, by: str, record: logging.LogRecord) -> EphemeralMetrics:
        """The metrics with this dimension beside that of the stack, which POWERTOOLS_SERVICE_NAME names."""
        found = str(getattr(record, by, None) or "none") if by else ""
        if (by, found) not in self._sets:
            metrics = self._sets[by, found] = EphemeralMetrics(namespace=NAMESPACE)
            if by:
                metrics.add_dimension(by, found)
        return self._sets[by, found]


class Correlated(logging.Filter):
    """Puts the id of the request on every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = correlation_id()
        return True


@cache
def _telling() -> tuple[Logger, Meter]:
    """Once in a process, however many handlers it has."""
    lines, meter = Logger(service=PROGRAM), Meter()
    lines.registered_handler.addFilter(Correlated())
    lines.addHandler(meter)
    logging.getLogger("mangum").setLevel(logging.WARNING)  # it writes down whatever address somebody typed
    return lines, meter


def observed(handler: Handler) -> Handler:
    """The same handler, telling what it does; events themselves are never logged, whatever the environment says."""
    lines, meter = _telling()
    begun = False

    @wraps(handler, updated=())
    def told(event: Any, context: Any) -> Any:
        nonlocal begun
        with about(_id_of(event) or context.aws_request_id):
            if not begun:
                begun = True
                logger.info("cold_start", extra={"function": context.function_name})
            try:
                return handler(event, context)
            finally:
                meter.flush()

    return lines.inject_lambda_context(told, log_event=False)


def _id_of(event: Any) -> str:
    """The gateway's id of the request, the schedule's of the event; messages of a queue are told apart where each is worked on."""
    found = event.get("requestContext", {}).get("requestId") or event.get("id") if isinstance(event, dict) else None
    return found if isinstance(found, str) else ""
