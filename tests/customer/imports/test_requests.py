"""How columns stand for fields is judged before anything is stored, all of it at once."""

from typing import Any

import pytest
from chassis.files import FILES
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork
from contracts.values import ImportKind, ImportMode
from customer.imports.request_import import RequestImport, request_import
from customer.imports.requests import violations_of

NAMED = {"a": "name", "b": "kind", "c": "unit_id"}


def found(rows: str = "account", mode: str = "insert", mapping: Any = None, **defaults: str) -> set[tuple[Any, str]]:
    violations = violations_of(ImportKind(rows), ImportMode(mode), NAMED if mapping is None else mapping, defaults)
    return {(one.field, one.code) for one in violations}


def test_a_mapping_that_says_enough():
    assert found() == set()
    assert found(mapping={"a": "name"}, kind="医院", unit_id="unt_1") == set()
    assert found(mode="update", mapping={"a": "code", "b": "beds"}) == set()
    assert found(mode="update", mapping={"a": "name", "b": "beds"}, kind="医院") == set()
    assert found("contact", mapping={"a": "name", "b": "account_id"}) == set()
    assert found("contact", "update", {"a": "mobile", "b": "title"}) == set()


def test_everything_that_is_wrong_with_a_mapping():
    mapping = {"a": "name", "b": "name", "c": "colour"}
    assert found(mapping=mapping, beds="many", shape="round") == {
        ("options.mapping.b", "field_mapped_twice"),
        ("options.mapping.c", "unknown_import_field"),
        ("options.defaults.shape", "unknown_import_field"),
        ("options.defaults.beds", "invalid_number"),
        ("options.mapping", "required_field_not_mapped"),
    }


@pytest.mark.parametrize(
    ("kind", "mapping"), [("account", {"a": "beds"}), ("account", {"a": "name"}), ("contact", {"a": "name"})]
)
def test_an_update_needs_something_to_find_rows_by(kind: str, mapping: dict[str, str]):
    assert found(kind, "update", mapping) == {("options.mapping", "key_not_mapped")}


async def test_nothing_is_kept_of_a_request_that_is_refused(work: FakeUnitOfWork):
    await work.fake.insert_many(FILES, [{"_id": "fil_1", "complete": True, "owner": None, "name": "x"}])
    command = RequestImport(file_id="fil_1", kind="account", mode="insert", mapping={"a": "colour"}, defaults={})
    with pytest.raises(RuleBroken):
        await request_import(command, work)
    await work.commit()
    assert work.emitted == []
    assert work.fake.rows("imports") == {}
    assert work.fake.rows(FILES)["fil_1"]["owner"] is None


async def test_no_name_that_somebody_typed_goes_into_journal_or_events(work: FakeUnitOfWork):
    stored = {"media_type": "text/csv", "size": 1, "sha256": "0"}
    await work.fake.insert_many(
        FILES, [{"_id": "fil_1", "complete": True, "owner": None, "name": "王小明.csv"} | stored]
    )
    command = RequestImport(
        file_id="fil_1",
        kind="contact",
        mode="insert",
        mapping={"王小明的姓名": "name"},
        defaults={"account_id": "王小明的诊所"},
    )
    await request_import(command, work)
    await work.commit()
    assert "王小明" not in str(work.journal())
    assert "王小明" in str(work.fake.rows("job_progress"))
