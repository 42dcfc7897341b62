"""`terrain status`: what runs, whether it is ready, what it weighs."""

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, print_json, print_table


def status(data_dir: DataDirOption = DATA_DIR, as_json: JsonOption = False) -> None:
    """Show the running processes; exit code 1 when nothing runs."""
    from terrain.local.session import report

    told = report(data_dir)
    if as_json:
        print_json(told)
    elif told["processes"]:
        columns = ("name", "role", "pid", "state", "rss_mb")
        print_table(columns, ([row[column] for column in columns] for row in told["processes"]))
        typer.echo(f"{'ready' if told['ready'] else 'not ready'}: {told['gateway']}")
    else:
        typer.echo(f"Nothing runs on {data_dir}.")
    if not told["processes"]:
        raise typer.Exit(1)
