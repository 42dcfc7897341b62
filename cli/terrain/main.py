"""`terrain`: start, watch and repair the whole product."""

import typer

from terrain.commands import audit, dead_letters, doctor, down, lag, rebuild, relay, status, topics, up

app = typer.Typer(
    name="terrain",
    help="Start, watch and repair the whole product.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(cls=up.UpCommand)(up.up)
app.command()(down.down)
app.command()(status.status)
app.command()(doctor.doctor)
app.add_typer(topics.app, name="topics")
app.command()(lag.lag)
app.command()(relay.relay)
app.add_typer(rebuild.app, name="rebuild")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(audit.app, name="audit")

if __name__ == "__main__":
    app()
