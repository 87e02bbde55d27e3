"""``dcell-graph db``: start, stop and look at the embedded database."""

from __future__ import annotations

import time
from datetime import datetime

import typer

from dcell_graph.cli.display import AsJson, bars, say, show_json
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.graph import server
from dcell_graph.graph.server import ServerStatus
from dcell_graph.settings import read_settings

app = typer.Typer(help="Start, stop and look at the embedded database.", no_args_is_help=True)


@app.command()
@friendly_errors()
def start(
    port: int | None = typer.Option(None, help="Port to listen on, from now on; by default one that is free."),
) -> None:
    """Start the embedded database in the background. The first time, its program files are fetched (130 MB)."""
    settings = read_settings()
    before = time.monotonic()
    found = server.status(settings).state == "running"
    with bars() as progress:
        reached = server.start(settings, progress=progress, port=port)
    took = time.monotonic() - before
    say(
        f"The database runs already at {reached.uri}."
        if found
        else f"The database runs at {reached.uri} ({took:.0f} s)."
    )
    say(f"Its user is {reached.user}; its password is in {settings.database / 'password'}.")


@app.command()
@friendly_errors()
def stop() -> None:
    """Stop the embedded database. What is in it stays."""
    say("The database is stopped." if server.stop(read_settings()) else "The database was not running.")


@app.command()
@friendly_errors()
def status(
    as_json: AsJson = False,
) -> None:
    """Say which database is in use, and whether it runs."""
    found = server.status(read_settings())
    if as_json:
        show_json(_plain(found))
        return
    for line in _sentences(found):
        say(line)


@app.command()
@friendly_errors()
def path() -> None:
    """Print the folder of the embedded database."""
    typer.echo(str(read_settings().database.resolve()))


@app.command()
@friendly_errors()
def reset(yes: bool = typer.Option(False, "--yes", help="Do not ask.")) -> None:
    """Delete the embedded database with everything loaded into it. Snapshots, datasets and runs stay."""
    settings = read_settings()
    if not yes:
        typer.confirm(f"Delete the database in {settings.database}, with everything loaded into it?", abort=True)
    say("The database is deleted." if server.reset(settings) else "There is no database.")


def _plain(found: ServerStatus) -> dict[str, str | int | bool | None]:
    return {
        "embedded": found.embedded,
        "state": found.state,
        "problem": found.problem,
        "uri": found.uri,
        "version": found.version,
        "pid": found.pid,
        "since": None if found.since is None else found.since.isoformat(timespec="seconds"),
        "folder": None if found.folder is None else str(found.folder),
        "size": found.size,
    }


def _sentences(found: ServerStatus) -> list[str]:
    if not found.embedded:
        if found.problem is not None:
            return [f"NEO4J_URI names the server at {found.uri}, which cannot be used: {found.problem}."]
        return [f"The server at {found.uri} is in use, because NEO4J_URI names it. It runs Neo4j {found.version}."]
    place = f"The embedded database is in {found.folder} ({_readable(found.size or 0)})."
    if found.pid is None or found.since is None:
        if not found.size:
            return [f"There is no embedded database in {found.folder} yet; `dcell-graph db start` makes one."]
        return [place, "It is stopped; `dcell-graph db start` starts it."]
    if found.state == "starting":
        return [place, f"It is being started, as process {found.pid}."]
    return [
        place,
        f"It runs Neo4j {found.version} at {found.uri}, as process {found.pid}, since {_local(found.since)}.",
    ]


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _readable(size: int) -> str:
    """A size for people, in the units that disks are sold in."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
