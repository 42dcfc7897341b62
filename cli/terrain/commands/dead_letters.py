"""`terrain dead-letters`: records that a service set aside, and what is done about them."""

import asyncio
import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from terrain.commands.shared_options import (
    DATA_DIR,
    DataDirOption,
    JsonOption,
    YesOption,
    print_json,
    print_table,
    refuse,
)
from terrain.local.processes import SERVICES

app = typer.Typer(help="List, show, replay or give up records that were set aside.", no_args_is_help=True)

WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept with the letter.")]
ServiceOption = Annotated[str | None, typer.Option("--service", help="Only this consumer.")]
LetterArgument = Annotated[str, typer.Argument(help="Id of the letter, as `list` shows it.")]
NOT_DONE = "Nothing was changed; add --yes to do it."


@app.command("list")
def list_letters(
    service: ServiceOption = None,
    state: Annotated[str, typer.Option(help="open, redriven, dropped or all.")] = "open",
    aggregate: Annotated[str | None, typer.Option(help="Only letters of this aggregate.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Show letters, oldest first."""
    if state not in ("open", "redriven", "dropped", "all"):
        refuse(f"There is no state {state}: it is open, redriven, dropped or all.", 2)
    letters = asyncio.run(_listed(data_dir, _services(service), state, aggregate, limit))
    if as_json:
        print_json({"dead_letters": letters})
        return
    print_table(("id", "aggregate", "sequence", "error", "state", "at"), (_row(letter) for letter in letters))


@app.command("show")
def show(letter_id: LetterArgument, data_dir: DataDirOption = DATA_DIR) -> None:
    """Show one letter with its headers and value, as JSON."""
    letter = asyncio.run(_shown(data_dir, letter_id))
    if letter is None:
        refuse(f"There is no dead letter {letter_id}.")
    print_json(_readable(letter))


@app.command("redrive")
def redrive(
    aggregate: Annotated[str, typer.Argument(help="Id of the parked aggregate.")],
    service: ServiceOption = None,
    over_gap: Annotated[bool, typer.Option("--over-gap", help="Give up records that never came.")] = False,
    why: WhyOption = "",
    yes: YesOption = False,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Have the service replay what waits of an aggregate, in order, and let it go on."""
    services = _services(service)
    waiting = asyncio.run(_listed(data_dir, services, "open", aggregate, 10_000))
    if not waiting:
        refuse(f"No open dead letter of {aggregate}.")
    asked = asyncio.run(_redriven(data_dir, services, aggregate, why, over_gap)) if yes else []
    if as_json:
        print_json({"dry_run": not yes, "letters": [letter["_id"] for letter in waiting], "asked": asked})
        return
    print_table(("id", "aggregate", "sequence", "error", "state", "at"), (_row(letter) for letter in waiting))
    typer.echo(f"Asked to replay: {', '.join(asked) or 'nothing is parked'}." if yes else NOT_DONE)


@app.command("drop")
def drop(
    letter_id: LetterArgument,
    why: WhyOption = "",
    yes: YesOption = False,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Give up a letter: what it says never happened for this service. The rest of its aggregate is replayed."""
    letter = asyncio.run(_shown(data_dir, letter_id))
    if letter is None or letter["state"] != "open":
        refuse(f"There is no open dead letter {letter_id}.")
    if yes:
        if not why:
            refuse("Say --why: dropping a record is remembered for ever.", 2)
        asyncio.run(_dropped(data_dir, letter_id, why))
    if as_json:
        print_json({"dry_run": not yes, "letter": _readable(letter)})
        return
    print_table(("id", "aggregate", "sequence", "error", "state", "at"), [_row(letter)])
    typer.echo("Dropped." if yes else NOT_DONE)


def _services(only: str | None) -> tuple[str, ...]:
    if only is not None and only not in SERVICES:
        refuse(f"There is no service {only}: it is one of {', '.join(SERVICES)}.", 2)
    return SERVICES if only is None else (only,)


async def _listed(
    data_dir: Path, services: tuple[str, ...], state: str, aggregate: str | None, limit: int
) -> list[dict[str, Any]]:
    from chassis.dead_letters import State, list_dead_letters

    from terrain.addresses import addresses
    from terrain.databases import database

    where, letters = addresses(data_dir), []
    for service in services:
        async with database(where, service) as opened:
            wanted = None if state == "all" else State(state)
            letters += await list_dead_letters(opened, state=wanted, aggregate_id=aggregate, limit=limit)
    return sorted(letters, key=lambda letter: (letter["at"], letter["_id"]))[:limit]


async def _shown(data_dir: Path, letter_id: str) -> dict[str, Any] | None:
    from chassis import dead_letters
    from terrain.addresses import addresses
    from terrain.databases import database

    async with database(addresses(data_dir), _owner(letter_id)) as opened:
        return await dead_letters.show(opened, letter_id)


async def _redriven(data_dir: Path, services: tuple[str, ...], aggregate: str, why: str, over_gap: bool) -> list[str]:
    from chassis.dead_letters import request_redrive

    from terrain.addresses import addresses
    from terrain.databases import database

    asked: list[str] = []
    for service in services:
        async with database(addresses(data_dir), service) as opened:
            asked += await request_redrive(opened, aggregate, by=_caller(), why=why, over_gap=over_gap)
    return asked


async def _dropped(data_dir: Path, letter_id: str, why: str) -> None:
    from chassis import dead_letters
    from terrain.addresses import addresses
    from terrain.databases import database

    async with database(addresses(data_dir), _owner(letter_id)) as opened:
        await dead_letters.drop(opened, letter_id, by=_caller(), why=why)


def _owner(letter_id: str) -> str:
    return _services(letter_id.partition("/")[0])[0]


def _caller() -> str:
    return f"terrain:{getpass.getuser()}"


def _row(letter: dict[str, Any]) -> tuple[Any, ...]:
    error = f"{letter['error']['kind']}: {letter['error']['detail'][:80]}"
    at = f"{letter['at']:%Y-%m-%d %H:%M:%S}"
    return letter["_id"], letter["aggregate_id"], letter["sequence"], error, letter["state"], at


def _readable(letter: dict[str, Any]) -> dict[str, Any]:
    def text(value: Any) -> Any:
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value

    headers = [[name, text(value)] for name, value in letter["headers"]]
    return letter | {"headers": headers, "key": text(letter["key"]), "value": text(letter["value"])}
