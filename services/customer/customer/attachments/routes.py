"""HTTP of attachments."""

from datetime import datetime
from urllib.parse import quote

from chassis.files import Files
from chassis.http import Answer, Form, Page, PageArgs, Permission, Read, Router, Run, Upload
from chassis.reads import Reads
from chassis.refusals import NotFound
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from customer.accounts.model import Account
from customer.attachments.attach_file import AttachFile, attach_file
from customer.attachments.model import MAX_BYTES, MEDIA_TYPES, Attachment
from customer.attachments.remove_attachment import RemoveAttachment, remove_attachment

router = Router(prefix="/accounts/{account_id}/attachments", tags=["accounts"])

UPLOAD = Upload(max_bytes=MAX_BYTES, media_types=MEDIA_TYPES)


class AttachmentOut(BaseModel):
    """A file about an institution; `media_type` is what its bytes show."""

    id: str
    account_id: str
    name: str | None
    media_type: str
    size: int
    sha256: str
    author_id: str | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, attachment: Attachment) -> "AttachmentOut":
        """The answer for an attachment."""
        return cls(**{name: getattr(attachment, name) for name in cls.model_fields})


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=Page[AttachmentOut])
async def get_attachments(account_id: str, read: Read, page: PageArgs) -> Answer:
    """The files about an institution."""
    await read.get(Account, account_id)
    where = {"account_id": account_id, "removed_at": None}
    return Answer(await read.page(Attachment, where, page, out=AttachmentOut.of, sortable={"created_at"}))


@router.post(
    "", status_code=201, permission=Permission.ACCOUNT_NOTES_WRITE, response_model=AttachmentOut, upload=UPLOAD
)
async def post_attachment(account_id: str, form: Form, run: Run) -> Answer:
    """Attach a file of at most 10 MB: a document, a sheet, a picture, a text."""
    attachment = await run(attach_file, AttachFile(account_id=account_id, file_id=form.file.id), locks=[account_id])
    return Answer(AttachmentOut.of(attachment), version=attachment.version, location=attachment.id)


@router.get("/{attachment_id}", permission=Permission.ACCOUNTS_READ, response_model=AttachmentOut)
async def get_attachment(account_id: str, attachment_id: str, read: Read) -> Answer:
    """What is said of a file."""
    attachment = await _found(read, account_id, attachment_id)
    return Answer(AttachmentOut.of(attachment), version=attachment.version)


@router.get(
    "/{attachment_id}/content",
    permission=Permission.ACCOUNTS_READ,
    streaming=True,
    response_class=Response,
    responses={200: {"description": "The file's bytes", "content": {"application/octet-stream": {}}}},
)
async def get_content(account_id: str, attachment_id: str, read: Read) -> Response:
    """Download a file; browsers are told to save it and not to guess what it is."""
    attachment = await _found(read, account_id, attachment_id)
    headers = {
        "content-length": str(attachment.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(attachment.name or attachment.id, safe='')}",
        "x-content-type-options": "nosniff",
    }
    content = Files(read.database).read(attachment.file_id)
    return StreamingResponse(content, media_type=attachment.media_type, headers=headers)


@router.delete("/{attachment_id}", status_code=204, permission=Permission.ACCOUNT_NOTES_WRITE)
async def delete_attachment(account_id: str, attachment_id: str, run: Run) -> Answer:
    """Remove a file for good."""
    command = RemoveAttachment(account_id=account_id, attachment_id=attachment_id)
    await run(remove_attachment, command, subject=attachment_id, require_match=True, locks=[attachment_id])
    return Answer(None)


async def _found(read: Reads, account_id: str, attachment_id: str) -> Attachment:
    attachment = await read.find_one(Attachment, {"_id": attachment_id, "account_id": account_id})
    if attachment is None or attachment.removed_at is not None:
        raise NotFound(f"{attachment_id} does not exist")
    return attachment
