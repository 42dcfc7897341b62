"""Rows that are contacts: who they are, and where they work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chassis.work import UnitOfWork
from contracts.values import ImportMode

from customer.accounts.model import Account
from customer.contacts.correct_contact import CorrectContact, correct_contact
from customer.contacts.create_contact import CreateContact, create_contact
from customer.contacts.facts import ContactFacts
from customer.contacts.licence import plain_licence
from customer.contacts.mobile import e164
from customer.contacts.model import Contact
from customer.contacts.move_contact import MoveContact, move_contact
from customer.imports import texts
from customer.imports.lookups import Ambiguous, Institutions
from customer.imports.model import CREATED, UNCHANGED, UPDATED
from customer.imports.plainly import parsers_of
from customer.imports.rows import Row, Verdict, fitting
from customer.imports.texts import Parse
from customer.texts import normalised

_PLACE: dict[str, Parse] = {
    "account_id": texts.text,
    "department": texts.text,
    "role": texts.text,
    "valid_from": texts.day,
}
_FACTS = parsers_of(ContactFacts, {"mobile": texts.plain, "licence": texts.code})
FIELDS: dict[str, Parse] = {"id": texts.text, "name": texts.text, **_FACTS, **_PLACE}
"""Everything a column may stand for, and how its cells are read."""
REQUIRED = ("name", "account_id")
"""Of a row that creates."""
KEYS = (("id",), ("mobile",), ("licence",), ("name", "account_id"))
"""One of these must be there to find who is to be updated."""
CALLED_OTHERWISE = {
    "affiliation.account_id": "account_id",
    "affiliation.department_id": "department",
    "affiliation.role": "role",
    "affiliation.valid_from": "valid_from",
    "to_account_id": "account_id",
    "to_department_id": "department",
    "on": "valid_from",
    "contact_id": "id",
}


class Contacts:
    """Judges and carries out rows of contacts, a batch at a time."""

    fields = FIELDS
    called_otherwise = CALLED_OTHERWISE

    def __init__(self, mode: ImportMode) -> None:
        self._mode = mode
        self._institutions = Institutions()
        self._accounts: dict[str, Account] = {}
        self._by_key: dict[str, list[Contact]] = {}

    def keys_of(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What no other row of the table may share, with the field that it is told under."""
        exact = list(_exact_keys(values))
        yield from exact
        if not exact and self._mode is not ImportMode.INSERT and "name" in values and "account_id" in values:
            yield _name_key(values["name"], normalised(values["account_id"])), "name"

    async def begin(self, rows: Sequence[tuple[Row, dict[str, Any]]], work: UnitOfWork) -> None:
        """Look up what the rows of a batch speak of."""
        self._by_key = {}
        for row, values in rows:
            if "account_id" in values:
                await self._find_account(row, values, work)
        found = {values["account_id"] for _, values in rows if values.get("account_id")}
        accounts = await work.find(Account, {"_id": {"$in": sorted(found)}}) if found else []
        self._accounts = {one.id: one for one in accounts}
        exact = [dict(_exact_keys(values)) for _, values in rows]
        await self._look_up("_id", [key for keys in exact for key, field in keys.items() if field == "id"], work)
        for field in ("mobile", "licence"):
            numbers = [key.split(" ", 1)[1] for keys in exact for key, name in keys.items() if name == field]
            await self._look_up(field, numbers, work)
        nameless = [
            values["account_id"]
            for (_, values), keys in zip(rows, exact, strict=True)
            if not keys and values.get("account_id")
        ]
        if nameless and self._mode is not ImportMode.INSERT:
            await self._look_up("affiliations.account_id", sorted(set(nameless)), work)

    async def _look_up(self, field: str, wanted: list[str], work: UnitOfWork) -> None:
        if not wanted:
            return
        where: dict[str, Any] = {"$in": wanted}
        if field in ("mobile", "licence"):
            where["$type"] = "string"
        for contact in await work.find(Contact, {field: where}):
            if field == "_id":
                keys = [contact.id]
            elif field == "affiliations.account_id":
                places = {one.account_id for one in contact.affiliations_on(work.today)}
                keys = [_name_key(contact.name or "", place) for place in places]
            else:
                keys = [f"{field} {getattr(contact, field)}"]
            for key in keys:
                same = self._by_key.setdefault(key, [])
                if contact not in same:
                    same.append(contact)

    async def _find_account(self, row: Row, values: dict[str, Any], work: UnitOfWork) -> None:
        try:
            found = await self._institutions.find(values["account_id"], work)
        except Ambiguous:
            row.fail("ambiguous_institution", "several institutions have this name; give the code", "account_id")
            found = None
        else:
            if found is None:
                row.fail("unknown_institution", "no institution has this id, code or name", "account_id")
        values["account_id"] = found

    async def apply(self, row: Row, values: dict[str, Any], work: UnitOfWork) -> Verdict | None:
        """Carry a row out; None when it has problems, which are then in the row.

        Raises: what the use cases refuse.
        """
        department_id = self._department(row, values)
        match = self._match(row, values)
        if match is not None:
            return await self._update(match, row, values, department_id, work)
        if "id" in values or self._mode is ImportMode.UPDATE:
            return None
        return await self._create(row, values, department_id, work)

    def _department(self, row: Row, values: Mapping[str, Any]) -> str | None:
        account = self._accounts.get(values.get("account_id") or "")
        if "department" not in values or account is None:
            return None
        wanted = normalised(values["department"])
        found = next((one.id for one in account.departments if normalised(one.name) == wanted), None)
        if found is None:
            row.fail("unknown_department", "the institution has no department of this name", "department")
        return found

    def _match(self, row: Row, values: Mapping[str, Any]) -> Contact | None:
        if "id" in values and self._mode is ImportMode.INSERT:
            row.fail("id_not_taken", "ids are given by the system; leave the cell empty", "id")
            return None
        exact = list(_exact_keys(values))
        found = {one.id: (one, field) for key, field in reversed(exact) for one in self._by_key.get(key, ())}
        if not exact and values.get("name") and values.get("account_id"):
            same = self._by_key.get(_name_key(values["name"], values["account_id"]), ())
            found = {one.id: (one, "name") for one in same}
            if len(found) > 1:
                row.fail("ambiguous_match", "several contacts there have this name; give the mobile number", "name")
                return None
        if len(found) > 1:
            row.fail("conflicting_keys", "the numbers are those of different contacts", exact[0][1])
            return None
        match, field = next(iter(found.values()), (None, exact[0][1] if exact else "name"))
        if match is not None and self._mode is ImportMode.INSERT:
            row.fail("already_registered", "the contact is registered already", field)
        if match is None and ("id" in values or self._mode is ImportMode.UPDATE):
            row.fail("no_match", "no contact has this id, number, or this name at this institution", field)
        return match

    async def _create(
        self, row: Row, values: Mapping[str, Any], department_id: str | None, work: UnitOfWork
    ) -> Verdict | None:
        said = {"department_id": department_id} | {
            name: values.get(name) for name in ("account_id", "role", "valid_from")
        }
        place = {name: value for name, value in said.items() if value is not None}
        facts = {name: values[name] for name in ("name", *_FACTS) if name in values}
        command = fitting(CreateContact, {**facts, "affiliation": place}, row, CALLED_OTHERWISE)
        if command is None:
            return None
        contact = await create_contact(command, work)
        return Verdict(CREATED, contact.id, {name: (None, value) for name, value in values.items()})

    async def _update(
        self, contact: Contact, row: Row, values: Mapping[str, Any], department_id: str | None, work: UnitOfWork
    ) -> Verdict | None:
        said = {name: values[name] for name in ("name", *_FACTS) if name in row.values}
        if "mobile" in said:
            said["mobile"] = e164(said["mobile"]) or said["mobile"]
        if "licence" in said:
            said["licence"] = plain_licence(said["licence"]) or said["licence"]
        changed = {name: (getattr(contact, name), value) for name, value in said.items()}
        changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
        move = self._move(contact, row, values, department_id, work, changed)
        if not changed:
            return None if row.problems else Verdict(UNCHANGED, contact.id)
        facts = {name: after for name, (_, after) in changed.items() if name in said}
        correction = fitting(CorrectContact, {"contact_id": contact.id, **facts}, row, CALLED_OTHERWISE)
        command = fitting(MoveContact, {"contact_id": contact.id, **move}, row, CALLED_OTHERWISE) if move else None
        if row.problems or correction is None:
            return None
        if facts:
            await correct_contact(correction, work)
        if command is not None:
            await move_contact(command, work)
        return Verdict(UPDATED, contact.id, changed)

    def _move(
        self,
        contact: Contact,
        row: Row,
        values: Mapping[str, Any],
        department_id: str | None,
        work: UnitOfWork,
        changed: dict[str, tuple[Any, Any]],
    ) -> dict[str, Any]:
        """The fields of a move to where the row says the contact works; empty when that is so already."""
        said = row.values.keys() & {"account_id", "department", "role"}
        account_id = values.get("account_id")
        if not said or account_id is None:
            return {}
        on = values.get("valid_from", work.today)
        current = contact.primary_on(on)
        place: dict[str, Any] = {"to_account_id": account_id, "on": on}
        before: dict[str, Any] = {"account_id": None, "department": None, "role": None}
        if current is not None:
            before = {"account_id": current.account_id, "department": current.department_id, "role": current.role}
        after: dict[str, Any] = {"account_id": account_id}
        if "department" in said:
            place["to_department_id"] = after["department"] = department_id
        if "role" in said:
            place["role"] = after["role"] = values["role"]
        moved = {name: (before[name], value) for name, value in after.items() if before[name] != value}
        changed |= moved
        return place if moved else {}


def _exact_keys(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "id" in values:
        yield values["id"], "id"
    mobile = e164(values["mobile"]) if "mobile" in values else None
    if mobile is not None:
        yield f"mobile {mobile}", "mobile"
    licence = plain_licence(values["licence"]) if "licence" in values else None
    if licence is not None:
        yield f"licence {licence}", "licence"


def _name_key(name: str, place: str) -> str:
    return f"{normalised(name)} at {place}"
