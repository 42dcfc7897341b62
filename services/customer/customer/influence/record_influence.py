"""Record somebody's influence on somebody."""

from datetime import date

from chassis.command import Command
from chassis.work import UnitOfWork
from contracts.ids import ContactId
from pydantic import BaseModel, ConfigDict

from customer.contacts.model import Contact
from customer.influence.model import Influence, InfluenceType, Strength
from customer.planning import refuse_far_plans
from customer.texts import Note


class InfluenceFacts(BaseModel):
    """An influence; from today unless it says otherwise. `source` says how it is known."""

    model_config = ConfigDict(extra="forbid")

    from_contact_id: ContactId
    to_contact_id: ContactId
    type: InfluenceType
    strength: Strength
    source: Note
    valid_from: date | None = None
    valid_to: date | None = None


class RecordInfluence(InfluenceFacts, Command):
    """Record that one contact influences another."""


async def record_influence(command: RecordInfluence, work: UnitOfWork) -> Influence:
    """The new influence.

    Raises: OnOneself, EndsBeforeItStarts, RuleBroken with every other violation; AlreadyConnected at the end of the unit.
    """
    start = command.valid_from or work.today
    influence = Influence(id=Influence.new_id(), **{**command.model_dump(exclude={"valid_from"}), "valid_from": start})
    influence.check()
    persons: list[Contact] = []
    for field in ("from_contact_id", "to_contact_id"):
        contact = await work.reference(Contact, getattr(command, field), field=field)
        if contact is not None:
            persons.append(contact)
    refuse_far_plans(work, start, field="valid_from")
    work.check()
    for contact in persons:
        await work.require(contact)
    work.add(influence, influence.recorded(work.today), valid_from=start)
    work.emit_stamps(influence, [stamp for contact in persons for stamp in contact.visible])
    return influence
