"""Reads of the hierarchy: what stands above and below an institution on a date, in the words of the directory."""

from datetime import date, datetime

from chassis.clock import to_microseconds
from chassis.journal import version_at
from chassis.reads import Reads
from contracts.values import AccountKind, Grade, Stage
from pydantic import BaseModel

from customer.accounts.model import Account
from customer.accounts.queries import SortedPage
from customer.hierarchy.ancestry import MAX_LEVELS

MAX_DESCENDANTS = 1_000


class HierarchyNode(BaseModel):
    """An institution above (`level` −1: its parent) or below (`level` 1: its child) the one asked about."""

    id: str
    name: str
    kind: AccountKind
    grade: Grade | None
    stage: Stage | None
    parent_id: str | None
    level: int

    @classmethod
    def of(cls, account: Account, on: date, level: int) -> "HierarchyNode":
        """The node of an institution as of a date."""
        return cls(
            id=account.id,
            name=account.name,
            kind=account.kind,
            grade=account.grade_on(on),
            stage=account.stage_on(on),
            parent_id=account.parent_on(on),
            level=level,
        )


class Hierarchy(BaseModel):
    """What stands above, nearest first, and below, level by level; `complete` is false when there is more below."""

    account_id: str
    as_of: date
    ancestors: list[HierarchyNode]
    descendants: list[HierarchyNode]
    complete: bool


async def hierarchy_of(read: Reads, account_id: str, on: date, known_at: datetime | None = None) -> Hierarchy:
    """The hierarchy around an institution of the caller's scope; the others are shown as the directory shows them.

    Raises: NotFound; BadRequest for a `known_at` in the future.
    """
    account = await read.at(Account, account_id, known_at=known_at)
    ancestors: list[HierarchyNode] = []
    seen = {account.id}
    parent_id = account.parent_on(on)
    while parent_id is not None and parent_id not in seen and len(ancestors) < MAX_LEVELS:
        parent = await _believed(read, parent_id, known_at)
        if parent is None:
            break
        seen.add(parent.id)
        ancestors.append(HierarchyNode.of(parent, on, -1 - len(ancestors)))
        parent_id = parent.parent_on(on)
    descendants, complete = await _below(read, account.id, on, known_at)
    return Hierarchy(account_id=account.id, as_of=on, ancestors=ancestors, descendants=descendants, complete=complete)


async def _believed(read: Reads, account_id: str, known_at: datetime | None) -> Account | None:
    if known_at is None:
        return await read.directory(Account, {"_id": account_id})
    return await version_at(read.store, Account, account_id, to_microseconds(known_at))


async def _below(read: Reads, account_id: str, on: date, known_at: datetime | None) -> tuple[list[HierarchyNode], bool]:
    found: list[HierarchyNode] = []
    seen, level = {account_id}, [account_id]
    for depth in range(1, MAX_LEVELS + 1):
        rows, more = await _ever_below(read, level, known_at)
        parents = set(level)
        children = [one for one in rows if one.parent_on(on) in parents and one.id not in seen]
        found += [HierarchyNode.of(child, on, depth) for child in children]
        if more or len(found) > MAX_DESCENDANTS:
            return found[:MAX_DESCENDANTS], False
        level = [child.id for child in children]
        seen.update(level)
        if not level:
            break
    return found, True


async def _ever_below(read: Reads, level: list[str], known_at: datetime | None) -> tuple[list[Account], bool]:
    """Institutions that belong, at whatever time, to one of the level, and whether there are more of them."""
    page = SortedPage(MAX_DESCENDANTS, None, None)
    named = "parents.parent_id" if known_at is None else "parents_named"
    rows = await read.page(Account, {named: {"$in": level}}, page, out=_itself, directory=True)
    present: list[Account] = rows["items"]
    if known_at is None:
        return present, rows["next"] is not None
    believed = [await _believed(read, one.id, known_at) for one in present]
    return [one for one in believed if one is not None], rows["next"] is not None


def _itself(account: Account) -> Account:
    return account
