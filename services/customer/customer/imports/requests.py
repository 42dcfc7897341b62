"""What somebody asks of an import, judged before the table is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chassis.refusals import Violation
from contracts.values import ImportKind, ImportMode

from customer.imports import accounts, contacts
from customer.imports.accounts import Accounts
from customer.imports.contacts import Contacts
from customer.imports.texts import Parse, Unreadable, trimmed

Importer = Accounts | Contacts


@dataclass(frozen=True)
class Shape:
    """What rows of a kind are made of."""

    fields: Mapping[str, Parse]
    required: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]


SHAPES = {
    ImportKind.ACCOUNT: Shape(accounts.FIELDS, accounts.REQUIRED, accounts.KEYS),
    ImportKind.CONTACT: Shape(contacts.FIELDS, contacts.REQUIRED, contacts.KEYS),
}


def importer_of(kind: ImportKind, mode: ImportMode) -> Importer:
    """What judges and carries out the rows."""
    return Accounts(mode) if kind is ImportKind.ACCOUNT else Contacts(mode)


def violations_of(
    kind: ImportKind, mode: ImportMode, mapping: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[Violation]:
    """Everything that is wrong with how columns stand for fields."""
    shape = SHAPES[kind]
    known = ", ".join(sorted(shape.fields))
    for place, names in (("mapping", mapping.items()), ("defaults", ((name, name) for name in defaults))):
        for key, name in names:
            if name not in shape.fields:
                yield Violation("unknown_import_field", f"{name} is none of {known}", f"options.{place}.{key}")
    columns: dict[str, str] = {}
    for column, name in mapping.items():
        if name in columns:
            yield Violation("field_mapped_twice", f"{columns[name]} stands for {name} too", f"options.mapping.{column}")
        columns[name] = column
    for name, cell in defaults.items():
        try:
            if name in shape.fields:
                shape.fields[name](trimmed(cell))
        except Unreadable as unreadable:
            yield Violation(unreadable.code, unreadable.detail, f"options.defaults.{name}")
    given = columns.keys() | defaults.keys()
    if mode is ImportMode.UPDATE:
        if not any(given >= set(key) and set(key) & columns.keys() for key in shape.keys):
            keys = "; ".join(" and ".join(key) for key in shape.keys)
            yield Violation("key_not_mapped", f"rows are found by one of: {keys}", "options.mapping")
        return
    for name in shape.required:
        if name not in given:
            yield Violation("required_field_not_mapped", f"a new {kind.value} needs {name}", "options.mapping")
