"""A service of notes: the smallest thing with routes, a use case, a query and every kind of body field."""

import asyncio
from datetime import date, datetime

from chassis.http import (
    PUBLIC,
    Answer,
    Body,
    Page,
    PageArgs,
    Permission,
    Prefer,
    Read,
    Router,
    Run,
)
from chassis.refusals import Conflict
from chassis.service import Service
from chassis.settings import ServiceSettings
from contracts.values import GeoPoint, Stage
from pydantic import BaseModel, Field

from tests.chassis.notes import Jar, KnownThing, Note, RewriteNote, WriteNote, rewrite_note, write_note


class NoteOut(BaseModel):
    id: str
    text: str
    version: int

    @classmethod
    def of(cls, note: Note) -> "NoteOut":
        return cls(id=note.id, text=note.text, version=note.version)


class NoteBody(Body):
    note_id: str = Field(pattern=r"^nte_[0-9a-z]{1,40}$")
    text: str = Field(min_length=1)
    title: str | None = None


class RewriteBody(Body):
    text: str


class PartBody(Body):
    name: str = Field(min_length=1, max_length=10)


class EverythingBody(Body):
    text: str | None = None
    count: int | None = None
    ratio: float | None = None
    flag: bool | None = None
    on: date | None = None
    at: datetime | None = None
    stage: Stage | None = None
    location: GeoPoint | None = None
    parts: list[PartBody] = Field(default_factory=list[PartBody], max_length=3)


class Locked(Conflict):
    code = "note_locked"
    title = "The note is locked"


router = Router(prefix="/notes", tags=["notes"])


@router.post("", status_code=201, permission=Permission.ACCOUNTS_WRITE, response_model=NoteOut)
async def post_note(body: NoteBody, run: Run) -> Answer:
    """Write a note."""
    note = await run(write_note, WriteNote(**body.fields()))
    return Answer(NoteOut.of(note), version=note.version)


@router.get("", permission=Permission.ACCOUNTS_READ, response_model=Page[NoteOut])
async def list_notes(read: Read, page: PageArgs, text: str | None = None) -> Answer:
    """Notes in scope."""
    where = {"text": text} if text else {}
    return Answer(await read.page(Note, where, page, sortable={"text"}, out=NoteOut.of))


@router.get("/{note_id}", permission=Permission.ACCOUNTS_READ, response_model=NoteOut)
async def get_note(note_id: str, read: Read) -> Answer:
    """One note."""
    note = await read.get(Note, note_id)
    return Answer(NoteOut.of(note), version=note.version)


@router.put("/{note_id}", permission=Permission.ACCOUNTS_WRITE, response_model=NoteOut)
async def put_note(note_id: str, body: RewriteBody, run: Run) -> Answer:
    """Rewrite a note."""
    note = await run(rewrite_note, RewriteNote(note_id=note_id, text=body.text), subject=note_id, require_match=True)
    return Answer(NoteOut.of(note), version=note.version)


@router.post("/everything", permission=Permission.ACCOUNTS_READ)
async def post_everything(body: EverythingBody) -> Answer:
    """Echo a body of every kind of field."""
    return Answer(body.fields())


@router.get("/echo/{number}", permission=Permission.ACCOUNTS_READ)
async def get_echo(number: int, on: date | None = None, size: int = 1, q: str | None = None) -> Answer:
    """Echo path and query."""
    return Answer({"number": number, "on": on, "size": size, "q": q})


@router.post("/{note_id}/wait", permission=Permission.ACCOUNTS_READ)
async def post_wait(note_id: str, prefer: Prefer) -> Answer:
    """Say how long the caller wants to wait."""
    return Answer({"id": note_id, "wait": prefer.wait()})


@router.get("/locked/note", permission=Permission.ACCOUNTS_READ)
async def get_locked() -> Answer:
    """Always refused."""
    raise Locked(retry_after=None, note_id="nte_1")


@router.get("/public/note", permission=PUBLIC)
async def get_public() -> Answer:
    """Known to everybody."""
    return Answer({"open": True})


@router.get("/slow/note", permission=PUBLIC)
async def get_slow() -> Answer:
    """Known to everybody who waits a second."""
    await asyncio.sleep(1)
    return Answer({"slow": True})


service = Service(
    name="notes",
    settings=ServiceSettings,
    aggregates=[Note, Jar],
    replicas=[KnownThing],
    routers=[router],
    use_cases=[write_note, rewrite_note],
)
