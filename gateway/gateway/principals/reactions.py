"""What employees and units do at customer, as far as signing in depends on it."""

from chassis.reactions import reacts_to
from chassis.work import UnitOfWork
from contracts.events.customer import (
    EmployeeHired,
    EmployeeReassigned,
    EmployeeState,
    UnitCreated,
    UnitMoved,
    UnitPathChanged,
    UnitRenamed,
    UnitState,
)

from gateway.principals.model import KnownUnit, Login, Position


@reacts_to(EmployeeHired)
async def learn_hired(event: EmployeeHired, work: UnitOfWork) -> None:
    """Somebody may come in, once the invitation has been answered."""
    login = _login(event.employee, work)
    login.invitation_sha256 = event.invitation_sha256
    login.invitation_expires_at = event.invitation_expires_at
    await work.put(login)


@reacts_to(EmployeeReassigned)
async def learn_reassigned(event: EmployeeReassigned, work: UnitOfWork) -> None:
    """Roles, unit or the end of the position changed; running sessions see it at their next requests."""
    login = _login(event.employee, work)
    known = await work.get_replica(Login, login.id)
    if known is not None:
        login.invitation_sha256 = known.invitation_sha256
        login.invitation_expires_at = known.invitation_expires_at
    await work.put(login)


@reacts_to(UnitCreated)
async def learn_unit(event: UnitCreated, work: UnitOfWork) -> None:
    """A unit has a name."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitRenamed)
async def learn_renamed(event: UnitRenamed, work: UnitOfWork) -> None:
    """A unit has another name."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitMoved)
async def learn_moved(event: UnitMoved, work: UnitOfWork) -> None:
    """A unit stands elsewhere."""
    await _keep_unit(event.unit, work)


@reacts_to(UnitPathChanged)
async def learn_path(event: UnitPathChanged, work: UnitOfWork) -> None:
    """A unit above it stands elsewhere."""
    await _keep_unit(event.unit, work)


async def _keep_unit(unit: UnitState, work: UnitOfWork) -> None:
    await work.put(
        KnownUnit(
            id=unit.unit_id, sequence=work.cause.sequence or 0, name=unit.name, kind=unit.kind.value, path=unit.path
        )
    )


def _login(employee: EmployeeState, work: UnitOfWork) -> Login:
    return Login(
        id=employee.employee_id,
        sequence=work.cause.sequence or 0,
        username=employee.username,
        roles=employee.roles,
        unit_id=employee.unit_id,
        unit_path=employee.unit_path,
        valid_from=employee.valid_from,
        valid_to=employee.valid_to,
        positions=[Position(**dict(one)) for one in employee.positions],
        leaves_on=employee.leaves_on,
        closed_on=employee.closed_on,
        learned_at=work.now,
    )
