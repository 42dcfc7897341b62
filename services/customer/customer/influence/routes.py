"""HTTP of the influence network. Commands about the same people queue on their ids."""

from datetime import date
from typing import Annotated

from chassis.http import Answer, Body, Permission, Query, Read, Router, Run
from contracts.ids import ContactId, InfluenceId

from customer.contacts.model import Contact
from customer.influence.confirm_influence import ConfirmInfluence, confirm_influence
from customer.influence.end_influence import EndInfluence, end_influence
from customer.influence.model import Strength
from customer.influence.queries import InfluenceOut, NetworkOut, ReachOut, network_of, one_influence, reach_of
from customer.influence.record_influence import InfluenceFacts, RecordInfluence, record_influence
from customer.redirecting import REDIRECTED, Redirect
from customer.texts import Note
from customer.timetravel import AsOf, Today

router = Router(tags=["influence"])

MAX_DEPTH = 3
MAX_GROUP = 50


class InfluenceBody(InfluenceFacts, Body):
    """An influence to record; from today unless it says otherwise. `source` says how it is known."""


class ConfirmationBody(Body):
    """The influence was seen to be there: today and as strong as before, unless it says otherwise."""

    strength: Strength | None = None
    on: date | None = None


class EndBody(Body):
    """The date from which the influence holds no more, and why."""

    on: date
    reason: Note


@router.get(
    "/contacts/{contact_id}/influence",
    permission=Permission.INFLUENCE_READ,
    response_model=NetworkOut,
    responses=REDIRECTED,
)
async def get_network(
    contact_id: str,
    read: Read,
    redirect: Redirect,
    today: Today,
    as_of: AsOf = None,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH, description="Influences from the contact")] = 1,
) -> Answer:
    """The network around a contact on a date: whom the contact influences and who influences the contact, in scope."""
    if elsewhere := await redirect(Contact, contact_id):
        return elsewhere
    return Answer(await network_of(read, contact_id, as_of or today, depth))


@router.get("/influence/reach", permission=Permission.INFLUENCE_READ, response_model=ReachOut)
async def get_reach(
    read: Read,
    today: Today,
    ids: Annotated[list[ContactId], Query(min_length=1, max_length=MAX_GROUP, description="The group")],
    add: Annotated[ContactId, Query(description="Who is to be added to it")],
    as_of: AsOf = None,
) -> Answer:
    """How many more people a group reaches when one person is added to it."""
    return Answer(await reach_of(read, ids, add, as_of or today))


@router.post("/influence/edges", status_code=201, permission=Permission.INFLUENCE_WRITE, response_model=InfluenceOut)
async def post_influence(body: InfluenceBody, run: Run, today: Today) -> Answer:
    """Record that one contact influences another."""
    locks = [body.from_contact_id, body.to_contact_id]
    influence = await run(record_influence, RecordInfluence(**body.fields()), locks=locks)
    return Answer(InfluenceOut.of(influence, today), version=influence.version)


@router.get("/influence/edges/{influence_id}", permission=Permission.INFLUENCE_READ, response_model=InfluenceOut)
async def get_influence(influence_id: InfluenceId, read: Read, today: Today, as_of: AsOf = None) -> Answer:
    """One influence between two people in scope."""
    influence = await one_influence(read, influence_id)
    return Answer(InfluenceOut.of(influence, as_of or today), version=influence.version)


@router.post(
    "/influence/edges/{influence_id}/confirm", permission=Permission.INFLUENCE_WRITE, response_model=InfluenceOut
)
async def post_confirmation(influence_id: InfluenceId, body: ConfirmationBody, run: Run, today: Today) -> Answer:
    """Confirm an influence, so that it does not fade."""
    command = ConfirmInfluence(influence_id=influence_id, **body.fields())
    influence = await run(confirm_influence, command, subject=influence_id, locks=[influence_id])
    return Answer(InfluenceOut.of(influence, today), version=influence.version)


@router.post("/influence/edges/{influence_id}/end", permission=Permission.INFLUENCE_WRITE, response_model=InfluenceOut)
async def post_end(influence_id: InfluenceId, body: EndBody, run: Run, today: Today) -> Answer:
    """End an influence; a date in the future is a plan."""
    command = EndInfluence(influence_id=influence_id, **body.fields())
    influence = await run(end_influence, command, subject=influence_id, locks=[influence_id])
    return Answer(InfluenceOut.of(influence, today), version=influence.version)
