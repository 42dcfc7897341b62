"""Past data go through the same use cases, at their own time, exactly once. On a real database."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from chassis.journal import JOURNAL, ensure_journal
from chassis.load import LOADS, Loader, UnusableLine
from chassis.mongo import Database, connect
from chassis.store import MongoStore
from chassis.work import UnitOfWork
from chassis.works import Works

from tests.chassis.notes import Note, RewriteNote, WriteNote, rewrite_note, write_note

pytestmark = pytest.mark.stack


@pytest.fixture
async def database(database_uri: str, database_name: str) -> AsyncIterator[Database]:
    opened = connect(database_uri, f"{database_name}_{uuid4().hex[:6]}")
    await ensure_journal(opened)
    await opened.ensure_indexes([Note])
    await opened.ensure_collection(LOADS)
    yield opened
    opened.close()


class Interrupted(Exception):
    pass


def loader(database: Database, *use_cases: Any, batch: int = 10) -> tuple[Loader, list[dict[str, Any]]]:
    reports: list[dict[str, Any]] = []
    cases = use_cases or (write_note, rewrite_note)
    return Loader(Works(database), database, cases, batch=batch, report=reports.append), reports


def written(number: int, *, text: str = "x", at: str | None = None, principal: Any = "system") -> dict[str, Any]:
    return {
        "use_case": "write_note",
        "at": at or f"2024-03-01T02:{number:02}:00Z",
        "principal": principal,
        "command": {"note_id": f"nte_{number:03}", "text": text},
    }


def file_of(*lines: dict[str, Any]) -> bytes:
    return b"\n".join(orjson.dumps(line) for line in lines)


async def journal(database: Database) -> list[dict[str, Any]]:
    return await MongoStore(database).find(JOURNAL, {}, sort=[("_id", 1)])


async def test_every_line_happens_at_its_own_time_in_its_own_version(database: Database):
    rewritten = {
        "use_case": "rewrite_note",
        "at": "2024-05-01T00:00:00Z",
        "command": {"note_id": "nte_001", "text": "y"},
    }
    load, reports = loader(database)
    assert await load.load(file_of(written(1), rewritten, written(2))) == 0
    entries = await journal(database)
    assert [(e["aggregate_id"], e["version"], e["events"][0]["time"]) for e in entries] == [
        ("nte_001", 1, "2024-03-01T02:01:00+00:00"),
        ("nte_001", 2, "2024-05-01T00:00:00+00:00"),
        ("nte_002", 1, "2024-03-01T02:02:00+00:00"),
    ]
    assert [e["cause"]["command"] for e in entries] == ["write_note", "rewrite_note", "write_note"]
    assert {e["actor"]["subject"] for e in entries} == {"system:load"}
    assert reports[-1]["done"] == reports[-1]["total"] == 3


async def test_a_line_may_speak_for_an_employee(database: Database):
    employee = {"subject": "emp_1", "employee_id": "emp_1", "roles": ["steward"], "paths": ["/"]}
    load, _ = loader(database)
    await load.load(file_of(written(1), written(2, principal=employee)))
    assert [e["actor"] for e in await journal(database)] == [
        {"subject": "system:load", "roles": []},
        {"subject": "emp_1", "roles": ["steward"]},
    ]


async def test_an_interrupted_load_goes_on_where_it_stopped(database: Database):
    content = file_of(*(written(number) for number in range(25)))
    interrupted = False

    async def failing(command: WriteNote, work: UnitOfWork) -> Note:
        if command.note_id == "nte_015" and not interrupted:
            raise Interrupted
        return await write_note(command, work)

    failing.__name__ = "write_note"
    load, _ = loader(database, failing)
    with pytest.raises(Interrupted):
        await load.load(content)
    assert len(await journal(database)) == 10
    interrupted = True
    load, reports = loader(database, failing)
    await load.load(content)
    assert reports[0] == {"done": 10, "total": 25}
    assert len(await journal(database)) == 25


async def test_loading_the_same_file_again_changes_nothing(database: Database):
    content = file_of(*(written(number) for number in range(5)))
    for _ in range(2):
        load, _ = loader(database)
        await load.load(content)
    assert len(await journal(database)) == 5


async def test_a_refused_line_is_named_and_the_others_are_written(database: Database):
    missing = {"use_case": "rewrite_note", "at": "2024-05-01T00:00:00Z", "command": {"note_id": "nte_999", "text": "y"}}
    load, reports = loader(database)
    assert await load.load(file_of(written(1), missing, written(2))) == 1
    assert [report for report in reports if "refused" in report] == [
        {"line": 2, "refused": "not_found", "detail": "note nte_999 does not exist"}
    ]
    assert len(await journal(database)) == 2


@pytest.mark.parametrize(
    "line",
    [
        {"use_case": "drop_everything", "at": "2024-01-01T00:00:00Z", "command": {}},
        {"use_case": "write_note", "at": "yesterday", "command": {"note_id": "nte_1", "text": "x"}},
        {"use_case": "write_note", "at": "2024-01-01T00:00:00", "command": {"note_id": "nte_1", "text": "x"}},
        {"use_case": "write_note", "at": "2024-01-01T00:00:00Z", "command": {"note_id": "nte_1"}},
        {"use_case": "write_note", "at": "2024-01-01T00:00:00Z", "principal": {"king": 1}, "command": {}},
    ],
)
async def test_a_line_that_cannot_be_run_is_named_before_anything_is(database: Database, line: dict[str, Any]):
    load, _ = loader(database)
    with pytest.raises(UnusableLine, match="line 2: "):
        await load.load(file_of(written(1), line))
    assert await journal(database) == []


def test_the_command_of_a_use_case_is_found_by_its_type():
    from chassis.load import command_of

    assert command_of(rewrite_note) is RewriteNote
