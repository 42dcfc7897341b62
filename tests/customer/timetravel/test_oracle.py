"""What is read as of any date, as known at any instant, is what replaying the commands gives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chassis.clock import FixedClock, from_microseconds
from chassis.reads import Reads
from chassis.refusals import NotFound, Refusal
from chassis.testing import FakeUnitOfWork, a_steward
from contracts.values import Grade, Stage
from customer.accounts.change_stage import ChangeStage, change_stage
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.model import Account
from customer.accounts.queries import AccountFilter, list_accounts
from customer.accounts.regrade_account import RegradeAccount, regrade_account
from customer.accounts.shapes import AccountOut
from customer.alignments.assign_territory import AssignTerritory, assign_territory
from customer.alignments.change_alignment import ChangeAlignment, change_alignment
from customer.alignments.model import Alignment
from customer.alignments.queries import AlignmentFilter, list_alignments
from customer.contacts.change_role import ChangeRole, change_role
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.end_affiliation import EndAffiliation, end_affiliation
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.contacts.queries import affiliations_of, list_contacts
from customer.contacts.take_up_affiliation import TakeUpAffiliation, take_up_affiliation
from customer.directory.queries import search_directory
from customer.hierarchy.queries import hierarchy_of
from customer.hierarchy.reparent_account import ReparentAccount, reparent_account
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.customer.alignments.samples import the_field
from tests.customer.builders import the_units
from tests.customer.timetravel.oracle import DAYS, FIRST, World, above, below, replay, value

START = datetime(2026, 2, 10, 2, 0, tzinfo=UTC)
SOONEST, LAST = date(2026, 1, 2), date(2026, 4, 20)
REPS = {"unt_t1": "emp_1", "unt_t2": "emp_2", "unt_t3": "emp_3"}


@dataclass(frozen=True)
class Page:
    """A page as a caller asks for it."""

    limit: int = 3
    cursor: str | None = None
    sort: str | None = None


class Desk:
    """Runs commands a while apart and keeps the log of those that were not refused."""

    def __init__(self) -> None:
        self.clock = FixedClock(START)
        self.work = FakeUnitOfWork(principal=a_steward(), clock=self.clock)
        self.log: list[tuple[int, str, tuple[Any, ...]]] = []
        self.accounts: list[str] = []
        self.contacts: list[str] = []

    async def begin(self) -> None:
        for stored in (*the_units(), *the_field()):
            await self.work.given(stored)
        for name in "ABC":
            made = await self.run(create_account, CreateAccount(name=name, kind="hospital", unit_id="unt_north"))
            self.accounts.append(made.id)
            self.note("account", made.id, self.today)
        for account_id in self.accounts[:2]:
            place = {"account_id": account_id, "valid_from": SOONEST, "share": 60}
            made = await self.run(create_contact, CreateContact(name="王", affiliation=place))
            self.contacts.append(made.id)
            self.note("contact", made.id, account_id, SOONEST)

    @property
    def today(self) -> date:
        return self.clock.now().date()

    async def run(self, use_case: Any, command: Any) -> Any:
        """The outcome, one minute after what was before. Raises: Refusal."""
        self.clock.advance(timedelta(minutes=1))
        self.work = self.work.next()
        found = await use_case(command, self.work)
        await self.work.commit()
        return found

    def note(self, name: str, *arguments: Any) -> None:
        self.log.append((int(self.clock.now().timestamp() * 1_000_000), name, arguments))

    async def attempt(self, name: str, which: int, other: int, on: date, pause: int) -> None:
        """One command, some days after the last; a refused one is not noted."""
        self.clock.advance(timedelta(days=pause))
        account_id, contact_id = self.accounts[which % 3], self.contacts[which % 2]
        try:
            await getattr(self, name)(account_id, contact_id, other, on)
        except Refusal:
            self.work = self.work.next()

    async def beds(self, account_id: str, _: str, other: int, on: date) -> None:
        await self.run(correct_account, CorrectAccount(account_id=account_id, beds=other))
        self.note("beds", account_id, other)

    async def stage(self, account_id: str, _: str, other: int, on: date) -> None:
        stage = (Stage.DEVELOPING, Stage.ACTIVE, Stage.DORMANT)[other % 3]
        await self.run(change_stage, ChangeStage(account_id=account_id, stage=stage, reason="x", on=on))
        self.note("stage", account_id, stage.value, on)

    async def grade(self, account_id: str, _: str, other: int, on: date) -> None:
        grade = (Grade.G3A, Grade.G2B, Grade.UNGRADED)[other % 3]
        await self.run(regrade_account, RegradeAccount(account_id=account_id, grade=grade, on=on, reason="x"))
        self.note("grade", account_id, grade.value, on)

    async def parent(self, account_id: str, _: str, other: int, on: date) -> None:
        parent_id = (*self.accounts, None)[other % 4]
        if parent_id is None and not any(name == "parent" and rest[0] == account_id for _, name, rest in self.log):
            return
        command = ReparentAccount(account_id=account_id, parent_id=parent_id, on=on, reason="x")
        await self.run(reparent_account, command)
        self.note("parent", account_id, parent_id, on)

    async def move(self, _: str, contact_id: str, other: int, on: date) -> None:
        to = self.accounts[other % 3]
        role = self.primary(contact_id, on)
        if role is not None and role.role is not None:
            return  # a move keeps the role; the oracle moves those without one
        await self.run(move_contact, MoveContact(contact_id=contact_id, to_account_id=to, on=on))
        self.note("move", contact_id, to, on)

    async def second(self, account_id: str, contact_id: str, other: int, on: date) -> None:
        until = on + timedelta(days=1 + other)
        command = TakeUpAffiliation(
            contact_id=contact_id,
            account_id=account_id,
            role="second",
            primary=False,
            share=10,
            valid_from=on,
            valid_to=until,
        )
        await self.run(take_up_affiliation, command)
        self.note("second", contact_id, account_id, on, min(until, FIRST + timedelta(days=DAYS)))

    async def leave(self, _: str, contact_id: str, other: int, on: date) -> None:
        current = self.primary(contact_id, on - timedelta(days=1))
        if current is not None:
            command = EndAffiliation(contact_id=contact_id, affiliation_id=current.id, on=on, reason="x")
            await self.run(end_affiliation, command)
            self.note("leave", contact_id, on)

    async def role(self, _: str, contact_id: str, other: int, on: date) -> None:
        current = self.primary(contact_id, on)
        if current is not None:
            role = ("head", "resident")[other % 2]
            await self.run(change_role, ChangeRole(contact_id=contact_id, affiliation_id=current.id, role=role, on=on))
            self.note("role", contact_id, role, on)

    def primary(self, contact_id: str, on: date) -> Any:
        return Contact.load(self.work.fake.rows("contacts")[contact_id]).primary_on(on)

    async def cover(self, account_id: str, _: str, other: int, on: date) -> None:
        unit_id = f"unt_t{1 + other % 3}"
        until = None if other % 2 else on + timedelta(days=3 + other)
        command = AssignTerritory(
            account_id=account_id,
            line_id="lin_1",
            unit_id=unit_id,
            employee_id=REPS[unit_id],
            valid_from=on,
            valid_to=until,
        )
        await self.run(assign_territory, command)
        until = min(until, FIRST + timedelta(days=DAYS)) if until else None
        self.note("cover", account_id, unit_id, on, until)

    async def hand_over(self, account_id: str, _: str, other: int, on: date) -> None:
        unit_id = f"unt_t{1 + other % 3}"
        await self.change(account_id, on, unit_id=unit_id, employee_id=REPS[unit_id])
        self.note("hand_over", account_id, unit_id, on)

    async def uncover(self, account_id: str, _: str, other: int, on: date) -> None:
        await self.change(account_id, on, end=True)
        self.note("uncover", account_id, on)

    async def change(self, account_id: str, on: date, **what: Any) -> None:
        found = [row for row in self.work.fake.rows("alignments").values() if row["account_id"] == account_id]
        if not found:
            raise NotFound
        await self.run(change_alignment, ChangeAlignment(alignment_id=found[0]["_id"], valid_from=on, **what))

    async def everything(self, list_page: Callable[[Page], Any]) -> list[Any]:
        """All pages of a list."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            found = await list_page(Page(cursor=cursor))
            items += found["items"]
            cursor = found["next"]
            if cursor is None:
                return items

    async def check(self, day: date, known_at: datetime) -> None:
        """Ask for everything."""
        world = replay(self.log, int(known_at.timestamp() * 1_000_000))
        read = Reads(None, a_steward(), cursor_secret="only tests use it", store=self.work.fake)  # type: ignore[arg-type]
        await self.check_accounts(read, world, day, known_at)
        for contact_id in self.contacts:
            if contact_id not in world.contacts:
                continue
            person = await read.at(Contact, contact_id, known_at=known_at)
            jobs = [job for job in world.contacts[contact_id] if (day - FIRST).days in job.days]
            shown = [(one.account_id, one.role, one.primary) for one in affiliations_of(person, day)]
            assert sorted(shown, key=str) == sorted(((j.account_id, j.role, j.primary) for j in jobs), key=str)
        for account_id in self.accounts:
            staff = await self.everything(
                lambda page, account_id=account_id: list_contacts(
                    read, page, account_id=account_id, q=None, today=day, as_of=day, known_at=known_at
                )
            )
            assert {one.id for one in staff} == {
                contact_id
                for contact_id, jobs in world.contacts.items()
                if any(job.account_id == account_id and (day - FIRST).days in job.days for job in jobs)
            }
            row = world.covers.get(account_id)
            wanted = AlignmentFilter(account_id=account_id, as_of=day, known_at=known_at)
            found = await self.everything(lambda page, wanted=wanted: list_alignments(read, page, wanted, day))
            covered = value(row, day) if row else None
            assert [one.current.unit_id for one in found] == ([covered] if covered else [])
            if row is not None:
                (stored,) = [
                    one for one in self.work.fake.rows("alignments").values() if one["account_id"] == account_id
                ]
                one = await read.at(Alignment, stored["_id"], known_at=known_at)
                assert (holding.unit_id if (holding := one.holding_on(day)) else None) == covered

    async def check_accounts(self, read: Reads, world: World, day: date, known_at: datetime) -> None:
        """The institutions, one by one, in lists, in the directory, in their hierarchy."""
        shown: dict[str, AccountOut] = {}
        for account_id in self.accounts:
            try:
                shown[account_id] = AccountOut.of(await read.at(Account, account_id, known_at=known_at), day)
            except NotFound:
                assert account_id not in world.accounts
        expected = {
            identifier: (one.beds, value(one.stage, day), value(one.grade, day), value(one.parent, day))
            for identifier, one in world.accounts.items()
        }
        assert {one.id: (one.beds, one.stage, one.grade, one.parent_id) for one in shown.values()} == expected
        for wanted in (AccountFilter(), AccountFilter(grade=Grade.G3A), AccountFilter(parent_id=self.accounts[0])):
            found = await self.everything(
                lambda page, wanted=wanted: list_accounts(read, page, wanted, day, known_at=known_at)
            )
            assert {one.id for one in found} == {
                identifier
                for identifier, (_, _, grade, parent_id) in expected.items()
                if wanted.grade in (None, grade) and wanted.parent_id in (None, parent_id)
            }
        entries = await self.everything(lambda page: search_directory(read, page, None, day, known_at))
        assert {one.id for one in entries} == expected.keys()
        for account_id in expected:
            hierarchy = await hierarchy_of(read, account_id, day, known_at)
            assert [node.id for node in hierarchy.ancestors] == above(world, account_id, day)
            assert {node.id for node in hierarchy.descendants} == below(world, account_id, day)


NAMES = ("beds", "stage", "grade", "parent", "move", "second", "leave", "role", "cover", "hand_over", "uncover")
_days = st.dates(SOONEST + timedelta(days=1), LAST)
_commands = st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 11), _days, st.integers(0, 3))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(_commands, min_size=5, max_size=30),
    st.lists(st.tuples(st.dates(FIRST, LAST), st.integers(0, 45), st.integers(-1, 1)), min_size=4, max_size=8),
)
def test_the_answer_of_any_date_at_any_instant_is_that_of_replaying_the_commands(
    commands: list[tuple[str, int, int, date, int]], questions: list[tuple[date, int, int]]
):
    async def play() -> None:
        desk = Desk()
        await desk.begin()
        for command in commands:
            await desk.attempt(*command)
        for day, entry, beside in questions:
            recorded_us = desk.log[entry % len(desk.log)][0]
            await desk.check(day, from_microseconds(recorded_us + beside))

    asyncio.run(play())
