"""``dcell-graph sweep``: many runs that differ in what a TOML file says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli.display import say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.settings import read_settings


@friendly_errors()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What the runs share and what varies.")],
    snapshot: Annotated[str | None, typer.Option(help="Snapshot of all runs; wins over the file.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Dataset of all runs; wins over the file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Train every setting of a sweep, one after another; the same command goes on after a stop.

    Results are sorted by the validation strains; the test strains are left for ``dcell-graph runs show``, to be looked
    at once, after the choice.
    """
    # These are slow to import: --help and a file that cannot be used should not wait for them.
    from dcell_graph.train.sweep_file import read_sweep

    asked = read_sweep(file)

    from dcell_graph.measurements.storage import find_dataset, read_dataset
    from dcell_graph.train.__main__ import find_snapshot, place_of
    from dcell_graph.train.bar import training_bar
    from dcell_graph.train.records import Places
    from dcell_graph.train.sweep import cells, columns, run_sweep, summary_line

    settings = read_settings()
    named = snapshot or asked.snapshot
    used = find_snapshot(settings, named)
    strains = read_dataset(find_dataset(settings.datasets, dataset or asked.dataset))
    where = dataset or asked.dataset
    places = Places(snapshot=place_of(str(named)), dataset=strains.manifest.name if where is None else place_of(where))
    folder = settings.runs / asked.name
    with training_bar() as progress:
        rows = run_sweep(
            used, strains, asked, folder, places=places, log=_silent if as_json else say, progress=progress
        )
    shown = [dict(zip(columns(asked.varied), cells(row, asked.varied), strict=True)) for row in rows]
    if as_json:
        show_json({"folder": str(folder), "runs": shown})
        return
    say(summary_line(rows))
    kept = [name for name in columns(asked.varied) if any(row[name] is not None for row in shown)]
    show_rows(kept, [[_short(row[name]) for name in kept] for row in shown], as_json=False, empty="no runs")
    say(f"Results: {folder / 'results.csv'}")


def _silent(line: str) -> None:
    """Says nothing: JSON is all that is printed."""


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value
