"""Occasions come up: for each of a plan's segment a case, once for each day, however often and from wherever it is begun.

What has been gone through is noted with the cases, in one transaction: a killed process goes on where it stopped, and a
case's id follows from plan, day and subject, so that none is made twice.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

from chassis.aggregate import Index, Replica
from chassis.command import Command
from chassis.journal import Cause
from chassis.parts import Context
from chassis.principal import SystemPrincipal, within
from chassis.work import UnitOfWork
from contracts.values import ContactStatus, ScoreSubject

from customer.about import SUBJECTS, SubjectKind, restamp
from customer.accounts.life_cycle import SHUT
from customer.accounts.model import Account
from customer.care.model import CareCase, CareKind
from customer.care.plans import LONGEST_LEAD, CarePlan, CarePlanStatus, Occasion
from customer.contacts.model import Contact
from customer.evaluation.queries import tiers_on
from customer.units.model import Unit

EVERY_S = 600.0


class CareRound(Replica, collection="care_rounds"):
    """Where the round of an occasion has come to: subjects up to `after` have their cases; all of them when `done`."""

    INDEXES: ClassVar[list[Index]] = [Index([("on", 1)])]

    on: date
    after: str = ""
    done: bool = False


class BringUpOccasions(Command):
    """Make the cases of the next subjects of one occasion that is due."""

    limit: int = 100


async def bring_up_occasions(command: BringUpOccasions, work: UnitOfWork) -> int:
    """How many subjects were looked at; 0 when nothing is due any more."""
    active = {"status": CarePlanStatus.ACTIVE.value}
    for plan in await work.survey(CarePlan, active, sort=[("_id", 1)]):
        for occasion in plan.occasions:
            for round_id, on in _rounds(plan, occasion, work.today):
                reached = await work.get_replica(CareRound, round_id)
                if reached is None or not reached.done:
                    return await _go_on(plan, occasion, reached or CareRound(id=round_id, on=on), command.limit, work)
    return 0


async def bring_up_occasions_as_days_pass(context: Context) -> None:
    """Do so every ten minutes, batch by batch, for as long as it runs."""
    command = BringUpOccasions()
    while True:
        looked_at = await context.works.run(
            lambda work: bring_up_occasions(command, work),
            principal=SystemPrincipal("customer.calendar"),
            cause=Cause(command=bring_up_occasions.__name__),
        )
        if not looked_at.value:
            await asyncio.sleep(EVERY_S)


def case_id(plan: CarePlan, occasion: Occasion, on: date, subject_id: str) -> str:
    """The id of the case that a subject has on a day of a plan: always the same."""
    key = f"{plan.id}|{occasion.name}|{on.isoformat()}|{subject_id}"
    return f"{CareCase.PREFIX}_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _rounds(plan: CarePlan, occasion: Occasion, today: date) -> Iterator[tuple[str, date]]:
    """The days whose cases are to come up by today, with an id of their round each; anniversaries go round every day."""
    name = hashlib.sha256(occasion.name.encode()).hexdigest()[:16]
    if occasion.is_anniversary:
        yield f"{plan.id}:{name}:{today.isoformat()}", today
        return
    for year in (today.year, today.year + 1):
        on = occasion.date_in(year)
        if on is not None and on - timedelta(days=occasion.lead_days) <= today <= on:
            yield f"{plan.id}:{name}:{on.isoformat()}", on


async def _go_on(plan: CarePlan, occasion: Occasion, reached: CareRound, limit: int, work: UnitOfWork) -> int:
    where: dict[str, Any] = {**within(plan.segment.unit_id), "survivor_id": None}
    if plan.subject is SubjectKind.ACCOUNT and plan.segment.kinds:
        where["kind"] = {"$in": [one.value for one in plan.segment.kinds]}
    if plan.subject is SubjectKind.CONTACT and plan.segment.specialties:
        where["specialty"] = {"$in": plan.segment.specialties}
    if reached.after:
        where["_id"] = {"$gt": reached.after}
    subjects = await work.survey(SUBJECTS[plan.subject], where, sort=[("_id", 1)], limit=limit)
    unit = await work.survey(Unit, {"_id": plan.segment.unit_id})
    home = unit[0].path if unit else "/"
    wanted: dict[str, tuple[Account | Contact, date]] = {}
    for subject in subjects:
        on = _day_of(occasion, subject, reached.on, work)
        if on is not None and _belongs(plan, subject, on, work.today):
            wanted[case_id(plan, occasion, on, subject.id)] = (subject, on)
    if plan.segment.tiers:
        kind = ScoreSubject(plan.subject.value)
        tiers = await tiers_on(work.store, kind, sorted(one.id for one, _ in wanted.values()), work.today)
        wanted = {key: one for key, one in wanted.items() if tiers.get(one[0].id) in plan.segment.tiers}
    present = {one.id for one in await work.survey(CareCase, {"_id": {"$in": sorted(wanted)}})}
    for identifier in sorted(wanted.keys() - present):
        subject, on = wanted[identifier]
        case = CareCase(
            id=identifier,
            subject=plan.subject,
            subject_id=subject.id,
            care_kind=CareKind.OCCASION,
            opened_by=None,
            due_on=on,
            plan_id=plan.id,
            occasion=occasion.name,
            occasion_on=on,
            home_unit_id=plan.segment.unit_id,
            home_path=home,
            created_at=work.now,
        )
        await restamp(case, work)
        work.add(case, case.opened(), valid_from=on)
    reached.after = subjects[-1].id if subjects else reached.after
    reached.done = len(subjects) < limit
    await work.put(reached)
    return max(len(subjects), 1)


def _day_of(occasion: Occasion, subject: Account | Contact, on: date, work: UnitOfWork) -> date | None:
    if not occasion.is_anniversary:
        return on
    registered = work.date_of(subject.created_at)
    for year in (work.today.year, work.today.year + 1):
        day = occasion.date_in(year, registered)
        if day is not None and timedelta(0) <= day - work.today <= timedelta(
            days=min(occasion.lead_days, LONGEST_LEAD)
        ):
            return day
    return None


def _belongs(plan: CarePlan, subject: Account | Contact, on: date, today: date) -> bool:
    if isinstance(subject, Contact):
        return subject.erasure is None and subject.status_on(on) is ContactStatus.ACTIVE
    if subject.stage_on(on) in SHUT:
        return False
    return not plan.segment.grades or subject.present_grade(today) in plan.segment.grades
