"""`terrain topics`: the declared topics beside what the broker has."""

import asyncio

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption, JsonOption, YesOption, print_json, print_table

app = typer.Typer(help="List the declared topics, or create those that are missing.", no_args_is_help=True)


@app.command("list")
def list_topics(data_dir: DataDirOption = DATA_DIR, as_json: JsonOption = False) -> None:
    """Show every declared topic and whether the broker has it as declared."""
    _compare(data_dir, as_json, dry_run=True)


@app.command("apply")
def apply(data_dir: DataDirOption = DATA_DIR, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Create missing topics; topics that differ are reported and never changed (exit code 1)."""
    _compare(data_dir, as_json, dry_run=not yes)
    if not yes and not as_json:
        typer.echo("Nothing was changed; add --yes to create what is missing.")


def _compare(data_dir: DataDirOption, as_json: bool, *, dry_run: bool) -> None:
    from terrain.addresses import addresses
    from terrain.topics import apply_topics

    where = addresses(data_dir)
    states = asyncio.run(apply_topics(where.bootstrap_servers, where.topic_prefix, dry_run=dry_run))
    if as_json:
        print_json({"dry_run": dry_run, "topics": [vars(state) for state in states]})
    else:
        rows = [(state.name, state.partitions, state.found, state.action) for state in states]
        print_table(("topic", "partitions", "found", "action"), rows)
    if any(state.action == "differs" for state in states):
        raise typer.Exit(1)
