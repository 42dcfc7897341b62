"""What belongs to an institution and goes with it: departments, affiliations of contacts, alignments."""

from dataclasses import dataclass

from chassis.work import UnitOfWork
from contracts.events.customer import ContactCorrected

from customer.accounts.model import Account, Department
from customer.alignments.coverage import Coverage
from customer.alignments.model import Alignment
from customer.alignments.timeline import Assignment, NotCovered, ended
from customer.contacts.affiliations import Affiliation
from customer.contacts.model import Contact
from customer.contacts.visibility import restamp
from customer.merging.model import Adjustment, Child, Merge, Side
from customer.texts import normalised

LONGEST_NAME = 200


@dataclass
class Staff:
    """Everybody with an affiliation at one of two institutions, merged contacts included."""

    contacts: dict[str, Contact]

    @classmethod
    async def of(cls, account_ids: tuple[str, ...], work: UnitOfWork) -> "Staff":
        """The staff of institutions, whoever asks."""
        found = await work.survey(Contact, {"affiliations.account_id": {"$in": sorted(account_ids)}})
        return cls({one.id: one for one in found})

    def at(self, account_id: str) -> list[Affiliation]:
        """All affiliations with an institution."""
        return [job for one in self.contacts.values() for job in one.affiliations if job.account_id == account_id]

    def rehome(self, moves: dict[str, tuple[str, str | None]]) -> set[str]:
        """Give affiliations, by their ids, another institution and department; whose these were."""
        touched: set[str] = set()
        for contact in self.contacts.values():
            if not any(job.id in moves for job in contact.affiliations):
                continue
            touched.add(contact.id)
            contact.affiliations = [
                job.model_copy(update=dict(zip(("account_id", "department_id"), moves[job.id], strict=True)))
                if job.id in moves
                else job
                for job in contact.affiliations
            ]
        return touched

    async def save(self, touched: set[str], work: UnitOfWork, reason: str) -> None:
        """Save who was touched, seen from now on where the institutions are."""
        for identifier in sorted(touched):
            contact = self.contacts[identifier]
            await restamp(contact, work)
            work.save(contact, ContactCorrected(contact=contact.state(), changed=["affiliations"]), reason=reason)


def take_departments(survivor: Account, merged: Account) -> tuple[list[Child], list[Adjustment]]:
    """The survivor gets the merged one's departments; one whose name is taken is told by where it came from."""
    taken = {normalised(one.name) for one in survivor.departments}
    adjustments: list[Adjustment] = []
    arrived: list[Department] = []
    for department in merged.departments:
        name = _free_name(department.name, merged.name, taken)
        taken.add(normalised(name))
        if name != department.name:
            adjustments.append(Adjustment(id=department.id, before={"name": department.name}, after={"name": name}))
        arrived.append(department.model_copy(update={"name": name}))
    children = [Child(kind="department", id=one.id) for one in merged.departments]
    survivor.departments = [*survivor.departments, *arrived]
    merged.departments = []
    return children, adjustments


def give_departments(survivor: Account, merged: Account, merge: Merge, homes: dict[str, Side]) -> None:
    """Departments go where `homes` says."""
    leaving = [one for one in survivor.departments if homes.get(one.id) == "merged"]
    survivor.departments = [one for one in survivor.departments if homes.get(one.id) != "merged"]
    taken: set[str] = set()
    for department in leaving:
        again = merge.before_fitting(department.id, {"name": department.name})
        name = _free_name(again.get("name", department.name), survivor.name, taken)
        taken.add(normalised(name))
        merged.departments = [*merged.departments, department.model_copy(update={"name": name})]


def _free_name(name: str, of: str, taken: set[str]) -> str:
    """The name, or the name with an institution's in brackets and, where that is taken too, a number."""
    if normalised(name) not in taken:
        return name
    number = 1
    while True:
        more = f"（{of}）" if number == 1 else f"（{of} {number}）"
        told = name[: LONGEST_NAME - len(more)] + more if len(more) < LONGEST_NAME // 2 else f"{name[:150]} {number}"
        if normalised(told) not in taken:
            return told
        number += 1


def take_alignments(
    coverage: Coverage, survivor: Account, merged: Account, work: UnitOfWork
) -> tuple[list[Child], list[Adjustment], list[str]]:
    """Alignments for lines that the survivor has none for go there; the others end today, at home."""
    lines = {one.line_id for one in _of(coverage, survivor.id)}
    children: list[Child] = []
    adjustments: list[Adjustment] = []
    set_aside: list[str] = []
    for alignment in _of(coverage, merged.id):
        before = [one.model_dump(mode="json") for one in alignment.assignments]
        if alignment.line_id not in lines:
            alignment.belong_to(survivor.id)
            children.append(Child(kind="alignment", id=alignment.id))
            coverage.change(alignment, alignment.changed(work.today), on=work.today)
            continue
        set_aside.append(alignment.id)
        try:
            event = alignment.rewrite(ended(alignment.assignments, on=work.today), work.today)
        except NotCovered:
            continue
        after = [one.model_dump(mode="json") for one in alignment.assignments]
        adjustments.append(Adjustment(id=alignment.id, before={"assignments": before}, after={"assignments": after}))
        coverage.change(alignment, event, on=work.today)
    return children, adjustments, set_aside


def give_alignments(
    coverage: Coverage, merged: Account, merge: Merge, homes: dict[str, Side], work: UnitOfWork
) -> None:
    """Alignments go where `homes` says, and those that were ended for the merge go on unless they were changed since."""
    for alignment in coverage.alignments.values():
        if homes.get(alignment.id) == "merged":
            alignment.belong_to(merged.id)
            coverage.change(alignment, alignment.changed(work.today), on=work.today)
        present = {"assignments": [one.model_dump(mode="json") for one in alignment.assignments]}
        again = merge.before_fitting(alignment.id, present)
        if again:
            assignments = [Assignment.model_validate(one) for one in again["assignments"]]
            coverage.change(alignment, alignment.rewrite(assignments, work.today), on=work.today)


def _of(coverage: Coverage, account_id: str) -> list[Alignment]:
    return [one for one in coverage.alignments.values() if one.account_id == account_id]
