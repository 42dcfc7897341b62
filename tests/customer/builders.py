"""An organisation, institutions and contacts for the tests of the customer service."""

from datetime import UTC, date, datetime
from typing import Any

from chassis.testing.principals import HQ_PATH, NORTH, SOUTH
from contracts.values import AccountKind, Stage, UnitKind
from customer.accounts.facts import AccountFacts, DepartmentEntry
from customer.accounts.life_cycle import StageEntry
from customer.accounts.model import Account
from customer.contacts.affiliations import Affiliation
from customer.contacts.model import Contact
from customer.units.model import Unit

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def day(text: str) -> date:
    """A date by its ISO 8601 text."""
    return date.fromisoformat(text)


def a_unit(path: str = NORTH, kind: UnitKind = UnitKind.REGION) -> Unit:
    """A unit at a path, with the id that the path ends with."""
    *above, identifier = path.strip("/").split("/")
    higher = list(UnitKind)[list(UnitKind).index(kind) - 1] if len(above) > 1 else UnitKind.HQ
    parent = a_unit(f"/{'/'.join(above)}/", higher) if above else None
    return Unit.open(id=identifier, name=identifier, kind=kind if parent else UnitKind.HQ, parent=parent)


def the_units() -> list[Unit]:
    """The head office and two regions."""
    return [a_unit(HQ_PATH), a_unit(NORTH), a_unit(SOUTH)]


def an_account(
    id: str = "acc_A",
    *,
    path: str = NORTH,
    name: str | None = None,
    departments: tuple[str, ...] = (),
    closed_on: date | None = None,
    **facts: Any,
) -> Account:
    """A hospital under the unit at `path`; departments by their ids; known since 2020."""
    account = Account.register(
        id=id,
        name=name or f"Hospital {id}",
        kind=AccountKind.HOSPITAL,
        unit_id=path.strip("/").split("/")[-1],
        unit_path=path,
        facts=AccountFacts(**facts),
        departments=[DepartmentEntry(id=one, name=one) for one in departments],
        on=day("2020-01-01"),
        at=NOW,
    )
    if closed_on is not None:
        account.stages = [
            account.stages[0].model_copy(update={"until": closed_on}),
            StageEntry(stage=Stage.CLOSED, on=closed_on, reason="demolished", recorded=NOW),
        ]
    return account


def a_contact(
    id: str = "con_1",
    *,
    at: str = "acc_A",
    since: str = "2024-01-01",
    department: str | None = None,
    role: str | None = "physician",
    name: str = "王小明",
    mobile: str | None = None,
    path: str = NORTH,
) -> Contact:
    """A doctor who has worked at one institution, whose unit is at `path`."""
    contact = Contact(id=id, name=name, mobile=mobile, affiliations=[], created_at=NOW, visible=a_unit(path).visible)
    contact.affiliate(
        Affiliation(
            id=f"aff_{id.removeprefix('con_')}",
            account_id=at,
            department_id=department,
            role=role,
            valid_from=day(since),
        )
    )
    return contact


def timeline(contact: Contact) -> list[tuple[str, str, str | None]]:
    """Institution, start and end of every affiliation, in order."""
    return [
        (one.account_id, one.valid_from.isoformat(), one.valid_to.isoformat() if one.valid_to else None)
        for one in contact.affiliations
    ]
