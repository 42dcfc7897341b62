"""One DuckDB file with the marts, their progress and the places they were built up to. Blocking: call it from threads."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from chassis.sequencing import Place
from contracts.envelope import Envelope
from contracts.events import Event

from analytics.marts.folding import Row, fold
from analytics.marts.schema import FACT_STOCK_MOVEMENT, SCHEMA_VERSION, Mart, ddl


@dataclass(frozen=True)
class Applied:
    """Where the marts stand in one partition: what to read next, when the last record applied was sent and what its
    event says of its own time (both None before the first)."""

    next_offset: int
    sent_at: datetime | None = None
    event_at: datetime | None = None


_DAMAGED = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
"""What the engine raises, beside its bare `Error`, when it cannot make sense of a file."""
_REFUSED = ("Could not set lock", "Cannot open file")
"""How the engine says that another process writes the file, and that the operating system refuses it."""

_CHUNK = 500
"""Keys of one statement: more makes parsing slow, fewer makes many statements."""


class UnusableFile(Exception):
    """The marts in the file cannot be used and have to be rebuilt."""


class OtherSchema(UnusableFile):
    """The file was made by another version of the marts."""


class BrokenFile(UnusableFile):
    """The file is no database, or is damaged."""


class MartFile:
    """Opens the file at `path` (in memory when None), making the star schema when it is new.

    One connection writes; readers get their own cursors, each with a snapshot of its own per transaction.

    Raises: OtherSchema; BrokenFile; the engine's own exception when another process writes it or the disk refuses.
    """

    def __init__(self, path: Path | None, *, memory_limit: str = "512MB", threads: int = 2) -> None:
        self.path = path
        self._writer = _connect(path, memory_limit, threads)
        try:
            self._prepare()
        except BaseException:
            self._writer.close()
            raise

    def _prepare(self) -> None:
        made = self._writer.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'").fetchall()[0][0]
        if not made:
            with _Transaction(self._writer):
                for statement in ddl():
                    self._writer.execute(statement)
                self._put_meta("schema_version", str(SCHEMA_VERSION))
        elif self.meta("schema_version") != str(SCHEMA_VERSION):
            raise OtherSchema(f"{self.path} has schema {self.meta('schema_version')}, not {SCHEMA_VERSION}")

    def meta(self, name: str) -> str | None:
        """A note kept in the file."""
        found = self._writer.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchall()
        return found[0][0] if found else None

    def set_meta(self, name: str, value: str) -> None:
        """Keep a note in the file."""
        with _Transaction(self._writer):
            self._put_meta(name, value)

    def _put_meta(self, name: str, value: str) -> None:
        self._writer.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name, value])

    def places(self) -> dict[Place, Applied]:
        """Where the marts stand in every partition that has been read."""
        rows = self._writer.execute("SELECT topic, partition, next_offset, sent_at, event_at FROM places").fetchall()
        return {
            (topic, partition): Applied(offset, _aware(sent_at), _aware(event_at))
            for topic, partition, offset, sent_at, event_at in rows
        }

    def progress(self, aggregates: Sequence[str]) -> dict[str, int]:
        """The sequence last applied of each of these aggregates; those never seen are left out."""
        found: dict[str, int] = {}
        for chunk in _chunks(aggregates):
            marks = ", ".join("?" * len(chunk))
            statement = f"SELECT aggregate, sequence FROM progress WHERE aggregate IN ({marks})"
            found.update(self._writer.execute(statement, chunk).fetchall())
        return found

    def apply(
        self, records: Sequence[tuple[Envelope, Event]], places: Mapping[Place, Applied], progress: Mapping[str, int]
    ) -> None:
        """Put records, each the next of its aggregate, into the marts and move on to `places` and `progress`, in one
        transaction.

        Raises: Unfoldable, or the engine's own exception; then nothing has changed.
        """
        changes = fold(records)
        with _Transaction(self._writer):
            for mart, rows in changes.rows.items():
                self._replace(mart, rows)
            for mart, versions in changes.versions.items():
                self._insert(mart.history_name, mart.types, versions)
            self._insert(FACT_STOCK_MOVEMENT.name, FACT_STOCK_MOVEMENT.types, changes.legs)
            self._upsert_progress(progress)
            self._upsert_places(places)

    def _replace(self, mart: Mart, rows: Mapping[str, Row]) -> None:
        for chunk in _chunks(list(rows)):
            marks = ", ".join("?" * len(chunk))
            self._writer.execute(f"DELETE FROM {mart.name} WHERE {mart.key} IN ({marks})", chunk)
        self._insert(mart.name, mart.types, list(rows.values()))

    def _insert(self, table: str, types: Sequence[str], rows: Sequence[Row], tail: str = "") -> None:
        """Insert rows column by column: one list for each, four times as fast as a parameter for each value."""
        if rows:
            columns = ", ".join(f"unnest(?::{type_}[])" for type_ in types)
            lists = [list(column) for column in zip(*rows, strict=True)]
            self._writer.execute(f"INSERT INTO {table} SELECT {columns}{tail}", lists)

    def _upsert_progress(self, progress: Mapping[str, int]) -> None:
        tail = " ON CONFLICT (aggregate) DO UPDATE SET sequence = excluded.sequence"
        self._insert("progress", ("VARCHAR", "BIGINT"), list(progress.items()), tail)

    def _upsert_places(self, places: Mapping[Place, Applied]) -> None:
        rows = [(*place, at.next_offset, _naive(at.sent_at), _naive(at.event_at)) for place, at in places.items()]
        tail = """ ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset,
            sent_at = coalesce(excluded.sent_at, places.sent_at), event_at = coalesce(excluded.event_at, places.event_at)"""
        self._insert("places", ("VARCHAR", "INTEGER", "BIGINT", "TIMESTAMP", "TIMESTAMP"), rows, tail)

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one reading thread; close it when done."""
        return self._writer.cursor()

    def close(self) -> None:
        """Write everything out and let the file go."""
        self._writer.close()


def _connect(path: Path | None, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            ":memory:" if path is None else str(path),
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "enable_external_access": False,
            },
        )
    except duckdb.Error as failure:
        refused = any(words in str(failure) for words in _REFUSED)
        if refused or (type(failure) is not duckdb.Error and not isinstance(failure, _DAMAGED)):
            raise
        raise BrokenFile(f"{path}: {failure}") from failure


class _Transaction:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN TRANSACTION")

    def __exit__(self, failed: type[BaseException] | None, *_: Any) -> None:
        if failed is None:
            self._connection.execute("COMMIT")
        else:
            with suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
