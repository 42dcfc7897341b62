"""Registering institutions."""

import pytest
from chassis.refusals import RuleBroken
from chassis.testing import FakeUnitOfWork, a_manager, run_in
from chassis.testing.principals import NORTH
from contracts.events.customer import AccountCreated
from contracts.values import Stage
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.model import AlreadyRegistered
from pydantic import ValidationError

from tests.customer.builders import TODAY


def registration(**more: object) -> CreateAccount:
    return CreateAccount(**({"name": "北京协和医院", "kind": "hospital", "unit_id": "unt_north"} | more))


async def test_a_new_institution_is_a_prospect_that_its_unit_sees(work: FakeUnitOfWork):
    account = await run_in(
        work,
        create_account,
        registration(
            grade="3A",
            division_code="110101",
            location={"lat": 39.9, "lon": 116.4},
            beds=0,
            code="12100000400012345A",
            departments=[{"name": "心内科", "specialty": "cardiology", "discharges": 12}],
        ),
    )
    assert [stamp.path for stamp in account.visible] == [NORTH]
    assert [(entry.stage, entry.on) for entry in account.stages] == [(Stage.PROSPECT, TODAY)]
    (event,) = work.emitted
    assert isinstance(event, AccountCreated)
    assert (event.account.stage, event.account.beds, event.account.unit_path) == (Stage.PROSPECT, 0, NORTH)
    assert event.account.code == "12100000400012345A"
    assert event.account.departments[0].department_id == account.departments[0].id
    assert account.departments[0].id.startswith("dep_")


async def test_the_point_is_kept_for_searches_and_not_in_the_history(work: FakeUnitOfWork):
    account = await run_in(work, create_account, registration(location={"lat": 39.9, "lon": 116.4}))
    stored = work.fake.rows("accounts")[account.id]
    assert stored["point"] == {"type": "Point", "coordinates": [116.4, 39.9]}
    assert "协和" in stored["search"]
    (entry,) = work.journal()
    assert not {"point", "search", "search_text", "key"} & {*entry["state"], *entry["changed"]}


@pytest.mark.parametrize("name", ["北京 协和医院", "北京协和医院\u200b", "北京协和医院"])
async def test_the_same_name_division_and_kind_are_the_same_institution(work: FakeUnitOfWork, name: str):
    await run_in(work, create_account, registration(division_code="110101"))
    with pytest.raises(AlreadyRegistered) as refused:
        await run_in(work.next(), create_account, registration(name=name, division_code="110101"))
    assert (refused.value.status, refused.value.code) == (409, "already_registered")


@pytest.mark.parametrize("other", [{"kind": "clinic"}, {"division_code": "110102"}, {"name": "北京协和医院东院"}])
async def test_another_name_division_or_kind_is_another_institution(work: FakeUnitOfWork, other: dict[str, str]):
    await run_in(work, create_account, registration(division_code="110101"))
    await run_in(work.next(), create_account, registration(**({"division_code": "110101"} | other)))
    assert len(work.fake.rows("accounts")) == 5


async def test_a_registration_code_is_unique(work: FakeUnitOfWork):
    await run_in(work, create_account, registration(code="12100000400012345A"))
    with pytest.raises(AlreadyRegistered):
        await run_in(work.next(), create_account, registration(name="Other", code="12100000400012345A"))


async def test_every_broken_rule_is_told_at_once(work: FakeUnitOfWork):
    command = registration(
        name="(—)",
        unit_id="unt_absent",
        division_code="990000",
        departments=[{"name": "内科"}, {"name": "外科"}, {"name": "内 科"}],
    )
    with pytest.raises(RuleBroken) as refused:
        await run_in(work, create_account, command)
    assert [(one.field, one.code) for one in refused.value.violations] == [
        ("unit_id", "unknown_reference"),
        ("name", "name_without_letters"),
        ("division_code", "implausible_division"),
        ("departments[2].name", "duplicate_department"),
    ]
    assert len(work.journal()) == 0


async def test_a_unit_out_of_scope_is_unknown(work: FakeUnitOfWork):
    with pytest.raises(RuleBroken) as refused:
        await run_in(work.next(principal=a_manager()), create_account, registration(unit_id="unt_south"))
    assert refused.value.code == "unknown_reference"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "two\nlines"},
        {"name": "x" * 201},
        {"kind": "school"},
        {"grade": "4A"},
        {"division_code": "11010"},
        {"beds": -1},
        {"beds": 50_001},
        {"outpatient_visits": -1},
        {"location": {"lat": 91, "lon": 0}},
        {"location": {"lat": 0, "lon": 181}},
        {"location": {"lat": 0}},
        {"departments": [{"name": "x", "surprise": 1}]},
        {"departments": [{"name": f"d{number}"} for number in range(201)]},
        {"code": "abc"},
        {"surprise": 1},
    ],
)
def test_what_cannot_be_true_does_not_fit(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        registration(**wrong)
