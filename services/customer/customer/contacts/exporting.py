"""Contacts as a table: the columns are called as an import calls its fields; the place is that of the last primary
affiliation. Whoever has been erased is in no file."""

from collections.abc import Callable
from typing import Any

from chassis.http.export import Column, columns_of

from customer.contacts.queries import ContactOut


def _of_place(name: str) -> Callable[[ContactOut], Any]:
    def read(contact: ContactOut) -> Any:
        primary = [one for one in contact.affiliations if one.primary]
        return getattr(primary[-1], name) if primary else None

    return read


COLUMNS: tuple[Column, ...] = (
    *columns_of("id", "name", "pinyin", "title", "specialty", "mobile", "licence"),
    *(Column(name, _of_place(name)) for name in ("account_id", "department_id", "role", "valid_from")),
    *columns_of("status", "created_at", "recorded_at", "version"),
)


def is_known(contact: ContactOut) -> bool:
    """True unless the person has been erased."""
    return not contact.erased
