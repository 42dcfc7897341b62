"""A note about an institution. Free text may speak of people, so it stays in the store and is on no topic."""

from datetime import datetime
from typing import Annotated

from contracts.events.customer import AccountNoteState, AccountNoteWritten
from contracts.ids import EmployeeId
from contracts.personal import Personal

from customer.papers import Paper, followers
from customer.texts import LongNote


class AccountNote(Paper, kind="account-note", collection="account_notes", prefix="nte"):
    """A note; never changed once written."""

    text: Annotated[LongNote | None, Personal]
    author_id: EmployeeId | None
    created_at: datetime

    def written(self) -> AccountNoteWritten:
        """The event of its writing."""
        return AccountNoteWritten(note=self.state())

    def state(self) -> AccountNoteState:
        """What events tell of it."""
        return AccountNoteState(
            note_id=self.id, account_id=self.account_id, author_id=self.author_id, created_at=self.created_at
        )


NOTES = followers(AccountNote)
