"""What the undoing of a merge does to two institutions and everything that belongs to them."""

from chassis.work import UnitOfWork
from contracts.events.customer import AccountUnmerged

from customer.accounts.model import Account
from customer.alignments.coverage import Coverage
from customer.contacts.affiliations import Affiliation
from customer.merging.account_children import Staff, give_alignments, give_departments
from customer.merging.account_followers import Followers
from customer.merging.fields import divide_fields
from customer.merging.homes import Homes
from customer.merging.model import DividedField, Merge, Side


async def undo_accounts(
    merge: Merge,
    survivor: Account,
    merged: Account,
    before: tuple[Account, Account],
    homes: Homes,
    work: UnitOfWork,
    reason: str | None,
) -> list[DividedField]:
    """Give both institutions their values and children; what became of the fields."""
    followers = await Followers.of((survivor.id, merged.id), work)
    coverage = await Coverage.of([survivor.id, merged.id], work)
    staff = await Staff.of((survivor.id, merged.id), work)
    present = survivor.model_copy(deep=True)
    sides = _sides(survivor, staff, coverage, followers, homes)
    homes.judge(sides, work)
    work.check()

    fields = divide_fields(survivor, merged, before, merge.fields)
    give_departments(survivor, merged, merge, sides)
    departments = {
        "survivor": {one.id for one in survivor.departments},
        "merged": {one.id for one in merged.departments},
    }
    moves: dict[str, tuple[str, str | None]] = {}
    for job in staff.at(survivor.id):
        side = sides[job.id]
        department = job.department_id if job.department_id in departments[side] else None
        home = merged.id if side == "merged" else survivor.id
        if (home, department) != (job.account_id, job.department_id):
            moves[job.id] = (home, department)
    touched = staff.rehome(moves)
    give_alignments(coverage, merged, merge, sides, work)
    followers.give(survivor.id, merged.id, merge, sides)
    merged.stand_again(before[1], work.today)
    for entry in (survivor, merged):
        work.collect(entry.broken_rules())
    work.check()

    changed = survivor.changed_since(present)
    work.save(survivor, *([survivor.corrected(changed, work.today)] if changed else []), reason=reason)
    told = AccountUnmerged(account=merged.state(work.today), merge_id=merge.id, was_survivor_id=survivor.id)
    work.save(merged, told, reason=reason)  # second: it takes back what the survivor lets go of
    await coverage.write(work)
    followers.save(survivor, merged, work)
    await staff.save(touched, work, reason or "merge undone")
    return fields


def _sides(survivor: Account, staff: Staff, coverage: Coverage, followers: Followers, homes: Homes) -> dict[str, Side]:
    """Where every child of the survivor goes; an affiliation made since goes along with its department."""
    sides: dict[str, Side] = {}
    for department in survivor.departments:
        sides[department.id] = homes.of(department.id)
        homes.tell("department", department.id, sides[department.id])
    for job in staff.at(survivor.id):
        sides[job.id] = homes.of(job.id, follows=_department_side(job, sides))
        homes.tell("affiliation", job.id, sides[job.id])
    for alignment in coverage.alignments.values():
        if alignment.account_id == survivor.id:
            sides[alignment.id] = homes.of(alignment.id)
            homes.tell("alignment", alignment.id, sides[alignment.id])
    for kind, identifier in followers.told_at(survivor.id):
        sides[identifier] = homes.of(identifier)
        homes.tell(kind, identifier, sides[identifier])
    return sides


def _department_side(job: Affiliation, sides: dict[str, Side]) -> Side | None:
    return sides.get(job.department_id) if job.department_id is not None else None
