"""The inputs and traits of institutions and contacts on a date, from their own documents. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from contracts.values import ContactStatus, Stage

from customer.accounts.model import Account
from customer.contacts.affiliations import Affiliation
from customer.contacts.model import Contact
from customer.evaluation.ranks import grade_band, grade_rank, role_rank, title_rank
from customer.influence.decay import FADED
from customer.influence.model import Influence

_GONE = (None, Stage.CLOSED, Stage.MERGED)


def account_counts(account: Account, on: date) -> bool:
    """True when the institution was known on that date, was not closed, and stands for itself."""
    return not account.is_merged and account.stage_on(on) not in _GONE


def contact_counts(contact: Contact, on: date) -> bool:
    """True when the contact was worked with on that date and worked somewhere."""
    return (
        not contact.is_merged
        and contact.erasure is None
        and contact.status_on(on) is ContactStatus.ACTIVE
        and bool(contact.affiliations_on(on))
    )


def account_traits(account: Account, on: date) -> dict[str, str | None]:
    """What an institution shares with others on a date, by the names of the catalogue."""
    grade = account.grade_on(on)
    units = account.unit_path.strip("/").split("/")
    return {
        "kind": account.kind.value,
        "grade_band": grade_band(grade),
        "grade": grade.value if grade else None,
        "region": units[1] if len(units) > 1 else None,
        "province": account.division_code[:2] if account.division_code else None,
    }


def contact_traits(contact: Contact, account: Account | None, on: date) -> dict[str, str | None]:
    """What a contact shares with others on a date: the specialty, and what the primary institution has."""
    of_account = (
        account_traits(account, on) if account else dict.fromkeys(("grade_band", "grade", "region", "province"))
    )
    specialty = contact.specialty.casefold() if contact.specialty else None
    return {**of_account, "specialty": specialty}


def main_affiliation(contact: Contact, on: date) -> Affiliation | None:
    """The primary affiliation of a date, else the one with the greatest share."""
    holding = contact.affiliations_on(on)
    return contact.primary_on(on) or max(holding, key=lambda one: (one.share, one.id), default=None)


def account_values(account: Account, on: date) -> dict[str, float | None]:
    """The inputs that the institution's own document tells."""
    departments = account.departments
    return {
        "beds": account.beds,
        "outpatient_visits": account.outpatient_visits,
        "discharges": account.discharges,
        "grade": grade_rank(account.grade_on(on)),
        "departments": len(departments) or None,
        "department_outpatient_visits": _total(one.outpatient_visits for one in departments),
        "department_discharges": _total(one.discharges for one in departments),
        "department_patients": _total(row.patients for one in departments for row in one.patients),
    }


def contact_values(contact: Contact, influences: Sequence[Influence], on: date) -> dict[str, float | None]:
    """The inputs that the contact's own document and the influences from and on the person tell."""
    main = main_affiliation(contact, on)
    felt = [one for one in influences if one.effective_on(on) >= FADED]
    own = [one for one in felt if one.from_contact_id == contact.id]
    return {
        "academic_title": title_rank(contact.title),
        "role": role_rank(main.role if main else None),
        "influence": round(sum((one.effective_on(on) for one in own), 0.0), 6) if felt else None,
        "influenced": len({one.to_contact_id for one in own}) if felt else None,
    }


def _total(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
