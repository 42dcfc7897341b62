"""Logs are one JSON object per line and hold nothing that belongs to a person."""

import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog
from chassis.telemetry import span

from chassis import logs

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_entry_names_service_module_level_and_trace(capsys: pytest.CaptureFixture[str]):
    logs.set_up("visits")
    with span("work", TRACE):
        logs.logger("relay").info("sent", rows=3)
    (entry,) = lines(capsys)
    assert entry.pop("timestamp")
    assert entry == {
        "event": "sent",
        "rows": 3,
        "module": "relay",
        "level": "info",
        "service": "visits",
        "trace_id": TRACE[3:35],
    }


def test_below_the_level_nothing_is_written(capsys: pytest.CaptureFixture[str]):
    logs.set_up("visits", "WARNING")
    logs.logger("relay").info("sent")
    logging.getLogger("aiokafka").info("chatter")
    assert lines(capsys) == []


def test_libraries_write_the_same_format_and_only_warnings(capsys: pytest.CaptureFixture[str]):
    logs.set_up("visits", "INFO")
    logging.getLogger("aiokafka").info("chatter")
    logging.getLogger("aiokafka").warning("broker %s away", 1)
    (entry,) = lines(capsys)
    assert (entry["event"], entry["logger"], entry["service"]) == ("broker 1 away", "aiokafka", "visits")


def test_a_traceback_shows_no_values_of_variables(capsys: pytest.CaptureFixture[str]):
    logs.set_up("visits")
    mobile = "13900001111"
    try:
        raise KeyError("contact")
    except KeyError:
        logs.logger("http").exception("failed")
    assert mobile
    (entry,) = lines(capsys)
    assert "KeyError" in str(entry["exception"])
    assert mobile not in str(entry)


def test_a_refused_value_is_never_repeated(capsys: pytest.CaptureFixture[str]):
    from chassis.command import Command
    from chassis.http.problems import problem_of

    class Tiny(Command):
        number: int

    logs.set_up("visits")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Tiny(number="Wang 13900001111")  # type: ignore[arg-type]
    answer = problem_of(caught.value)
    assert b"13900001111" not in answer.body
    assert "13900001111" not in capsys.readouterr().err
