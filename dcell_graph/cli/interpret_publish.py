"""``dcell-graph runs publish``, ``unpublish`` and ``published``: results in the graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from dcell_graph.cli.display import AsJson, bars, say, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import NotFound
from dcell_graph.graph import publish as results
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings
from dcell_graph.train.finding import find_run, run_config
from dcell_graph.train.listing import summary_of
from dcell_graph.wording import counted

_NOT_SCORES = ("name", "namespace", "depth", "genes")
"""Columns of the table of scores that the term has in the graph anyway."""


@friendly_errors()
def publish(
    run: Annotated[str, typer.Argument(help="Name of a run, or its folder.")],
    scores: Annotated[
        Path | None, typer.Option(help="Table of scores (.parquet or .csv); default: that of `importance`.")
    ] = None,
) -> None:
    """Write a run and the scores of its subsystems into the database; the same again changes nothing."""
    settings = read_settings()
    folder = find_run(settings, run)
    table = scores or folder / "importance" / "scores.parquet"
    if not table.is_file():
        raise NotFound(f"there are no scores in {table}", hint=f"make them with dcell-graph importance {run}")
    frame = pd.read_parquet(table) if table.suffix == ".parquet" else pd.read_csv(table)
    frame = frame.drop(columns=[name for name in _NOT_SCORES if name in frame])
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    with bars() as progress, open_database(settings, start=True, progress=progress) as runner:
        done = results.publish(runner, _described(folder), rows, progress=progress)
    if done.already:
        say(f"run {folder.name} is published already, with the same {counted(done.terms, 'score')}")
    else:
        again = " in place of earlier ones" if done.replaced else ""
        say(f"run {folder.name}: {counted(done.terms, 'term')} scored{again}")


@friendly_errors()
def unpublish(name: Annotated[str, typer.Argument(help="Name of a published run.")]) -> None:
    """Take a run and its scores out of the database; its files stay."""
    with bars() as progress, open_database(read_settings(), start=True, progress=progress) as runner:
        results.unpublish(runner, name)
    say(f"run {name} is no longer published")


@friendly_errors()
def published(as_json: AsJson = False) -> None:
    """List the runs in the database."""
    with bars() as progress, open_database(read_settings(), start=True, progress=progress) as runner:
        found = results.published_runs(runner)
    columns = ("name", "snapshot", "dataset", "models", "published", "terms")
    rows = [[str(row[name]) if name == "published" else row[name] for name in columns] for row in found]
    show_rows(columns, rows, as_json=as_json, empty="No run is published: dcell-graph runs publish --help")


def _described(folder: Path) -> results.PublishedRun:
    config, summary = run_config(folder), summary_of(folder)
    facts: dict[str, Any] = {
        "dataset": summary.dataset,
        "dataset_id": config["dataset"].get("dataset_id"),
        "phenotype": config["dataset"].get("phenotype"),
        "generated": summary.generated,
        "models": summary.models,
        "epochs": summary.epochs,
        "parameters": summary.parameters,
        "started": summary.started,
        **{f"pearson_{part}": value for part, value in summary.pearson.items()},
    }
    return results.PublishedRun(
        name=folder.name,
        snapshot=summary.snapshot,
        snapshot_id=str(config["snapshot"]["snapshot_id"]),
        properties=facts,
    )
