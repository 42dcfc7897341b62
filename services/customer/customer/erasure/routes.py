"""HTTP of erasure."""

from chassis.http import Answer, Body, Permission, Read, Router, Run

from customer.contacts.model import Contact
from customer.erasure.erase_contact import EraseContact, erase_contact
from customer.erasure.queries import ErasureOut, proof_of
from customer.texts import Note

router = Router(prefix="/contacts", tags=["erasure"])


class ErasureBody(Body):
    """Why the person is erased; the reason stays, so it names nobody."""

    reason: Note


@router.post("/{contact_id}/erasure", permission=Permission.CONTACTS_ERASE, response_model=ErasureOut)
async def post_erasure(contact_id: str, body: ErasureBody, run: Run, read: Read) -> Answer:
    """Erase the person: what identifies the person cannot be read from now on, facts stay. Erasing again changes nothing.

    `state` becomes `done` when the last words are gone from the audit trail, seconds later.
    """
    command = EraseContact(contact_id=contact_id, **body.fields())
    contact: Contact = await run(erase_contact, command, subject=contact_id, locks=[contact_id])
    proof, version = await proof_of(read, contact.id)
    return Answer(proof, version=version)


@router.get("/{contact_id}/erasure", permission=Permission.CONTACTS_READ, response_model=ErasureOut)
async def get_erasure(contact_id: str, read: Read) -> Answer:
    """What was erased when, by whom and why, and what can be read now."""
    proof, version = await proof_of(read, contact_id)
    return Answer(proof, version=version)
