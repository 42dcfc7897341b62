"""A small aggregate, balance and replica that only the chassis' own tests use."""

from typing import Annotated, ClassVar

from chassis.aggregate import Aggregate, Balance, Index, Replica
from chassis.command import Command
from chassis.refusals import Conflict
from chassis.work import UnitOfWork
from contracts.events import Event, State
from contracts.events.base import REGISTRY
from contracts.personal import Personal
from contracts.values import Stamp

NORTH = Stamp(path="/unt_hq/unt_north/unt_t1/")
SOUTH = Stamp(path="/unt_hq/unt_south/unt_t2/")


class NoteState(State):
    note_id: str
    text: str


if "test.note-written.v1" in REGISTRY:
    NoteWritten = REGISTRY["test.note-written.v1"]
else:

    class NoteWritten(Event, type="test.note-written.v1", topic="test.note"):
        note: NoteState


class TitleTaken(Conflict):
    code = "title_taken"


class Note(Aggregate, kind="note", collection="notes", prefix="nte"):
    INDEXES: ClassVar = [Index([("title", 1)], unique=True, where={"title": {"$type": "string"}}, refusal=TitleTaken)]

    text: str
    title: str | None = None
    author: Annotated[str | None, Personal] = None

    def written(self) -> Event:
        return NoteWritten(note=NoteState(note_id=self.id, text=self.text))


class Jar(Balance, kind="jar", collection="jars", prefix="jar"):
    on_hand: int = 0


class KnownThing(Replica, collection="known_things"):
    name: str


class WriteNote(Command):
    note_id: str
    text: str
    title: str | None = None
    author: str | None = None


async def write_note(command: WriteNote, work: UnitOfWork) -> Note:
    note = Note(id=command.note_id, text=command.text, title=command.title, author=command.author, visible=[NORTH])
    work.add(note, note.written())
    return note


class RewriteNote(Command):
    note_id: str
    text: str


async def rewrite_note(command: RewriteNote, work: UnitOfWork) -> Note:
    note = await work.get(Note, command.note_id)
    note.text = command.text
    work.save(note, note.written(), reason="rewritten")
    return note
