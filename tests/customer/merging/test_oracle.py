"""Merges, edits made since and undoing in any order, against an oracle of trees.

The oracle keeps every value where it belongs at once: a merge is a node over two trees, an edit walks down to the leaves
whose values are seen, and undoing takes the node apart. It knows nothing of states, versions or comparisons.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from chassis.testing import FakeUnitOfWork, a_steward
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.model import Account
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.model import Contact
from customer.merging.merge_entries import MergeEntries, merge_entries
from customer.merging.model import LaterMerge
from customer.merging.undo_merge import UndoMerge, undo_merge
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.customer.builders import an_account, the_units

ACCOUNTS = ("acc_1", "acc_2", "acc_3")
FIELDS = ("beds", "telephone")


@dataclass
class Leaf:
    """An institution by itself."""

    values: dict[str, Any]
    children: set[str] = field(default_factory=set[str])

    def see(self, name: str) -> Any:
        return self.values[name]

    def edit(self, name: str, value: Any) -> None:
        self.values[name] = value

    def all(self) -> set[str]:
        return self.children

    def take(self, child: str, beside: str | None = None) -> bool:
        if beside is None or beside in self.children:
            self.children.add(child)
            return True
        return False


@dataclass
class Node:
    """An institution that has absorbed another."""

    survivor: "Leaf | Node"
    merged: "Leaf | Node"
    chosen: dict[str, str]
    equal: dict[str, bool]

    def see(self, name: str) -> Any:
        return (self.merged if self.chosen[name] == "merged" else self.survivor).see(name)

    def edit(self, name: str, value: Any) -> None:
        if self.equal[name] or self.chosen[name] == "survivor":
            self.survivor.edit(name, value)
        if self.equal[name] or self.chosen[name] == "merged":
            self.merged.edit(name, value)

    def all(self) -> set[str]:
        return self.survivor.all() | self.merged.all()

    def take(self, child: str, beside: str | None = None) -> bool:
        return self.survivor.take(child, beside) or (beside is not None and self.merged.take(child, beside))


class World:
    """The use cases on one side, the oracle on the other."""

    def __init__(self) -> None:
        self.work = FakeUnitOfWork(principal=a_steward())
        self.trees: dict[str, Leaf | Node] = {}
        self.merges: list[tuple[str, str, str]] = []
        self.made = 0

    async def begin(self, values: list[dict[str, Any]]) -> None:
        for unit in the_units():
            await self.work.given(unit)
        for number, (identifier, facts) in enumerate(zip(ACCOUNTS, values, strict=True)):
            await self.work.given(an_account(identifier, departments=(f"dep_{number}",), **facts))
            self.trees[identifier] = Leaf(dict(facts), {f"dep_{number}"})

    async def do(self, use_case: Any, command: Any) -> Any:
        value = await use_case(command, self.work)
        await self.work.commit()
        self.work = self.work.next()
        return value

    async def merge(self, survivor: str, gone: str, chosen: dict[str, str]) -> None:
        if survivor == gone or survivor not in self.trees or gone not in self.trees:
            return
        command = MergeEntries(kind="account", survivor_id=survivor, merged_id=gone, fields=chosen)
        merge = await self.do(merge_entries, command)
        one, other = self.trees[survivor], self.trees.pop(gone)
        equal = {name: one.see(name) == other.see(name) for name in FIELDS}
        self.trees[survivor] = Node(one, other, chosen, equal)
        self.merges.append((merge.id, survivor, gone))

    async def edit(self, identifier: str, name: str, value: Any) -> None:
        if identifier in self.trees:
            await self.do(correct_account, CorrectAccount(account_id=identifier, **{name: value}))
            self.trees[identifier].edit(name, value)

    async def open_department(self, identifier: str) -> None:
        if identifier in self.trees:
            self.made += 1
            there = await self.account(identifier)
            entries = [{"id": one.id, "name": one.name} for one in there.departments]
            command = CorrectAccount(account_id=identifier, departments=[*entries, {"name": f"new {self.made}"}])
            after = await self.do(correct_account, command)
            self.trees[identifier].take(after.departments[-1].id)

    async def hire(self, identifier: str, department: int) -> None:
        if identifier in self.trees:
            departments = (await self.account(identifier)).departments
            chosen = departments[department].id if department < len(departments) else None
            place = {"account_id": identifier, "department_id": chosen}
            contact = await self.do(create_contact, CreateContact(name="王", affiliation=place))
            self.trees[identifier].take(contact.affiliations[0].id, chosen)

    async def undo(self, number: int) -> None:
        if not self.merges:
            return
        identifier, survivor, gone = self.merges[number % len(self.merges)]
        top = self.trees.get(survivor)
        last = max((at for at, one in enumerate(self.merges) if one[1] == survivor), default=None)
        if top is None or self.merges[last or 0][0] != identifier:
            try:
                await undo_merge(UndoMerge(merge_id=identifier), self.work)
            except LaterMerge:
                self.work = self.work.next()
                return
            raise AssertionError("a merge was undone before a later one")
        await self.do(undo_merge, UndoMerge(merge_id=identifier))
        assert isinstance(top, Node)
        self.trees[survivor], self.trees[gone] = top.survivor, top.merged
        self.merges = [one for one in self.merges if one[0] != identifier]

    async def account(self, identifier: str) -> Account:
        (found,) = await self.work.survey(Account, {"_id": identifier})
        return found

    async def check(self) -> None:
        """Every institution that stands for itself shows what its tree says, and the others show nothing."""
        people = await self.work.survey(Contact, {})
        for identifier in ACCOUNTS:
            there = await self.account(identifier)
            jobs = {job.id for one in people for job in one.affiliations if job.account_id == identifier}
            tree = self.trees.get(identifier)
            if tree is None:
                assert there.is_merged
                assert (there.departments, jobs) == ([], set())
                continue
            assert not there.is_merged
            assert {name: getattr(there, name) for name in FIELDS} == {name: tree.see(name) for name in FIELDS}
            assert {one.id for one in there.departments} | jobs == tree.all()


_accounts = st.sampled_from(ACCOUNTS)
_beds, _telephones = st.sampled_from([10, 20, 30, None]), st.sampled_from(["1", "2", None])
_sides = st.fixed_dictionaries({name: st.sampled_from(["survivor", "merged"]) for name in FIELDS})
_steps = st.one_of(
    st.tuples(st.just("merge"), _accounts, _accounts, _sides),
    st.tuples(st.just("edit"), _accounts, st.just("beds"), _beds),
    st.tuples(st.just("edit"), _accounts, st.just("telephone"), _telephones),
    st.tuples(st.just("open_department"), _accounts),
    st.tuples(st.just("hire"), _accounts, st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"beds": _beds, "telephone": _telephones}), min_size=3, max_size=3),
    _sides,
    st.lists(_steps, min_size=12, max_size=30),
)
def test_whatever_happens_between_merging_and_undoing_everybody_gets_their_own_back(
    values: list[dict[str, Any]], chosen: dict[str, str], steps: list[tuple[Any, ...]]
):
    async def play() -> None:
        world = World()
        await world.begin(values)
        await world.merge("acc_1", "acc_2", chosen)
        for name, *arguments in steps:
            await getattr(world, name)(*arguments)
            await world.check()
        for _ in range(len(world.merges)):
            for number in reversed(range(len(world.merges))):
                await world.undo(number)
        await world.check()
        assert world.merges == []

    asyncio.run(play())
