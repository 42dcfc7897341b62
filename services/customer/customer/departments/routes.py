"""HTTP of departments. Their ETag is that of their institution, whose document they live in."""

from chassis.http import Answer, Body, Page, Permission, Read, Router, Run

from customer.accounts.facts import DepartmentFacts
from customer.accounts.model import Account, UnknownDepartment
from customer.accounts.shapes import DepartmentOut
from customer.departments.close_department import CloseDepartment, close_department
from customer.departments.correct_department import CorrectDepartment, DepartmentCorrections, correct_department
from customer.departments.open_department import OpenDepartment, open_department
from customer.timetravel import AsOf, KnownAt

router = Router(prefix="/accounts/{account_id}/departments", tags=["accounts"])


class DepartmentBody(DepartmentFacts, Body):
    """A department to open."""


class DepartmentCorrectionsBody(DepartmentCorrections, Body):
    """What to correct: the fields that are sent change, null clears what may be empty."""


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=Page[DepartmentOut])
async def get_departments(account_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """The departments, with the knowledge asked for; they have no dates, so that every `as_of` shows the same."""
    account = await read.at(Account, account_id, known_at=known_at)
    return Answer({"items": [DepartmentOut.of(one) for one in account.departments], "next": None})


@router.post("", status_code=201, permission=Permission.ACCOUNTS_WRITE, response_model=DepartmentOut)
async def post_department(account_id: str, body: DepartmentBody, run: Run) -> Answer:
    """Open a department."""
    command = OpenDepartment(account_id=account_id, **body.fields())
    account = await run(open_department, command, subject=account_id, locks=[account_id])
    opened = account.departments[-1]
    return Answer(DepartmentOut.of(opened), version=account.version, location=opened.id)


@router.get("/{department_id}", permission=Permission.ACCOUNTS_READ, response_model=DepartmentOut)
async def get_department(
    account_id: str, department_id: str, read: Read, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """One department, with the knowledge asked for."""
    account = await read.at(Account, account_id, known_at=known_at)
    return _shown(account, department_id, etag=known_at is None)


@router.patch("/{department_id}", permission=Permission.ACCOUNTS_WRITE, response_model=DepartmentOut)
async def patch_department(account_id: str, department_id: str, body: DepartmentCorrectionsBody, run: Run) -> Answer:
    """Correct facts of a department; `If-Match` speaks of the institution's version."""
    command = CorrectDepartment(account_id=account_id, department_id=department_id, **body.fields())
    account = await run(correct_department, command, subject=account_id, require_match=True, locks=[account_id])
    return _shown(account, department_id)


@router.delete("/{department_id}", status_code=204, permission=Permission.ACCOUNTS_WRITE)
async def delete_department(account_id: str, department_id: str, run: Run) -> Answer:
    """Close a department in which nobody works; history keeps it."""
    command = CloseDepartment(account_id=account_id, department_id=department_id)
    account = await run(close_department, command, subject=account_id, require_match=True, locks=[account_id])
    return Answer(None, version=account.version)


def _shown(account: Account, department_id: str, *, etag: bool = True) -> Answer:
    department = account.department(department_id)
    if department is None:
        raise UnknownDepartment
    return Answer(DepartmentOut.of(department), version=account.version if etag else None)
