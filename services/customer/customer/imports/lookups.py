"""Names in a table that stand for what is in the store: units by id, path or name; institutions by id, code or name."""

from collections.abc import Iterable

from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.search import search_filter
from customer.texts import normalised
from customer.units.model import Unit

_REMEMBERED = 20_000


class Ambiguous(Exception):
    """A name stands for several."""


class Units:
    """The units that the sender of a table sees."""

    def __init__(self, units: Iterable[tuple[str, str, str]]) -> None:
        """`units` are ids, names and paths."""
        known = {identifier: (name, path) for identifier, name, path in units}
        self._ids: dict[str, set[str]] = {}
        for identifier, (_, path) in known.items():
            names = [normalised(known[above][0]) for above in path.strip("/").split("/") if above in known]
            spellings = ["/".join(names[start:]) for start in range(len(names))]
            for spelling in (identifier.casefold(), path.strip("/").casefold(), *spellings):
                self._ids.setdefault(spelling, set()).add(identifier)

    @classmethod
    async def visible_to(cls, work: UnitOfWork) -> "Units":
        """The units in the scope of a unit of work."""
        documents = await work.store.find(Unit.COLLECTION, work.principal.scope_filter())
        return cls((document["_id"], document["name"], document["path"]) for document in documents)

    def find(self, text: str) -> str | None:
        """The id of the unit with this id, path of ids, name, or names from above down to it (`华北大区/北京办事处`).

        Raises: Ambiguous.
        """
        found = self._ids.get("/".join(normalised(part) for part in text.strip("/").split("/")), set())
        if len(found) > 1:
            raise Ambiguous
        return next(iter(found), None)


class Institutions:
    """Institutions by what a table calls them; what has been found once is remembered for the rest of the table."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    async def find(self, text: str, work: UnitOfWork) -> str | None:
        """The id of the institution in scope with this id, registration code or name. Raises: Ambiguous."""
        known = self._ids.get(text)
        if known is None:
            known = await self._ask(text, work)
            if known is not None and len(self._ids) < _REMEMBERED:
                self._ids[text] = known
        return known

    async def _ask(self, text: str, work: UnitOfWork) -> str | None:
        if text.startswith("acc_"):
            return text
        account = await work.find_one(Account, {"code": {"$eq": text.upper(), "$type": "string"}})
        if account is not None:
            return account.id
        wanted = normalised(text)
        named = [one for one in await work.find(Account, search_filter(text)) if normalised(one.name) == wanted]
        if len(named) > 1:
            raise Ambiguous
        return named[0].id if named else None
