"""Options and ways to answer that all commands share."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

DataDirOption = Annotated[Path, typer.Option("--data-dir", help="Where the local stack keeps everything.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Do it; without this option it is only said what would be done.")
]

DATA_DIR = Path(".terrain")


def print_json(answer: object) -> None:
    """The whole answer of a command as one JSON document on stdout."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer of a command for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    Console().print(table)


def refuse(sentence: str, code: int = 1) -> NoReturn:
    """End the command with one sentence on stderr."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
