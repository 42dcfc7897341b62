"""`terrain audit verify`: whether the audit trail is whole."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, print_json, print_table, refuse

app = typer.Typer(help="Examine the audit trail.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Examine the audit trail."""


@app.command("verify")
def verify(
    heads: Annotated[
        Path | None,
        typer.Option(
            "--heads",
            help="A file with the ends of the chains that were seen before: they must still be there. "
            "It is written anew when everything is whole. Keep it on another machine.",
        ),
    ] = None,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Check each service's chain, an entry for every version, and how much is not sealed yet. Exits with 1 on a fault."""
    from terrain.addresses import addresses
    from terrain.audits import verify_all

    where, known = addresses(data_dir), _read(heads)
    reports = asyncio.run(verify_all(where, known))
    whole = all(report.ok for report in reports.values())
    if heads is not None and whole:
        told = {service: asdict(report.head) for service, report in reports.items() if report.head is not None}
        heads.write_text(json.dumps(told, indent=1))
    if as_json:
        print_json({"ok": whole, "services": {name: {"ok": r.ok, **asdict(r)} for name, r in reports.items()}})
    else:
        columns = ("service", "whole", "blocks", "entries", "unsealed", "oldest_unsealed_s", "faults")
        print_table(
            columns,
            [
                (name, r.ok, r.blocks, r.entries, r.unsealed, round(r.oldest_unsealed_s, 1), r.fault_count)
                for name, r in reports.items()
            ],
        )
        for name, report in reports.items():
            for fault in report.faults:
                typer.echo(f"{name}: {fault}")
    if not whole:
        raise typer.Exit(1)


def _read(heads: Path | None) -> dict[str, Any]:
    if heads is None or not heads.exists():
        return {}
    try:
        return json.loads(heads.read_text())
    except (OSError, ValueError):
        refuse(f"{heads} is not a file that this command wrote.")
