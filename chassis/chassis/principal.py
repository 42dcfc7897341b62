"""On whose behalf work is done, and what that makes visible."""

from dataclasses import dataclass, field
from typing import Any

from contracts.roles import COMPANY_WIDE, LEAVER, Permission, Role, permissions_of
from contracts.values import Stamp


def covers(path: str, row: str) -> bool:
    """True when a scope on `path` includes a row stamped `row` (both end with `/`)."""
    return row.startswith(path)


def audience(stamps: list[Stamp]) -> list[str]:
    """The tokens under which a row is found: every unit on the way down to its stamps, plain and for the stamp's line.

    Scope is asked for by equality with a token, never by a range over paths: two ends of a range may be met by two
    different stamps of one row, which would show it to a stranger; and equality is served by an index everywhere.
    """
    tokens: set[str] = set()
    for stamp in stamps:
        for unit in stamp.path.strip("/").split("/"):
            tokens |= {unit, f"{stamp.line}|{unit}"}
    return sorted(tokens - {""})


def within(unit_id: str) -> dict[str, Any]:
    """A filter for the rows of a unit and everything below it."""
    return {"audience": unit_id}


def both(where: dict[str, Any], scope: dict[str, Any]) -> dict[str, Any]:
    """Both filters at once, as flat as can be: some stores use no index below an `$and`."""
    if not where or not scope:
        return where or scope
    clashing = where.keys() & scope.keys()
    if not clashing:
        return {**where, **scope}
    return {**{k: v for k, v in scope.items() if k not in clashing}, "$and": [where, {k: scope[k] for k in clashing}]}


@dataclass(frozen=True)
class Principal:
    """A signed-in employee. `paths` are the subtrees the caller may see, `lines` the product lines (`*` = all)."""

    subject: str
    employee_id: str | None = None
    username: str | None = None
    roles: frozenset[Role] = field(default_factory=frozenset[Role])
    unit_id: str | None = None
    unit_path: str | None = None
    paths: tuple[str, ...] = ()
    lines: tuple[str, ...] = ("*",)
    leaving: bool = False
    """True from the leaving date on: what is left is to hand over one's own."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow, or what is left to somebody who leaves."""
        return LEAVER if self.leaving else permissions_of(self.roles)

    @property
    def sees_everything(self) -> bool:
        """True when no row is out of scope."""
        return "/" in self.paths and "*" in self.lines

    def sees(self, stamps: list[Stamp]) -> bool:
        """True when one of a row's stamps lies within the scope: what `scope_filter` finds, judged on the row itself."""
        if self.sees_everything:
            return True
        units = {path.strip("/").split("/")[-1] for path in self.paths} - {""}
        return any(
            not units.isdisjoint(stamp.path.split("/"))
            and ("*" in self.lines or stamp.line == "*" or stamp.line in self.lines)
            for stamp in stamps
        )

    def scope_filter(self) -> dict[str, Any]:
        """The one filter that every scoped query carries."""
        if self.sees_everything:
            return {}
        units = [path.strip("/").split("/")[-1] for path in self.paths]
        tokens = (
            [unit for unit in units if unit]
            if "*" in self.lines
            else [f"{line}|{unit}" for unit in units if unit for line in ("*", *self.lines)]
        )
        if not tokens:
            return {"_id": {"$in": []}}
        return {"audience": tokens[0] if len(tokens) == 1 else {"$in": tokens}}


class SystemPrincipal(Principal):
    """The system itself, under a name that can be searched for; sees everything, holds no permission of a role."""

    def __init__(self, name: str) -> None:
        super().__init__(subject=f"system:{name}", paths=("/",))


def scope_paths(roles: frozenset[Role], unit_path: str) -> tuple[str, ...]:
    """What a position sees: the whole company for company-wide roles, else its unit and everything below."""
    return ("/",) if roles & COMPANY_WIDE else (unit_path,)
