"""Value types that several services speak: money, points, stamps and the closed vocabularies of the core."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Value(BaseModel):
    """An immutable value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
"""Administrative division, GB/T 2260: province, prefecture and county in two digits each."""


class Money(Value):
    """An amount in minor units (fen for CNY) of an ISO 4217 currency."""

    amount: int = Field(ge=-(10**15), le=10**15)
    currency: Currency = "CNY"


class GeoPoint(Value):
    """WGS 84, in degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


ANY_LINE = "*"
"""Stands for every product line."""


class Stamp(Value):
    """Who may see a row: everybody whose scope covers `path` (`/unt_a/unt_b/`) for product line `line` (`*` = any)."""

    line: str = ANY_LINE
    path: str = Field(pattern=r"^/([^/]+/)*$")


class UnitKind(StrEnum):
    """Level of an organisation unit, from the head office down."""

    HQ = "hq"
    REGION = "region"
    DISTRICT = "district"
    OFFICE = "office"
    TERRITORY = "territory"


class AccountKind(StrEnum):
    """What an institution is."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    STORE = "store"
    DISTRIBUTOR = "distributor"


class Grade(StrEnum):
    """Grade of a Chinese hospital: level 1–3 and class A–C (三级甲等 = `3A`), or `ungraded`."""

    G3A = "3A"
    G3B = "3B"
    G3C = "3C"
    G2A = "2A"
    G2B = "2B"
    G2C = "2C"
    G1A = "1A"
    G1B = "1B"
    G1C = "1C"
    UNGRADED = "ungraded"


class Stage(StrEnum):
    """Life-cycle stage of an institution (客户生命周期)."""

    PROSPECT = "prospect"
    DEVELOPING = "developing"
    ACTIVE = "active"
    DORMANT = "dormant"
    CLOSING = "closing"
    CLOSED = "closed"
    MERGED = "merged"


class ContactStatus(StrEnum):
    """Whether a contact is worked with."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class ConsentAct(StrEnum):
    """What happened to a consent."""

    REQUEST = "request"
    OPT_IN = "opt_in"
    WITHDRAWAL = "withdrawal"


class ConsentStanding(StrEnum):
    """How a consent stands on a date."""

    NONE = "none"
    PENDING = "pending"
    OPTED_IN = "opted_in"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class MaterialClass(StrEnum):
    """What kind of promotional material an item is."""

    SAMPLE = "sample"
    GIFT = "gift"
    LITERATURE = "literature"
    POS = "pos"


class LocationKind(StrEnum):
    """Where promotional materials can be; `supplier` is the outside world that receipts come from."""

    SUPPLIER = "supplier"
    WAREHOUSE = "warehouse"
    OFFICE = "office"
    REPRESENTATIVE = "representative"
    IN_TRANSIT = "in_transit"
    CUSTOMER = "customer"
    LOST = "lost"
    DESTROYED = "destroyed"


class Reaction(StrEnum):
    """The adoption ladder: how far a contact has come with a product."""

    UNAWARE = "unaware"
    AWARE = "aware"
    TRIAL = "trial"
    USE = "use"
    ADVOCATE = "advocate"


class VisitState(StrEnum):
    """States of a visit; `submitted` is read-only until promotion has answered."""

    PLANNED = "planned"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    LOCKED = "locked"
    CANCELLED = "cancelled"
    MISSED = "missed"


class JobState(StrEnum):
    """Where long work stands. What is judged as a whole first passes `validating`; a rehearsal ends `validated`."""

    QUEUED = "queued"
    VALIDATING = "validating"
    VALIDATED = "validated"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"


class ImportKind(StrEnum):
    """What the rows of an imported table are."""

    ACCOUNT = "account"
    CONTACT = "contact"


class ImportMode(StrEnum):
    """What becomes of a row: `insert` refuses what is there, `update` what is not, `upsert` does either."""

    INSERT = "insert"
    UPDATE = "update"
    UPSERT = "upsert"


class ScoreSubject(StrEnum):
    """What is evaluated."""

    ACCOUNT = "account"
    CONTACT = "contact"


class Tier(StrEnum):
    """The importance of an institution or a contact (客户分级), A the highest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class ScoreModelStatus(StrEnum):
    """Where a version of a score model stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class OverrideStatus(StrEnum):
    """Where the request for another tier stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
