"""`terrain doctor`: what this machine lacks and how to get it."""

from typing import Annotated

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, print_json


def doctor(
    port: Annotated[int, typer.Option(help="The gateway's port to look at.")] = 8080,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Check Java, Maven, the database, the port, the disk; exit code 1 when something is missing."""
    from terrain.local.doctor import examine

    findings = examine(data_dir, port)
    if as_json:
        print_json({"ok": all(one.ok for one in findings), "checks": [one.row() for one in findings]})
    else:
        for one in findings:
            typer.echo(f"{'ok     ' if one.ok else 'missing'}  {one.what}: {one.found}")
            if not one.ok:
                typer.echo(f"         {one.remedy}")
    if not all(one.ok for one in findings):
        raise typer.Exit(1)
