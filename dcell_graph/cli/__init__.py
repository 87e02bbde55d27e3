"""The command line: ``dcell-graph``. Commands parse, call one function of the package, and print."""

from __future__ import annotations

import logging
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph import __version__
from dcell_graph.cli import (
    ask,
    baseline,
    calibrate,
    compare,
    coverage,
    dataset,
    db,
    diff,
    doctor,
    find,
    history,
    importance,
    interpret_genes,
    interpret_publish,
    interpret_runs,
    knockout,
    load,
    predict,
    releases,
    runs,
    snapshot,
    sweep,
    why,
)
from dcell_graph.cli.display import bars, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.interrupt import interrupt_once
from dcell_graph.settings import read_settings, wait_passively

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="GO releases and annotations in Neo4j, versioned term sets, and DCell models built from them.",
)
app.add_typer(db.app, name="db")
app.add_typer(load.app, name="load")
app.add_typer(snapshot.app, name="snapshot")
snapshot.app.command("calibrate")(calibrate.calibrate_command)
snapshot.app.command("coverage")(coverage.coverage)
snapshot.app.command("diff")(diff.diff)
snapshot.app.command("why")(why.why)
app.add_typer(dataset.app, name="dataset")
app.command("doctor")(doctor.doctor)
app.command("releases")(releases.releases)
app.command("find")(find.find)
app.command("ask")(ask.ask)
app.command("predict")(predict.predict)
app.command("knockout")(knockout.knockout)
app.command("importance")(importance.importance)
app.command("contributions")(interpret_genes.contributions)
app.command("baseline")(baseline.baseline)
app.command("sweep")(sweep.sweep)
app.add_typer(runs.app, name="runs")
runs.app.command("publish")(interpret_publish.publish)
runs.app.command("unpublish")(interpret_publish.unpublish)
runs.app.command("published")(interpret_publish.published)
app.command("compare-runs")(interpret_runs.compare_runs)
app.command("compare")(compare.compare)
app.command("waterfall")(compare.waterfall)
app.command("blame")(history.blame)
app.command("count")(history.count)
app.command("known-on")(history.known_on)


def main() -> None:
    """Entry point of the ``dcell-graph`` program."""
    wait_passively()
    interrupt_once()
    # The driver logs what it also raises; the sentence that we print is enough.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    app()


@app.callback(invoke_without_command=True)
def version_option(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Options of the program itself."""
    if version:
        typer.echo(f"dcell-graph {__version__}")
        raise typer.Exit


@app.command()
@friendly_errors()
def quickstart(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Mirror folder with the data files; default: DCELL_GRAPH_MIRROR, else the official addresses."
        ),
    ] = None,
    generated: Annotated[bool, typer.Option("--generated", help="Use a generated world, not real data.")] = False,
) -> None:
    """Do it all once: database, data, two snapshots, a trained model, pictures."""
    from dcell_graph.quickstart import run_quickstart

    settings = read_settings()
    if data is not None and generated:
        raise InputError("--data and --generated contradict each other", hint="give one of them")
    if data is not None:
        settings = settings.model_copy(update={"mirror": data})
    with bars() as progress:
        for line in run_quickstart(settings, generated=generated, progress=progress):
            say(line)


@app.command("app")
@friendly_errors()
def app_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")] = "127.0.0.1",
) -> None:
    """Open the app in the browser."""
    try:
        metadata.version("streamlit")
    except metadata.PackageNotFoundError:
        raise NotFound("Streamlit is not installed", hint='pip install "dcell-graph[app]"') from None
    command = [sys.executable, str(_app_file().with_name("serve.py")), "run", str(_app_file())]
    command.append(f"--server.port={port}")
    command += [f"--server.address={host}", "--browser.gatherUsageStats=false"]
    if not sys.stdout.isatty():
        command.append("--server.headless=true")
    # The theme and the server settings lie beside the app's script, where Streamlit looks for them. The server takes
    # the place of this process: a signal that ends the command, whichever it is, leaves no server behind.
    os.chdir(_app_file().parent)
    os.execv(command[0], command)


def _app_file() -> Path:
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_app", package.parent / "app"):
        if (folder / "streamlit_app.py").is_file():
            return folder / "streamlit_app.py"
    raise NotFound("the app's files are missing", hint="install the package again")
