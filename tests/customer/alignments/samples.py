"""Territories, their representatives and a product line for the tests of alignments."""

from datetime import date

from chassis.aggregate import Aggregate
from chassis.testing.principals import NORTH, SOUTH
from contracts.roles import Role
from contracts.values import UnitKind
from customer.employees.model import Employee
from customer.employees.positions import Position
from customer.lines.model import Line
from customer.units.model import Unit

from tests.customer.builders import TODAY, a_unit, day

T1, T2, T3 = NORTH + "unt_t1/", NORTH + "unt_t2/", SOUTH + "unt_t3/"
"""Two territories of the north and one of the south."""


def a_territory(path: str) -> Unit:
    """A territory at a path."""
    above = a_unit("/".join(path.split("/")[:-2]) + "/")
    return Unit.open(id=path.split("/")[-2], name=path.split("/")[-2], kind=UnitKind.TERRITORY, parent=above)


def an_employee(id: str, path: str, since: str = "2020-01-01", until: date | None = None) -> Employee:
    """A representative whose position is at a path."""
    return Employee.hire(
        id=id,
        name="李雷",
        username=id.replace("_", "."),
        position=Position(
            id=f"pos_{id.removeprefix('emp_')}",
            unit_id=path.strip("/").split("/")[-1],
            unit_path=path,
            roles=[Role.REP],
            valid_from=day(since),
            valid_to=until,
        ),
        invitation=None,
        today=TODAY,
    )


def a_line(id: str = "lin_1") -> Line:
    """A product line."""
    return Line.open(id=id, name=id, code=id.replace("_", "-").upper())


def the_field() -> list[Aggregate]:
    """Three territories with one representative each, and two lines."""
    return [
        *(a_territory(path) for path in (T1, T2, T3)),
        an_employee("emp_1", T1),
        an_employee("emp_2", T2),
        an_employee("emp_3", T3),
        a_line("lin_1"),
        a_line("lin_2"),
    ]
