"""Logs: one JSON object per line on standard error. Never bodies, query strings, names or other personal data: ids only."""

import logging
import sys
from typing import Any

import orjson
import structlog

from chassis.telemetry import current_traceparent


def set_up(service: str, level: str = "INFO") -> None:
    """Send structured logs, and those of the libraries, to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _naming(service),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))


def logger(name: str) -> Any:
    """A logger; `logger("relay").info("sent", rows=3)`."""
    return structlog.get_logger(module=name)


def _naming(service: str) -> Any:
    def name_service(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        trace = current_traceparent()
        if trace is not None:
            event["trace_id"] = trace[3:35]
        return event

    return name_service


def _dumps(event: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
