"""The figures once more in plain Python, from a history without faults: what the marts must agree with."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from analytics.queries.question import NO_PRODUCT, Dimension, Question
from chassis.principal import Principal
from contracts.events.customer import AccountCorrected, AccountCreated, AccountRealigned
from contracts.events.promotion import LotCreated, MaterialCreated
from contracts.events.visits import VisitSnapshot

from tests.analytics.histories import Record


class Oracle:
    """Knows the last state of everything in a history."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.visits: dict[str, VisitSnapshot] = {}
        self.accounts: dict[str, Any] = {}
        lots: dict[str, str] = {}
        products: dict[str, str | None] = {}
        for _, event in records:
            if isinstance(event, AccountCreated | AccountCorrected | AccountRealigned):
                self.accounts[event.account.account_id] = event.account
            elif isinstance(event, LotCreated):
                lots[event.lot.lot_id] = event.lot.material_id
            elif isinstance(event, MaterialCreated):
                products[event.material.material_id] = event.material.product_id
            elif hasattr(event, "visit"):
                self.visits[event.visit.visit_id] = event.visit
        self.product_of_lot = {lot: products.get(material) for lot, material in lots.items()}

    def visible(self, visit: VisitSnapshot, principal: Principal) -> bool:
        """Credited unit or today's alignment of the institution lies in the caller's paths."""
        account = self.accounts.get(visit.account_id)
        stamps = [visit.credited_path, *([stamp.path for stamp in account.stamps] if account else [])]
        return any(stamp.startswith(path) for path in principal.paths for stamp in stamps)

    def chosen(self, question: Question, principal: Principal) -> list[VisitSnapshot]:
        """Confirmed visits in scope, period and filters."""
        filters = question.filters
        found: list[VisitSnapshot] = []
        for visit in self.visits.values():
            account = self.accounts.get(visit.account_id)
            if visit.state not in ("confirmed", "locked") or not self.visible(visit, principal):
                continue
            assert visit.visited_on is not None
            if (filters.start and visit.visited_on < filters.start) or (
                filters.end and visit.visited_on >= filters.end
            ):
                continue
            if filters.within_unit_id and f"/{filters.within_unit_id}/" not in visit.credited_path:
                continue
            values = {
                "unit_id": visit.credited_unit_id,
                "account_id": visit.account_id,
                "employee_id": visit.employee_id,
                "grade": account and account.grade,
                "kind": account and account.kind,
            }
            if all(getattr(filters, name) in (None, value) for name, value in values.items()):
                found.append(visit)
        return found

    def figures(self, question: Question, principal: Principal) -> dict[tuple[Any, ...], tuple[int, int, int]]:
        """`{key: (visits, contacts reached, materials dropped)}`; keys hold ids."""
        met: dict[tuple[Any, ...], set[str]] = defaultdict(set)
        reached: dict[tuple[Any, ...], set[str]] = defaultdict(set)
        dropped: dict[tuple[Any, ...], int] = defaultdict(int)
        wanted = question.filters.product_id
        keys: set[tuple[Any, ...]] = set()
        for visit in self.chosen(question, principal):
            for product in {p.product_id for p in visit.products} or {None}:
                if wanted is None or product == (None if wanted == NO_PRODUCT else wanted):
                    key = self._key(question, visit, product)
                    keys.add(key)
                    met[key].add(visit.visit_id)
                    reached[key] |= set(visit.attendees)
            for line in visit.materials:
                product = self.product_of_lot.get(line.lot_id)
                if wanted is None or product == (None if wanted == NO_PRODUCT else wanted):
                    key = self._key(question, visit, product)
                    keys.add(key)
                    dropped[key] += line.quantity
        if not question.by:
            keys.add(())
        return {key: (len(met[key]), len(reached[key]), dropped[key]) for key in keys}

    def _key(self, question: Question, visit: VisitSnapshot, product: str | None) -> tuple[Any, ...]:
        account = self.accounts.get(visit.account_id)
        assert visit.visited_on is not None
        year, week, _ = visit.visited_on.isocalendar()
        values = {
            Dimension.UNIT: visit.credited_unit_id,
            Dimension.MONTH: visit.visited_on.isoformat()[:7],
            Dimension.WEEK: f"{year}-W{week:02d}",
            Dimension.DAY: visit.visited_on.isoformat(),
            Dimension.PRODUCT: product,
            Dimension.ACCOUNT: visit.account_id,
            Dimension.EMPLOYEE: visit.employee_id,
            Dimension.GRADE: account.grade.value if account else None,
            Dimension.KIND: account.kind.value if account else None,
        }
        return tuple(values[dimension] for dimension in question.by)


ID_COLUMNS = {
    Dimension.UNIT: "unit_id",
    Dimension.PRODUCT: "product_id",
    Dimension.ACCOUNT: "account_id",
    Dimension.EMPLOYEE: "employee_id",
}


def keyed(question: Question, items: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """Items of an answer in the oracle's form."""
    columns = [ID_COLUMNS.get(dimension, dimension.value) for dimension in question.by]
    return {
        tuple(item[column] for column in columns): (
            item["visits"],
            item["contacts_reached"],
            item["materials_dropped"],
        )
        for item in items
    }
