"""Reads of the hierarchy: what stands above and below an institution on a date, in the words of the directory."""

from datetime import date

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


async def hierarchy_of(read: Reads, account_id: str, on: date) -> Hierarchy:
    """The hierarchy around an institution of the caller's scope; the others are shown as the directory shows them.

    Raises: NotFound.
    """
    account = await read.get(Account, account_id)
    ancestors: list[HierarchyNode] = []
    seen = {account.id}
    parent_id = account.parent_on(on)
    while parent_id is not None and parent_id not in seen and len(ancestors) < MAX_LEVELS:
        parent = await read.directory(Account, {"_id": parent_id})
        if parent is None:
            break
        seen.add(parent.id)
        ancestors.append(HierarchyNode.of(parent, on, -1 - len(ancestors)))
        parent_id = parent.parent_on(on)
    descendants, complete = await _below(read, account.id, on)
    return Hierarchy(account_id=account.id, as_of=on, ancestors=ancestors, descendants=descendants, complete=complete)


async def _below(read: Reads, account_id: str, on: date) -> tuple[list[HierarchyNode], bool]:
    found: list[HierarchyNode] = []
    seen, level = {account_id}, [account_id]
    for depth in range(1, MAX_LEVELS + 1):
        page = SortedPage(MAX_DESCENDANTS, None, None)
        rows = await read.page(Account, {"parents.parent_id": {"$in": level}}, page, out=_itself, directory=True)
        parents = set(level)
        children = [one for one in rows["items"] if one.parent_on(on) in parents and one.id not in seen]
        found += [HierarchyNode.of(child, on, depth) for child in children]
        if rows["next"] or len(found) > MAX_DESCENDANTS:
            return found[:MAX_DESCENDANTS], False
        level = [child.id for child in children]
        seen.update(level)
        if not level:
            break
    return found, True


def _itself(account: Account) -> Account:
    return account
