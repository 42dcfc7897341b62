"""Rows that are institutions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from chassis.work import UnitOfWork
from contracts.values import ImportMode

from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.accounts.create_account import CreateAccount, create_account
from customer.accounts.facts import AccountFacts
from customer.accounts.model import Account, exact_key
from customer.imports import texts
from customer.imports.lookups import Ambiguous, Units
from customer.imports.model import CREATED, UNCHANGED, UPDATED
from customer.imports.plainly import parsers_of
from customer.imports.rows import Problem, Row, Verdict, fitting
from customer.imports.texts import Parse
from customer.texts import normalised

FIELDS: dict[str, Parse] = {
    "id": texts.text,
    "name": texts.text,
    "kind": texts.kind,
    "unit_id": texts.text,
    "location.lat": texts.decimal,
    "location.lon": texts.decimal,
    "departments": texts.several,
    "tags": texts.several,
    **parsers_of(AccountFacts, {"grade": texts.grade, "code": texts.code, "division_code": texts.code}),
}
"""Everything a column may stand for, and how its cells are read."""
REQUIRED = ("name", "kind", "unit_id")
"""Of a row that creates."""
KEYS = (("id",), ("code",), ("name", "kind"))
"""One of these must be there to find what is to be updated."""
CALLED_OTHERWISE = {"location.lat": "location.lat", "location.lon": "location.lon", "location": "location.lat"}


class Accounts:
    """Judges and carries out rows of institutions, a batch at a time."""

    fields = FIELDS
    called_otherwise = CALLED_OTHERWISE

    def __init__(self, mode: ImportMode) -> None:
        self._mode = mode
        self._units: Units | None = None
        self._by_id: dict[str, Account] = {}
        self._by_code: dict[str, Account] = {}
        self._by_key: dict[str, Account] = {}

    def keys_of(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What no other row of the table may share, with the field that it is told under."""
        if "id" in values:
            yield values["id"], "id"
        if "code" in values:
            yield f"code {values['code']}", "code"
        key = _key(values)
        if key is not None:
            yield key, "name"

    async def begin(self, rows: Sequence[tuple[Row, dict[str, Any]]], work: UnitOfWork) -> None:
        """Look up what the rows of a batch speak of."""
        if self._units is None:
            self._units = await Units.visible_to(work)
        ids = [values["id"] for _, values in rows if "id" in values]
        codes = [values["code"] for _, values in rows if "code" in values]
        keys = [key for _, values in rows if (key := _key(values)) is not None]
        by_id = await work.find(Account, {"_id": {"$in": ids}}) if ids else []
        by_code = await work.find(Account, {"code": {"$in": codes, "$type": "string"}}) if codes else []
        by_key = await work.find(Account, {"key": {"$in": keys}}) if keys else []
        self._by_id = {one.id: one for one in by_id}
        self._by_code = {one.code or "": one for one in by_code}
        self._by_key = {one.exact_key: one for one in by_key}

    async def apply(self, row: Row, values: dict[str, Any], work: UnitOfWork) -> Verdict | None:
        """Carry a row out; None when it has problems, which are then in the row.

        Raises: what the use cases refuse.
        """
        self._find_unit(row, values)
        match = self._match(row, values)
        if match is not None:
            return await self._update(match, row, work, values.get("unit_id"))
        if "id" in values or self._mode is ImportMode.UPDATE:
            return None
        return await self._create(row, values, work)

    def _find_unit(self, row: Row, values: dict[str, Any]) -> None:
        if "unit_id" not in values:
            return
        assert self._units is not None
        try:
            found = self._units.find(values["unit_id"])
        except Ambiguous:
            row.fail("ambiguous_unit", "several units have this name; give the names above it too", "unit_id")
            return
        if found is None:
            row.fail("unknown_unit", "no unit has this id, path or name", "unit_id")
        values["unit_id"] = found

    def _match(self, row: Row, values: Mapping[str, Any]) -> Account | None:
        if "id" in values:
            if self._mode is ImportMode.INSERT:
                row.fail("id_not_taken", "ids are given by the system; leave the cell empty", "id")
                return None
            found = self._by_id.get(values["id"])
            if found is None:
                row.fail("no_match", "there is nothing with this id", "id")
            return found
        by_code = self._by_code.get(values.get("code", ""))
        by_key = self._by_key.get(_key(values) or "")
        if by_code is not None and by_key is not None and by_code.id != by_key.id:
            row.fail("conflicting_keys", "the code is that of one institution, the name that of another", "code")
            return None
        match, field = (by_code, "code") if by_code is not None else (by_key, "name")
        if match is not None and self._mode is ImportMode.INSERT:
            row.fail("already_registered", "the institution is registered already", field)
        if match is None and self._mode is ImportMode.UPDATE:
            row.fail("no_match", "no institution has this code, or this name, division and kind", field_of(values))
        return match

    async def _create(self, row: Row, values: dict[str, Any], work: UnitOfWork) -> Verdict | None:
        facts = _facts(row, values)
        if "departments" in facts:
            facts["departments"] = [{"name": name} for name in facts["departments"]]
        command = fitting(CreateAccount, facts, row, CALLED_OTHERWISE)
        if command is None:
            return None
        account = await create_account(command, work)
        return Verdict(CREATED, account.id, {name: (None, value) for name, value in values.items()})

    async def _update(self, account: Account, row: Row, work: UnitOfWork, unit_id: str | None) -> Verdict | None:
        said = {name: value for name, value in row.values.items() if name not in ("id", "unit_id")}
        if "unit_id" in row.values:
            said["unit_id"] = unit_id
        if "tags" in said:
            said["tags"] = sorted({*account.tags, *map(normalised, said["tags"])})
        if "departments" in said:
            known = {normalised(one.name) for one in account.departments}
            said["departments"] = [name for name in said["departments"] if normalised(name) not in known]
            if not said["departments"]:
                del said["departments"]
        changed = {name: (_present(account, name, work.today), value) for name, value in said.items()}
        changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
        if not changed:
            return None if row.problems else Verdict(UNCHANGED, account.id)
        facts = _facts(row, {name: after for name, (_, after) in changed.items()}, account)
        if "departments" in facts:
            present = [{"id": one.id, **one.model_dump(exclude={"id"})} for one in account.departments]
            facts["departments"] = [*present, *({"name": name} for name in facts["departments"])]
            changed["departments"] = (changed["departments"][0], [one["name"] for one in facts["departments"]])
        command = fitting(CorrectAccount, {"account_id": account.id, **facts}, row, CALLED_OTHERWISE)
        if command is None:
            return None
        await correct_account(command, work)
        return Verdict(UPDATED, account.id, changed)


def field_of(values: Mapping[str, Any]) -> str:
    """The field that a row without a match is told under."""
    return "code" if "code" in values else "name"


def _key(values: Mapping[str, Any]) -> str | None:
    if "name" not in values or "kind" not in values:
        return None
    return exact_key(values["name"], values.get("division_code"), values["kind"])


def _facts(row: Row, values: Mapping[str, Any], account: Account | None = None) -> dict[str, Any]:
    """The fields of a command; both coordinates make one place."""
    facts = {name: value for name, value in values.items() if not name.startswith("location.") and name != "id"}
    place = {name: values[f"location.{name}"] for name in ("lat", "lon") if f"location.{name}" in values}
    if place:
        if account is not None and account.location is not None:
            place = {"lat": account.location.lat, "lon": account.location.lon} | place
        for missing in {"lat", "lon"} - place.keys():
            row.problems.append(Problem("required", "a place has a latitude and a longitude", f"location.{missing}"))
        facts["location"] = place
    return facts


def _present(account: Account, name: str, today: date) -> Any:
    if name == "departments":
        return [one.name for one in account.departments]
    if name == "grade":
        return account.present_grade(today)
    value: Any = account
    for part in name.split("."):
        value = getattr(value, part, None)
    return value
