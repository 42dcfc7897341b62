"""Whose value of a field survives a merge, and what an undo makes of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from customer.accounts.model import CORRECTABLE as ACCOUNT_FIELDS
from customer.accounts.model import Account
from customer.contacts.model import CORRECTABLE as CONTACT_FIELDS
from customer.contacts.model import Contact
from customer.mergeable import Mergeable
from customer.merging.model import DividedField, Kind, Side

NOT_CHOSEN = frozenset({"unit_id", "departments"})
"""What belongs to the survivor alone, or is a list of children."""

FIELDS: dict[Kind, tuple[str, ...]] = {
    "account": tuple(field for field in ACCOUNT_FIELDS if field not in NOT_CHOSEN),
    "contact": tuple(field for field in CONTACT_FIELDS if field not in NOT_CHOSEN),
}
"""Fields of which one value survives."""
MODELS: dict[Kind, type[Account] | type[Contact]] = {"account": Account, "contact": Contact}
EXACT_KEYS: dict[Kind, tuple[str, ...]] = {"account": ("code",), "contact": ("mobile", "licence")}
"""Fields that no two entries may share: the merged one lets go of them."""
STORED = {"grade": "grades"}
"""A field that is a timeline survives as a whole."""


@dataclass(frozen=True)
class Divided:
    """The values of both sides after an undo, and where an edit went that was made since the merge."""

    survivor: Any
    merged: Any
    edit_to: Literal["survivor", "merged", "both"] | None


def divide(survivor_before: Any, merged_before: Any, survived: Side, present: Any) -> Divided:
    """A later edit goes to the side whose value it replaced; to both when they were equal before."""
    value = survivor_before if survived == "survivor" else merged_before
    if present == value:
        return Divided(survivor_before, merged_before, None)
    if survivor_before == merged_before:
        return Divided(present, present, "both")
    if survived == "survivor":
        return Divided(present, merged_before, "survivor")
    return Divided(survivor_before, present, "merged")


def choose(survivor: Mergeable, merged: Mergeable, fields: Mapping[str, Side]) -> None:
    """Give the survivor the values that survive."""
    for field, side in fields.items():
        if side == "merged":
            setattr(survivor, stored(field), getattr(merged, stored(field)))


def divide_fields(
    survivor: Mergeable, merged: Mergeable, before: tuple[Mergeable, Mergeable], fields: Mapping[str, Side]
) -> list[DividedField]:
    """Give both sides what is theirs; what was done, field by field. `before` are the states of both before the merge."""
    told: list[DividedField] = []
    for field, side in fields.items():
        name = stored(field)
        divided = divide(getattr(before[0], name), getattr(before[1], name), side, getattr(survivor, name))
        setattr(survivor, name, divided.survivor)
        setattr(merged, name, divided.merged)
        personal = field in type(survivor).PERSONAL
        told.append(
            DividedField(
                field=field,
                edited=divided.edit_to is not None,
                edit_to=divided.edit_to,
                survivor_value=None if personal else plain(survivor, field),
                merged_value=None if personal else plain(merged, field),
                personal=personal,
            )
        )
    return told


def plain(entry: Mergeable, field: str) -> Any:
    """The value of a field as JSON has it."""
    return entry.model_dump(mode="json", include={stored(field)})[stored(field)]


def stored(field: str) -> str:
    """The attribute that holds a field."""
    return STORED.get(field, field)
