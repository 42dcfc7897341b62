"""`terrain up`: start everything and stay until Ctrl-C, or leave it running with `--detach`."""

from enum import StrEnum
from typing import Annotated

import typer
from chassis.native.refusal import CannotStart
from typer.core import TyperCommand

from terrain.commands.shared_options import DATA_DIR, DataDirOption, refuse


class Size(StrEnum):
    """How much demo data is loaded."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class UpCommand(TyperCommand):
    """Lets `--demo` stand alone, meaning small (an optional value, which typer does not offer)."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, complete_demo(args))


def complete_demo(args: list[str]) -> list[str]:
    """`--demo` without a value becomes `--demo=small`; the last one given counts."""
    followers = [*args, "--"][1:]
    return [
        "--demo=small" if arg == "--demo" and follower.startswith("-") else arg
        for arg, follower in zip(args, followers, strict=True)
    ]


def up(
    demo: Annotated[Size | None, typer.Option(help="Load demo data (alone: small).")] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when everything is ready; stop with `terrain down`.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the gateway listens.")] = 8080,
    data_dir: DataDirOption = DATA_DIR,
) -> None:
    """Start broker, database, services and gateway on this machine.

    MONGODB_URI and KAFKA_BOOTSTRAP_SERVERS, when set, are used instead of an own database and an own broker.
    """
    from terrain.local.session import bring_up

    try:
        bring_up(data_dir, port=port, demo=demo.value if demo else None, detach=detach)
    except CannotStart as refused:
        refuse(str(refused))
