"""The company as commands, one file per service, for `python -m <service> --role load`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from contracts.values import LocationKind
from promotion.locations.model import location_id

from terrain.demo.company import Company, Employee

INVITATION_DAYS = 7
SPARE = 10
"""Units that a representative holds beyond what the demonstration's visits take."""

Line = dict[str, Any]


def _line(use_case: str, at: datetime, /, **command: Any) -> Line:
    return {"use_case": use_case, "at": at.isoformat(), "principal": "system", "command": command}


def customer_lines(company: Company, invitations: dict[str, str], now: datetime) -> Iterator[Line]:
    """Units, employees, institutions, contacts and their moves; `invitations` by username, for the logins."""
    start = _morning(company.start)
    for unit in company.units:
        yield _line(
            "create_unit", start, unit_id=unit.unit_id, name=unit.name, kind=unit.kind, parent_id=unit.parent_id
        )
    for employee in company.employees:
        yield _line("create_employee", start, **_employee(employee, company, invitations, now))
    for hospital in company.hospitals:
        yield _line(
            "create_account",
            start,
            account_id=hospital.account_id,
            name=hospital.name,
            kind="hospital",
            grade=hospital.grade,
            unit_id=hospital.unit_id,
            division_code=hospital.county.code,
            location={"lat": hospital.lat, "lon": hospital.lon},
            beds=hospital.beds,
            outpatient_visits=hospital.outpatient_visits,
            departments=[
                {"id": identifier, "name": name, "specialty": specialty}
                for identifier, name, specialty in hospital.departments
            ],
        )
    for doctor in sorted(company.doctors, key=lambda one: one.hospital.account_id):  # one guard per hospital and batch
        yield _line(
            "create_contact",
            start,
            contact_id=doctor.contact_id,
            name=doctor.name,
            title=doctor.title,
            specialty=doctor.specialty,
            affiliation={
                "account_id": doctor.hospital.account_id,
                "department_id": doctor.department_id,
                "role": doctor.role,
                "valid_from": doctor.since.isoformat(),
            },
        )
    for doctor in company.doctors:
        if doctor.moves_to:
            target, department, on = doctor.moves_to
            yield _line(
                "move_contact",
                _morning(on),
                contact_id=doctor.contact_id,
                to_account_id=target.account_id,
                to_department_id=department,
                role=doctor.role,
                on=on.isoformat(),
            )


def _employee(employee: Employee, company: Company, invitations: dict[str, str], now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "employee_id": employee.employee_id,
        "name": employee.name,
        "username": employee.username,
        "roles": [employee.role],
        "unit_id": employee.unit_id,
        "valid_from": company.start.isoformat(),
    }
    if employee.username in invitations:
        fields["invitation"] = invitations[employee.username]
        fields["invitation_expires_at"] = (now + timedelta(days=INVITATION_DAYS)).isoformat()
    return fields


def promotion_lines(company: Company) -> Iterator[Line]:
    """Products, materials, lots, and the stock that the representatives need for their visits."""
    start = _morning(company.start)
    for product in company.products:
        yield _line(
            "create_product",
            start,
            product_id=product.product_id,
            name=product.name,
            line=product.line,
            manufacturer=product.manufacturer,
            own=product.own,
        )
    for material in company.materials:
        yield _line(
            "create_material",
            start,
            material_id=material.material_id,
            name=material.name,
            **{"class": material.kind},
            unit_value={"amount": material.value, "currency": "CNY"},
            product=material.product_id,
        )
        yield _line(
            "create_lot",
            start,
            material_id=material.material_id,
            lot_id=material.lot_id,
            number=f"{company.start:%Y%m}-{material.lot_id[-4:].upper()}",
            expires_on=(company.today + timedelta(days=400)).isoformat(),
        )
    needed: Counter[tuple[str, str]] = Counter()
    for visit in company.visits:
        for lot, _, quantity in visit.drops if visit.outcome == "held" else ():
            needed[(visit.rep.employee_id, lot)] += quantity
    for login in ("rep", "rep2"):
        rep = next(e for e in company.reps if e.username == login)
        for material in company.materials:
            needed[(rep.employee_id, material.lot_id)] += SPARE
    warehouse = location_id(LocationKind.WAREHOUSE, company.units[0].unit_id)
    arriving: Counter[str] = Counter()
    for (_, lot), quantity in needed.items():
        arriving[lot] += quantity + SPARE
    for lot, quantity in sorted(arriving.items()):
        yield _line("receive_stock", start, lot_id=lot, location_id=warehouse, quantity=quantity * 2)
    for (employee, lot), quantity in sorted(needed.items()):
        yield _line(
            "transfer_stock",
            start,
            lot_id=lot,
            from_location_id=warehouse,
            to_location_id=location_id(LocationKind.REPRESENTATIVE, employee),
            quantity=quantity + SPARE,
        )


def visit_lines(company: Company) -> Iterator[Line]:
    """Every visit from its plan to where it stands today, at the time it happened."""
    yesterday = datetime.combine(company.today - timedelta(days=1), time(8), tzinfo=UTC)
    for visit in company.visits:
        who = {"visit_id": visit.visit_id, "employee_id": visit.rep.employee_id}
        contacts = [doctor.contact_id for doctor in visit.doctors]
        left = visit.at + timedelta(minutes=35)
        yield _line(
            "plan_visit",
            min(visit.at - timedelta(days=3), yesterday),
            **who,
            account_id=visit.hospital.account_id,
            planned_at=visit.at.isoformat(),
            contact_ids=contacts,
        )
        if visit.outcome == "planned":
            continue
        if visit.outcome == "cancelled":
            called_off = visit.at - timedelta(days=1)
            yield _line("cancel_visit", called_off, **who, reason="科室临时安排会议", reason_code="contact_unavailable")
            continue
        yield _line(
            "check_in_visit",
            visit.at,
            **who,
            at=visit.at.isoformat(),
            lat=visit.hospital.lat,
            lon=visit.hospital.lon,
            accuracy_m=15,
        )
        yield _line("check_out_visit", left, **who, at=left.isoformat())
        yield _line(
            "write_report",
            left + timedelta(minutes=10),
            **who,
            attendees=contacts,
            products=[
                {"product": product, "message": message, "reaction": reaction}
                for product, message, reaction in visit.products
            ],
            feedback=visit.feedback,
            materials=[
                {"lot_id": lot, "contact_id": contact, "quantity": quantity} for lot, contact, quantity in visit.drops
            ],
            next_step=visit.next_step,
        )
        submitted = left + timedelta(minutes=12)
        yield _line("submit_visit", submitted, **who, at=submitted.isoformat())


def as_text(lines: Iterable[Line]) -> str:
    """The lines of a file."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _morning(day: Any) -> datetime:
    return datetime.combine(day, time(1, 0), tzinfo=UTC)
