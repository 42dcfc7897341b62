"""What is said of an institution and its departments, with the limits of what can be true."""

from typing import Annotated

from contracts.ids import DepartmentId
from contracts.values import DivisionCode, GeoPoint, Grade
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from customer.accounts.tags import Tags
from customer.texts import Line, Name, ShortText

RegistrationCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z][0-9A-Z-]{3,31}$")]
"""The code under which authorities keep the institution, such as the 18-digit social credit code."""
Beds = Annotated[int, Field(ge=0, le=50_000)]
OutpatientVisits = Annotated[int, Field(ge=0, le=50_000_000)]
"""Per year."""
Discharges = Annotated[int, Field(ge=0, le=5_000_000)]
"""Per year."""

Patients = Annotated[int, Field(ge=0, le=5_000_000)]
"""Per year."""

MAX_DEPARTMENTS = 200
MAX_INDICATIONS = 50


class AccountFacts(BaseModel):
    """What may be told of an institution and need not be."""

    model_config = ConfigDict(extra="forbid")

    grade: Grade = Grade.UNGRADED
    code: RegistrationCode | None = None
    division_code: DivisionCode | None = None
    address: Line | None = None
    telephone: ShortText | None = None
    location: GeoPoint | None = None
    beds: Beds | None = None
    outpatient_visits: OutpatientVisits | None = None
    discharges: Discharges | None = None
    tags: Tags = Field(default_factory=list[str])


class Indicated(BaseModel):
    """Patients of one indication in a year."""

    model_config = ConfigDict(extra="forbid")

    indication: ShortText
    patients: Patients


class DepartmentFacts(BaseModel):
    """What is said of a department."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    specialty: ShortText | None = None
    outpatient_visits: OutpatientVisits | None = None
    discharges: Discharges | None = None
    patients: Annotated[list[Indicated], Field(max_length=MAX_INDICATIONS)] = Field(default_factory=list[Indicated])


class DepartmentEntry(DepartmentFacts):
    """A department in a list that replaces another; with the `id` of one there it is that one, renamed perhaps."""

    id: DepartmentId | None = None
