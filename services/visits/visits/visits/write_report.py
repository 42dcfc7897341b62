"""Write a visit's report."""

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import ContactId, EmployeeId, LotId, ProductId
from contracts.values import Reaction, VisitState
from pydantic import BaseModel, ConfigDict, Field

from visits.known.model import KnownLot, KnownProduct
from visits.visits.affiliation import check_affiliated
from visits.visits.author import acting_author
from visits.visits.entities import Detail, Drop
from visits.visits.model import Visit
from visits.visits.rules import drops_to_attendees, no_repeats


class DetailLine(BaseModel):
    """A product in the order of the conversation; what was said, and the reaction on the adoption ladder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: ProductId
    message: str | None = Field(default=None, max_length=2_000)
    reaction: Reaction | None = None


class MaterialLine(BaseModel):
    """Units of a lot left with one of the attendees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lot_id: LotId
    contact_id: ContactId
    quantity: int = Field(ge=1, le=1_000_000, strict=True)


class WriteReport(Command):
    """The whole report; what it does not say is empty afterwards."""

    visit_id: str
    attendees: list[ContactId] = Field(default_factory=list[ContactId], max_length=100)
    products: list[DetailLine] = Field(default_factory=list[DetailLine], max_length=50)
    feedback: str | None = Field(default=None, max_length=4_000)
    materials: list[MaterialLine] = Field(default_factory=list[MaterialLine], max_length=200)
    next_step: str | None = Field(default=None, max_length=2_000)
    employee_id: EmployeeId | None = None


async def write_report(command: WriteReport, work: UnitOfWork) -> Visit:
    """The visit with its report. While the visit goes on it may be a draft without attendees.

    Raises: NotFound, Stale, NotTheAuthor, IllegalTransition; 422 with everything that is wrong.
    """
    visit = await work.get(Visit, command.visit_id)
    visit.require_author(acting_author(work.principal, command.employee_id))
    visit.require_reportable()
    assert visit.visited_on is not None  # every reportable state lies behind the check-in

    materials = [Drop(lot_id=m.lot_id, contact_id=m.contact_id, quantity=m.quantity) for m in command.materials]
    if not command.attendees and visit.state is not VisitState.CHECKED_IN:
        work.violate("attendees", "attendees_missing", "the report names nobody who was met")
    work.collect(no_repeats("attendees", command.attendees))
    work.collect(no_repeats("products[].product", [line.product for line in command.products]))
    work.collect(drops_to_attendees(materials, command.attendees))
    await check_affiliated(work, command.attendees, account_id=visit.account_id, on=visit.visited_on, field="attendees")
    for index, line in enumerate(command.products):
        await work.directory(KnownProduct, line.product, field=f"products[{index}].product")
    for index, line in enumerate(command.materials):
        await work.directory(KnownLot, line.lot_id, field=f"materials[{index}].lot_id")
    work.check()

    written = visit.write_report(
        attendees=command.attendees,
        products=[Detail(product_id=p.product, reaction=p.reaction, message=p.message) for p in command.products],
        feedback=command.feedback,
        materials=materials,
        next_step=command.next_step,
    )
    work.save(visit, written)
    return visit
