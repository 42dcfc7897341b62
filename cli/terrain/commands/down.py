"""`terrain down`: stop a stack started on the same data directory."""

import typer

from terrain.commands.shared_options import DATA_DIR, DataDirOption


def down(data_dir: DataDirOption = DATA_DIR) -> None:
    """Stop everything that `terrain up` started; data stays."""
    from terrain.local.session import take_down

    stopped = take_down(data_dir)
    typer.echo(f"Stopped; data stays in {data_dir}." if stopped else f"Nothing runs on {data_dir}.")
