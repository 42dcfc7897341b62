"""Why a visit's materials cannot be booked: all reasons at once, judged without I/O."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from contracts.events.promotion import DisbursementLine, RefusalReason
from contracts.ids import ContactId, LotId

from promotion.materials.model import Lot
from promotion.stock.model import MAX_QUANTITY


def objections(
    lines: Sequence[DisbursementLine],
    *,
    attendees: Collection[ContactId],
    lots: Mapping[LotId, Lot],
    available: Mapping[LotId, int] | None,
    on: date,
) -> list[RefusalReason]:
    """Reasons against booking the lines on the day `on`; none = all can be booked.

    `lots` are the lots that exist, `available` the representative's stock by lot, None without a place for stock.
    Stock is compared with the sum over all valid lines of a lot, whatever their contacts; the line with which
    it runs out and those behind it are named.
    """
    if not lines:
        return []
    reasons = [reason for index, line in enumerate(lines) for reason in _of_line(index, line, attendees, lots, on)]
    if available is None:
        detail = "the representative has no location that stock could be taken from"
        reasons.append(RefusalReason(code="no_stock_location", detail=detail))
    else:
        reasons.extend(_shortages(lines, lots, available))
    return sorted(reasons, key=lambda reason: -1 if reason.line is None else reason.line)


def valid_quantity(quantity: int) -> bool:
    """True for what one movement may carry."""
    return 1 <= quantity <= MAX_QUANTITY


def _of_line(
    index: int, line: DisbursementLine, attendees: Collection[ContactId], lots: Mapping[LotId, Lot], on: date
) -> Iterator[RefusalReason]:
    if not valid_quantity(line.quantity):
        detail = f"{line.quantity} units; a line has 1 to {MAX_QUANTITY}"
        yield RefusalReason(line=index, code="invalid_quantity", detail=detail)
    lot = lots.get(line.lot_id)
    if lot is None:
        yield RefusalReason(line=index, code="unknown_lot", detail=f"there is no lot {line.lot_id}")
    elif lot.expired_on(on):
        detail = f"lot {lot.number} expired on {lot.expires_on}"
        yield RefusalReason(line=index, code="lot_expired", detail=detail)
    if line.contact_id not in attendees:
        detail = f"{line.contact_id} did not attend the visit"
        yield RefusalReason(line=index, code="contact_not_attending", detail=detail)


def _shortages(
    lines: Sequence[DisbursementLine], lots: Mapping[LotId, Lot], available: Mapping[LotId, int]
) -> Iterator[RefusalReason]:
    wanted: dict[LotId, int] = {}
    for index, line in enumerate(lines):
        if line.lot_id not in lots or not valid_quantity(line.quantity):
            continue
        wanted[line.lot_id] = wanted.get(line.lot_id, 0) + line.quantity
        there = available.get(line.lot_id, 0)
        if wanted[line.lot_id] > there:
            detail = f"lot {lots[line.lot_id].number}: {wanted[line.lot_id]} units up to this line, {there} available"
            yield RefusalReason(line=index, code="insufficient_stock", detail=detail)
