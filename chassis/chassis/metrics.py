"""Prometheus metrics of a process. Labels are names of services, routes and topics, never of rows or people."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

HTTP_SECONDS = Histogram(
    "terrain_http_request_seconds",
    "Time to answer a request, by route template and status",
    ["service", "method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
HTTP_IN_FLIGHT = Gauge("terrain_http_in_flight", "Requests being answered", ["service"])
HTTP_SHED = Counter("terrain_http_shed_total", "Requests refused early because too many were in flight", ["service"])

UNPUBLISHED_ROWS = Gauge("terrain_relay_unpublished_rows", "Journal rows whose events are not sent yet", ["service"])
UNPUBLISHED_AGE = Gauge(
    "terrain_relay_oldest_unpublished_seconds",
    "Age of the oldest journal row whose events are not sent yet",
    ["service"],
)
RELAYED = Counter("terrain_relay_events_total", "Events sent to the broker", ["service"])
RELAY_ACTIVE = Gauge("terrain_relay_active", "1 while this process holds the relay's lease", ["service"])
UNSEALED_ROWS = Gauge("terrain_audit_unsealed_rows", "Journal rows not in the audit trail yet", ["service"])

CONSUMER_LAG = Gauge(
    "terrain_consumer_lag", "Records behind the end of the partition", ["service", "topic", "partition"]
)
CONSUMER_PAUSED = Gauge(
    "terrain_consumer_paused", "1 while a partition waits for the infrastructure", ["service", "topic", "partition"]
)
REACTED = Counter("terrain_reactions_total", "Records by outcome", ["service", "topic", "outcome"])
PARKED_AGGREGATES = Gauge("terrain_parked_aggregates", "Aggregates that wait for a redrive", ["service"])
DEAD_LETTERS = Counter("terrain_dead_letters_total", "Records set aside, by cause", ["service", "topic", "cause"])
RESTAMPING = Gauge("terrain_restamping_orders", "Owners whose rows are being given new stamps", ["service"])


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
