"""HTTP of notes."""

from datetime import datetime

from chassis.http import Answer, Body, Page, PageArgs, Permission, Read, Router, Run
from pydantic import BaseModel

from customer.accounts.model import Account
from customer.accounts.queries import SortedPage
from customer.notes.model import AccountNote
from customer.notes.write_note import WriteNote, write_note
from customer.texts import LongNote

router = Router(prefix="/accounts/{account_id}/notes", tags=["accounts"])
_SORTED_BY = {"created": "created_at", "-created": "-created_at"}


class NoteBody(Body):
    """A note to write."""

    text: LongNote


class NoteOut(BaseModel):
    """A note as its author wrote it."""

    id: str
    account_id: str
    text: str | None
    author_id: str | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, note: AccountNote) -> "NoteOut":
        """The answer for a note."""
        return cls(**{name: getattr(note, name) for name in cls.model_fields})


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=Page[NoteOut])
async def get_notes(account_id: str, read: Read, page: PageArgs) -> Answer:
    """The notes about an institution, the latest first; sort by `created`."""
    await read.get(Account, account_id)
    order = SortedPage(page.limit, page.cursor, _SORTED_BY.get(page.sort or "-created", page.sort))
    found = await read.page(AccountNote, {"account_id": account_id}, order, out=NoteOut.of, sortable={"created_at"})
    return Answer(found)


@router.post("", status_code=201, permission=Permission.ACCOUNT_NOTES_WRITE, response_model=NoteOut)
async def post_note(account_id: str, body: NoteBody, run: Run) -> Answer:
    """Write a note."""
    note = await run(write_note, WriteNote(account_id=account_id, **body.fields()))
    return Answer(NoteOut.of(note), version=note.version, location=note.id)
