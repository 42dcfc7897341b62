"""Loading past data through the same use cases: a file of commands, several hundred per unit of work, each at its own time.

A line of the file: `{"use_case": "create_account", "at": "2024-03-01T02:00:00Z", "principal": "system", "command": {…}}`.
`principal` is `"system"` or an object with the fields of `Principal`. How far a file has come is kept in the same
transaction as what it wrote, so that an interrupted load goes on where it stopped and nothing is written twice.
"""

import hashlib
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_type_hints

import orjson
from contracts.roles import Role
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from chassis.clock import FixedClock
from chassis.command import Command
from chassis.journal import Cause
from chassis.mongo import Database, is_infrastructure
from chassis.principal import Principal, SystemPrincipal
from chassis.refusals import Refusal
from chassis.store import MongoStore
from chassis.work import UnitOfWork
from chassis.works import Works

UseCase = Callable[[Any, UnitOfWork], Awaitable[Any]]

LOADS = "loads"
BATCH = 300
_UNIT_DEADLINE_S = 50.0
"""Below the database's own limit for the life of a transaction (60 s)."""


class Line(BaseModel):
    """One command of the file."""

    model_config = ConfigDict(extra="forbid")

    use_case: str
    at: AwareDatetime
    principal: str | dict[str, Any] = "system"
    command: dict[str, Any]


class UnusableLine(Exception):
    """A line that cannot be run at all."""


@dataclass(frozen=True)
class _Step:
    number: int
    use_case: UseCase
    at: datetime
    principal: Principal
    command: Command


class Loader:
    """Runs one file."""

    def __init__(
        self,
        works: Works,
        database: Database,
        use_cases: Sequence[UseCase],
        *,
        batch: int = BATCH,
        report: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self._works = works
        self._database = database
        self._use_cases: Mapping[str, UseCase] = {case.__name__: case for case in use_cases}  # pyright: ignore
        self._batch = batch
        self._report = report or _print

    async def load(self, raw: bytes) -> int:
        """Run what of the file has not been run; the number of lines that were refused.

        Raises: UnusableLine before anything is run when a line names no use case of the service or does not fit it.
        """
        lines = [line for line in raw.splitlines() if line.strip()]
        digest = hashlib.sha256(raw).hexdigest()
        steps = list(self._read(lines))
        known = await MongoStore(self._database).find_one(LOADS, {"_id": digest})
        done = int(known["done"]) if known else 0
        refused, started = 0, time.monotonic()
        self._report({"done": done, "total": len(steps)})
        while done < len(steps):
            batch = steps[done : done + self._batch]
            refused += await self._run(batch, digest)
            done += len(batch)
            self._report({"done": done, "total": len(steps), "seconds": round(time.monotonic() - started, 1)})
        return refused

    def _read(self, lines: Sequence[bytes]) -> Iterator[_Step]:
        for number, raw in enumerate(lines, start=1):
            try:
                line = Line.model_validate_json(raw)
                use_case = self._use_cases[line.use_case]
                command = command_of(use_case).model_validate(line.command)
                yield _Step(number, use_case, line.at, principal_of(line.principal), command)
            except KeyError as unknown:
                raise UnusableLine(f"line {number}: no use case {unknown}") from unknown
            except (TypeError, ValueError) as failure:
                if not isinstance(failure, ValidationError):
                    raise UnusableLine(f"line {number}: {failure}") from failure
                error = failure.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(part) for part in error["loc"])
                raise UnusableLine(f"line {number}: {where}: {error['msg']}") from failure

    async def _run(self, batch: Sequence[_Step], digest: str) -> int:
        try:
            await self._unit(batch, digest)
        except Exception as failure:
            if is_infrastructure(failure) or not isinstance(failure, Refusal):
                raise
            if len(batch) == 1:
                self._report({"line": batch[0].number, "refused": failure.code, "detail": failure.detail})
                await self._note(digest, batch[-1].number)
                return 1
            return sum([await self._run([step], digest) for step in batch])
        return 0

    async def _unit(self, batch: Sequence[_Step], digest: str) -> None:
        clock = FixedClock(batch[0].at)

        async def action(work: UnitOfWork) -> None:
            for step in batch:
                work.next_command(_cause(step))
                work.principal = step.principal
                clock.set(step.at)
                await step.use_case(step.command, work)
                work.check()
            await work.store.update_one(LOADS, {"_id": digest}, {"$set": {"done": batch[-1].number}}, upsert=True)

        await self._works.run(
            action,
            principal=batch[0].principal,
            cause=_cause(batch[0]),
            deadline=time.monotonic() + _UNIT_DEADLINE_S,
            clock=clock,
        )

    async def _note(self, digest: str, done: int) -> None:
        await MongoStore(self._database).update_one(LOADS, {"_id": digest}, {"$set": {"done": done}}, upsert=True)


def _cause(step: _Step) -> Cause:
    return Cause(command=step.use_case.__name__, request_id=f"load:{step.number}")  # pyright: ignore


def command_of(use_case: UseCase) -> type[Command]:
    """The command that a use case takes, by its annotation. Raises: UnusableLine."""
    hints = get_type_hints(use_case)
    kinds = [hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, Command)]
    if not kinds:
        raise UnusableLine(f"{use_case.__name__} takes no command")  # pyright: ignore
    return kinds[0]


def principal_of(given: str | dict[str, Any]) -> Principal:
    """The principal that a file or a test names: `system`, another system name, or an object with its fields."""
    if isinstance(given, str):
        return SystemPrincipal("load" if given == "system" else given)
    fields = dict(given)
    fields["roles"] = frozenset(Role(role) for role in fields.get("roles", ()))
    fields["paths"] = tuple(fields.get("paths", ()))
    fields["lines"] = tuple(fields.get("lines", ("*",)))
    return Principal(**fields)


def _print(progress: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(progress) + b"\n")
    sys.stdout.buffer.flush()
