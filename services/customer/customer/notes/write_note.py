"""Write a note about an institution."""

from chassis.command import Command
from chassis.work import UnitOfWork

from customer.accounts.model import Account
from customer.notes.model import AccountNote
from customer.texts import LongNote


class WriteNote(Command):
    """Add a note; its author is whoever asks."""

    account_id: str
    text: LongNote


async def write_note(command: WriteNote, work: UnitOfWork) -> AccountNote:
    """The note. Raises: NotFound."""
    account = await work.get(Account, command.account_id)
    await work.require(account)
    note = AccountNote(
        id=AccountNote.new_id(),
        account_id=account.id,
        text=command.text,
        author_id=work.principal.employee_id,
        created_at=work.now,
        visible=account.visible,
    )
    work.add(note, note.written())
    return note
