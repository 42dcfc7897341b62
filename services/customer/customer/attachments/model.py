"""A file about an institution. Its name may speak of people, so it stays in the store and is on no topic."""

from datetime import datetime
from typing import Annotated

from chassis.media_types import CSV, DOCX, GIF, JPEG, OLE, PDF, PNG, PPTX, TEXT, WEBP, XLSX
from contracts.events.customer import AccountAttached, AccountAttachmentRemoved, AccountAttachmentState
from contracts.ids import EmployeeId
from contracts.personal import Personal

from customer.papers import Paper, followers

MAX_BYTES = 10 * 1024 * 1024
MEDIA_TYPES = frozenset({PDF, PNG, JPEG, GIF, WEBP, XLSX, DOCX, PPTX, OLE, CSV, TEXT})
"""What the bytes of an attachment may show it to be: documents and pictures, nothing that a browser would run."""
MAX_ATTACHMENTS = 200


class Attachment(Paper, kind="account-attachment", collection="account_attachments", prefix="att"):
    """A file that was attached, and perhaps removed again."""

    file_id: str
    name: Annotated[str | None, Personal]
    media_type: str
    size: int
    sha256: str
    author_id: EmployeeId | None
    created_at: datetime
    removed_at: datetime | None = None

    def attached(self) -> AccountAttached:
        """The event of its arrival."""
        return AccountAttached(attachment=self.state())

    def remove(self, at: datetime) -> AccountAttachmentRemoved:
        """Take the file away; what it was stays known, its name and content do not."""
        self.removed_at, self.name = at, None
        return AccountAttachmentRemoved(attachment=self.state())

    def state(self) -> AccountAttachmentState:
        """What events tell of it."""
        return AccountAttachmentState(
            attachment_id=self.id,
            account_id=self.account_id,
            media_type=self.media_type,
            size=self.size,
            author_id=self.author_id,
            created_at=self.created_at,
        )


ATTACHMENTS = followers(Attachment)
