"""What a merge does to two institutions and everything that belongs to them."""

from chassis.work import UnitOfWork
from contracts.events.customer import AccountMerged

from customer.accounts.model import Account
from customer.alignments.coverage import Coverage
from customer.merging.account_children import Staff, take_alignments, take_departments
from customer.merging.account_followers import Followers, refuse_circles
from customer.merging.fields import EXACT_KEYS, choose
from customer.merging.model import Child, Merge, StillClosing


async def merge_accounts(
    merge: Merge, survivor: Account, merged: Account, work: UnitOfWork, reason: str | None
) -> None:
    """Give the survivor the values and children that are to be its own, and leave a sign behind."""
    for one in (survivor, merged):
        if one.closing is not None:
            raise StillClosing(account_id=one.id)
    await refuse_circles(survivor, merged.id, work)
    followers = await Followers.of((survivor.id, merged.id), work)
    coverage = await Coverage.of([survivor.id, merged.id], work)
    staff = await Staff.of((survivor.id, merged.id), work)
    before = survivor.model_copy(deep=True)
    merge.kept = [
        *(one.id for one in survivor.departments),
        *(job.id for job in staff.at(survivor.id)),
        *(one.id for one in coverage.alignments.values() if one.account_id == survivor.id),
        *followers.ids_at(survivor.id),
    ]
    choose(survivor, merged, merge.fields)
    departments, renamed = take_departments(survivor, merged)
    arriving = staff.at(merged.id)
    touched = staff.rehome({job.id: (survivor.id, job.department_id) for job in arriving})
    alignments, shortened, merge.set_aside = take_alignments(coverage, survivor, merged, work)
    following, dated = followers.take(survivor.id, merged.id)
    merge.children = [
        *departments,
        *following,
        *(Child(kind="affiliation", id=job.id) for job in arriving),
        *alignments,
    ]
    merge.adjustments = [*renamed, *shortened, *dated]
    for violation in survivor.broken_rules():
        work.collect([violation])
    work.check()

    for field in EXACT_KEYS["account"]:
        setattr(merged, field, None)
    merged.point_to(survivor.id, on=work.today, recorded=work.now)
    told = AccountMerged(account=merged.state(work.today), merge_id=merge.id, on=work.today)
    work.save(merged, told, valid_from=work.today, reason=reason)  # first: it lets go of what the survivor may take
    changed = survivor.changed_since(before)
    work.save(survivor, *([survivor.corrected(changed, work.today)] if changed else []), reason=reason)
    await coverage.write(work)
    followers.save(survivor, merged, work)
    await staff.save(touched, work, reason or "merged")
