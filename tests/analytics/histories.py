"""Histories of a small company as the topics would carry them: made from a seed, with every kind of event."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from analytics.marts.file import MartFile
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.events.customer import AccountCorrected, AccountCreated, ContactCreated, EmployeeHired, UnitCreated
from contracts.events.promotion import LotCreated, MaterialCreated, ProductCreated, StockMoved
from contracts.events.visits import (
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitConfirmed,
    VisitPlanned,
    VisitReported,
    VisitReturned,
    VisitSubmitted,
)

Record = tuple[Envelope, Event]

HQ = "/unt_hq/"
NORTH, SOUTH = "/unt_hq/unt_north/", "/unt_hq/unt_south/"
TERRITORIES = (f"{NORTH}unt_n1/", f"{NORTH}unt_n2/", f"{SOUTH}unt_s1/")
START = datetime(2026, 1, 1, 1, tzinfo=UTC)


def apply_all(file: MartFile, records: Sequence[Record]) -> None:
    """Put records into a file as one batch, in the order given."""
    file.apply(records, {}, {envelope.subject: envelope.sequence for envelope, _ in records})


def last_id(path: str) -> str:
    """The unit that a path ends in."""
    return path.rstrip("/").rsplit("/", 1)[1]


@dataclass
class History:
    """Records in the order in which they happened; sequences count per aggregate from 1."""

    records: list[Record] = field(default_factory=list[Record])
    sequences: dict[str, int] = field(default_factory=dict[str, int])
    at: datetime = START

    def emit(self, event: Event, subject: str, *paths: str) -> Record:
        """Append an event of `subject`, a second after the one before."""
        self.at += timedelta(seconds=1)
        sequence = self.sequences[subject] = self.sequences.get(subject, 0) + 1
        envelope = Envelope(
            id=f"evt_{len(self.records)}",
            source=f"/terrain/{event.TOPIC.partition('.')[0]}",
            type=event.TYPE,
            subject=subject,
            time=self.at,
            sequence=sequence,
            unit_paths=paths,
            lines=("*",),
        )
        self.records.append((envelope, event))
        return envelope, event

    # -- one call per thing that happens --

    def unit(self, path: str, kind: str = "territory", name: str | None = None) -> str:
        """Open a unit at a path."""
        identifier = last_id(path)
        parent = path[: -len(identifier) - 1]
        state = {
            "unit_id": identifier,
            "name": name or f"Unit {identifier}",
            "kind": kind,
            "parent_id": None if parent == "/" else last_id(parent),
            "path": path,
        }
        self.emit(UnitCreated.model_validate({"unit": state}), identifier, path)
        return identifier

    def employee(self, identifier: str, path: str) -> str:
        """Hire a representative."""
        state = {
            "employee_id": identifier,
            "username": f"user.{identifier[4:]}",
            "roles": ["rep"],
            "unit_id": last_id(path),
            "unit_path": path,
            "valid_from": "2026-01-01",
        }
        body = {"employee": state, "invitation_sha256": "0" * 64, "invitation_expires_at": "2026-02-01T00:00:00Z"}
        self.emit(EmployeeHired.model_validate(body), identifier, path)
        return identifier

    def account(self, identifier: str, path: str, **changed: Any) -> str:
        """Register an institution, or correct it when it is known already."""
        state = {
            "account_id": identifier,
            "name": f"Hospital {identifier[4:]}",
            "kind": "hospital",
            "grade": "3A",
            "unit_id": last_id(path),
            "unit_path": path,
            "stage": "active",
            "departments": [{"department_id": f"dep_{identifier[4:]}", "name": "Cardiology", "discharges": 900}],
            **changed,
        }
        if identifier in self.sequences:
            event: Event = AccountCorrected.model_validate({"account": state, "changed": sorted(changed)})
        else:
            event = AccountCreated.model_validate({"account": state})
        self.emit(event, identifier, path)
        return identifier

    def contact(self, identifier: str, account_id: str) -> str:
        """Register a contact."""
        affiliation = {
            "affiliation_id": f"aff_{identifier[4:]}",
            "account_id": account_id,
            "role": "physician",
            "valid_from": "2024-01-01",
        }
        state = {"contact_id": identifier, "specialty": "cardiology", "affiliations": [affiliation]}
        self.emit(ContactCreated.model_validate({"contact": state}), identifier)
        return identifier

    def product(self, identifier: str) -> str:
        """Register a product."""
        state = {
            "product_id": identifier,
            "name": f"Product {identifier[4:]}",
            "line": "cardio",
            "manufacturer": "Own",
            "own": True,
        }
        self.emit(ProductCreated.model_validate({"product": state}), identifier)
        return identifier

    def lot(self, identifier: str, product_id: str | None, *, material_id: str | None = None) -> str:
        """Register an item and a lot of it."""
        material_id = material_id or f"itm_{identifier[4:]}"
        state = {
            "material_id": material_id,
            "name": f"Leaflet {material_id[4:]}",
            "class": "literature",
            "unit_value": {"amount": 250, "currency": "CNY"},
            "product_id": product_id,
        }
        self.emit(MaterialCreated.model_validate({"material": state}), material_id)
        lot = {"lot_id": identifier, "material_id": material_id, "number": "B1", "expires_on": "2028-12-31"}
        self.emit(LotCreated.model_validate({"lot": lot}), identifier)
        return identifier

    def leg(self, balance_id: str, quantity: int, *, movement_id: str, kind: str, visit_id: str | None = None) -> None:
        """Move stock: one leg."""
        state = {
            "balance_id": balance_id,
            "material_id": "itm_1",
            "lot_id": "lot_1",
            "location_id": "loc_1",
            "location_kind": "warehouse",
            "on_hand": 1000,
            "available": 1000,
        }
        body = {
            "movement_id": movement_id,
            "kind": kind,
            "quantity": quantity,
            "at": self.at,
            "visit_id": visit_id,
            "balance": state,
        }
        self.emit(StockMoved.model_validate(body), balance_id)

    def visit(
        self,
        identifier: str,
        *,
        account_id: str,
        employee_id: str = "emp_1",
        path: str = TERRITORIES[0],
        on: date = date(2026, 1, 5),
        attendees: tuple[str, ...] = (),
        products: tuple[tuple[str, str | None], ...] = (),
        materials: tuple[tuple[str, str, int], ...] = (),
        until: str = "confirmed",
        returned: int = 0,
    ) -> str:
        """Let a visit go through its life as far as the state `until`; `returned` times it comes back first."""
        state: dict[str, Any] = {
            "visit_id": identifier,
            "account_id": account_id,
            "employee_id": employee_id,
            "credited_unit_id": last_id(path),
            "credited_path": path,
            "attempt": 0,
            "planned_at": datetime(on.year, on.month, on.day, 1, tzinfo=UTC),
            "contact_ids": list(attendees),
        }

        def happens(event: type[Event], name: str, **changed: Any) -> bool:
            state.update(changed, state=name)
            extra: dict[str, Any] = {"reasons": []} if event is VisitReturned else {}
            extra |= {"reason_code": "closed"} if event is VisitCancelled else {}
            self.emit(event.model_validate({"visit": dict(state), **extra}), identifier, path)
            return name == until

        if happens(VisitPlanned, "planned"):
            return identifier
        if until == "cancelled":
            happens(VisitCancelled, "cancelled")
            return identifier
        checked_in = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
        if happens(VisitCheckedIn, "checked_in", visited_on=on, checked_in_at=checked_in):
            return identifier
        if happens(VisitCheckedOut, "checked_out", checked_out_at=checked_in + timedelta(minutes=20)):
            return identifier
        report = {
            "attendees": list(attendees),
            "products": [{"product_id": product, "reaction": reaction} for product, reaction in products],
            "materials": [{"lot_id": lot, "contact_id": contact, "quantity": n} for lot, contact, n in materials],
        }
        happens(VisitReported, "checked_out", **report)
        for attempt in range(1, returned + 1):
            happens(VisitSubmitted, "submitted", attempt=attempt)
            happens(VisitReturned, "returned")
        if until == "returned" or happens(VisitSubmitted, "submitted", attempt=returned + 1):
            return identifier
        happens(VisitConfirmed, "confirmed")
        return identifier


def company() -> History:
    """Three territories in two regions, a representative, two institutions and three contacts in each, three products."""
    history = History()
    history.unit(HQ, "hq")
    history.unit(NORTH, "region")
    history.unit(SOUTH, "region")
    for number, path in enumerate(TERRITORIES, 1):
        history.unit(path)
        history.employee(f"emp_{number}", path)
        for account in (f"acc_{number}a", f"acc_{number}b"):
            history.account(account, path, grade="3A" if account.endswith("a") else "2B")
        for letter in "abc":
            history.contact(f"con_{number}{letter}", f"acc_{number}a")
    for product in ("prd_1", "prd_2", "prd_3"):
        history.product(product)
    history.lot("lot_1", "prd_1")
    history.lot("lot_2", "prd_2")
    history.lot("lot_0", None)
    return history


def busy_company(chooser: random.Random, visits: int) -> History:
    """The company with visits of every fate, chosen by `chooser`; now and then an institution changes hands."""
    history = company()
    ends = ["planned", "cancelled", "checked_in", "checked_out", "submitted", "returned", *["confirmed"] * 8]
    for number in range(visits):
        territory = chooser.randrange(3)
        contacts = [f"con_{territory + 1}{letter}" for letter in "abc"]
        attendees = tuple(chooser.sample(contacts, chooser.randint(0, 3)))
        history.visit(
            f"vis_{number}",
            account_id=f"acc_{chooser.choice([territory, territory, chooser.randrange(3)]) + 1}{chooser.choice('ab')}",
            employee_id=f"emp_{territory + 1}",
            path=TERRITORIES[territory],
            on=date(2025, 12, 20) + timedelta(days=chooser.randrange(60)),
            attendees=attendees,
            products=tuple(
                (product, chooser.choice([None, "aware", "trial", "use"]))
                for product in chooser.choices(["prd_1", "prd_2", "prd_3"], k=chooser.randint(0, 3))
            ),
            materials=tuple(
                (chooser.choice(["lot_0", "lot_1", "lot_2", "lot_unknown"]), contact, chooser.randint(1, 5))
                for contact in attendees
                if chooser.random() < 0.6
            ),
            until=chooser.choice(ends),
            returned=chooser.choice([0, 0, 0, 1, 2]),
        )
        if chooser.random() < 0.3:
            for balance, sign in (("bal_w", -1), (f"bal_{territory}", 1)):
                history.leg(balance, 3 * sign, movement_id=f"mov_{number}", kind="transfer")
        if chooser.random() < 0.1:
            account = f"acc_{chooser.randrange(3) + 1}{chooser.choice('ab')}"
            history.account(account, TERRITORIES[chooser.randrange(3)], name=f"Renamed {number}")
    return history
