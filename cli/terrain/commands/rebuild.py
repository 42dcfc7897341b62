"""`terrain rebuild analytics`: build the marts anew from the topics, beside those in use."""

import asyncio
import getpass
from typing import Annotated

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, YesOption, print_json, refuse

app = typer.Typer(help="Build read models anew from the topics.", no_args_is_help=True)


@app.callback()
def rebuild() -> None:
    """Build read models anew from the topics."""


@app.command("analytics")
def analytics(
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is done.")] = False,
    within: Annotated[float, typer.Option(min=1, help="Seconds that --wait waits.")] = 3600.0,
    yes: YesOption = False,
    data_dir: DataDirOption = DATA_DIR,
    as_json: JsonOption = False,
) -> None:
    """Build the marts of analytics from zero; questions go on being answered from the old ones until it is done."""
    from terrain.addresses import addresses

    where = addresses(data_dir)
    if not yes:
        if as_json:
            print_json({"dry_run": True})
        else:
            typer.echo("Every process of analytics would read all topics from their beginning; add --yes to do it.")
        return
    from terrain.rebuilds import NotRebuilt, follow_rebuild, request_rebuild

    request = asyncio.run(request_rebuild(where, f"terrain:{getpass.getuser()}"))
    processes = {}
    if wait:

        def told(left: int) -> None:
            typer.echo(f"{left} records left", err=True)

        try:
            processes = asyncio.run(follow_rebuild(where, request, told, within=within))
        except NotRebuilt as refused:
            refuse(str(refused))
    if as_json:
        print_json({"dry_run": False, "request": request, "processes": processes})
    else:
        typer.echo(f"{'Rebuilt' if wait else 'Asked for'}: {request}")
