"""Whether an institution, as it was believed at some instant, fits what a list is narrowed to."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from customer.accounts.model import Account
from customer.accounts.nearby import Circle
from customer.attributes.values import asked_keys, attribute_keys
from customer.search import matches_text
from customer.units.model import Unit

if TYPE_CHECKING:
    from customer.accounts.queries import AccountFilter


def believed_fit(
    wanted: "AccountFilter", on: date, circle: Circle | None, unit: Unit | None
) -> Callable[[Account], bool]:
    """The judgement of the filter's parts in memory: what the store holds in its indexes is of today only.

    At or below a unit is what has the unit on its path of that time: the unit itself may have moved since.
    """

    def fits(account: Account) -> bool:
        keys = set(attribute_keys(account.attributes))
        return (
            not account.is_merged
            and (not wanted.q or not wanted.q.strip() or matches_text(wanted.q, account.dump()))
            and wanted.kind in (None, account.kind)
            and wanted.stage in (None, account.stage_on(on))
            and wanted.grade in (None, account.grade_on(on))
            and wanted.parent_id in (None, account.parent_on(on))
            and (wanted.tag is None or wanted.tag in account.tags)
            and (circle is None or circle.holds(account.location))
            and (unit is None or f"/{unit.id}/" in account.unit_path)
            and all(keys.intersection(asked_keys(code, value)) for code, value in wanted.attributes.items())
        )

    return fits
