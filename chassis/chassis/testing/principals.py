"""Principals for tests."""

from contracts.roles import Role

from chassis.principal import Principal, scope_paths

HQ_PATH = "/unt_hq/"
NORTH = "/unt_hq/unt_north/"
SOUTH = "/unt_hq/unt_south/"


def _a(role: Role, path: str, employee_id: str) -> Principal:
    roles = frozenset({role})
    return Principal(
        subject=employee_id,
        employee_id=employee_id,
        username=employee_id.removeprefix("emp_"),
        roles=roles,
        unit_id=path.strip("/").split("/")[-1],
        unit_path=path,
        paths=scope_paths(roles, path),
    )


def a_rep(path: str = NORTH + "unt_t1/", employee_id: str = "emp_rep") -> Principal:
    """A representative of the territory at `path`."""
    return _a(Role.REP, path, employee_id)


def a_manager(path: str = NORTH, employee_id: str = "emp_manager") -> Principal:
    """A manager of the subtree at `path`."""
    return _a(Role.MANAGER, path, employee_id)


def a_steward(path: str = HQ_PATH, employee_id: str = "emp_steward") -> Principal:
    """A steward of master data."""
    return _a(Role.STEWARD, path, employee_id)


def an_hq(path: str = HQ_PATH, employee_id: str = "emp_hq") -> Principal:
    """Somebody of the head office."""
    return _a(Role.HQ, path, employee_id)


def an_admin(path: str = HQ_PATH, employee_id: str = "emp_admin") -> Principal:
    """An administrator."""
    return _a(Role.ADMIN, path, employee_id)


def an_auditor(path: str = HQ_PATH, employee_id: str = "emp_auditor") -> Principal:
    """An auditor."""
    return _a(Role.AUDITOR, path, employee_id)
