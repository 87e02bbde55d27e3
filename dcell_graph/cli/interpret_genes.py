"""``dcell-graph contributions``: which annotations, terms and paths carry the effect of deleting genes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from dcell_graph.cli.display import AsJson, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.interpret_opening import RunName, SnapshotName, open_run, short
from dcell_graph.settings import read_settings

if TYPE_CHECKING:
    from dcell_graph.interpret.paths import Contributions


@friendly_errors()
def contributions(
    run: RunName,
    genes: Annotated[list[str], typer.Argument(metavar="GENE...", help="Genes to delete, by id or symbol.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the three whole tables as CSV.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows of each table to show.")] = 10,
    snapshot: SnapshotName = None,
    as_json: AsJson = False,
) -> None:
    """Take the effect of deleting genes apart: contributions of annotations, and of paths to the root, that add up.

    Their sum is the prediction for the strain minus that for the wild type, exactly. What passes through a term is the
    sum over the paths that it lies on.
    """
    # Slow to import.
    from dcell_graph.interpret.paths import contributions as take_apart

    trained = open_run(read_settings(), run, snapshot, as_json=as_json)
    found = take_apart(trained, genes)
    tables = _tables(found)
    if out is not None:
        _write(out, tables)
    if as_json:
        show_json({"effect": found.effect, **{name: table.to_dict("records") for name, table in tables.items()}})
        return
    say(f"Deleting {' '.join(genes)} changes the {trained.phenotype} by {found.effect:.6g}.")
    for name, table in tables.items():
        total = "" if name == "terms" else f", together {table['contribution'].sum():.6g}"
        say(f"{name} ({len(table):,}{total}):")
        rows = table.head(limit).itertuples(index=False, name=None)
        show_rows(list(table.columns), [list(map(short, row)) for row in rows], as_json=False, empty="none")


def _tables(found: Contributions) -> dict[str, pd.DataFrame]:
    paths = found.paths.assign(path=[" > ".join(path) for path in found.paths["path"]])
    return {"annotations": found.annotations, "terms": found.terms, "paths": paths}


def _write(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    from dcell_graph.train.files import write_whole

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        target = folder / f"{name}.csv"
        write_whole(target, lambda path, table=table: table.to_csv(path, index=False, lineterminator="\n"))  # type: ignore[misc]
