"""``dcell-graph snapshot why``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.display import AsJson, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.frames import show_frame, show_json
from dcell_graph.graph.session import open_database
from dcell_graph.graph.why.why import why as find_why
from dcell_graph.settings import read_settings


@friendly_errors()
def why(
    name: Annotated[str, typer.Argument(help="Name of a snapshot in the database.")],
    asked: Annotated[
        str, typer.Argument(metavar="TERM|GENE|GENE:TERM", help="A term id, a gene by any name, or both.")
    ],
    records: Annotated[
        bool, typer.Option("--records", help="Also list the records behind it with their fate.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the records to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a term or gene is in a snapshot or not, and the smallest change of the recipe that brings it in."""
    with open_database(read_settings()) as runner:
        answer = find_why(runner, name, asked)
    if csv is not None:
        write_csv(csv, list(answer.records.columns), answer.records.itertuples(index=False, name=None))
    if as_json:
        changes = answer.change.changes if answer.change is not None else ()
        show_json(
            {
                "snapshot": answer.snapshot,
                "gene": answer.gene,
                "symbol": answer.symbol,
                "term": answer.term,
                "name": answer.name,
                "inside": answer.inside,
                "reason": answer.reason,
                "stage": answer.stage,
                "sentences": answer.sentences,
                "changes": [
                    {"option": one.option, "stage": one.stage, "before": one.before, "after": one.after}
                    for one in changes
                ],
                "records": answer.records,
            }
        )
        return
    for sentence in answer.sentences:
        say(sentence)
    if records:
        say("")
        show_frame(answer.records, empty="there is no record")
    if csv is not None:
        say(f"{len(answer.records):,} records are in {csv}")
