"""``dcell-graph find``: look a text up among genes, gene products and terms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dcell_graph.cli.display import AsJson, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.graph.find import Found
from dcell_graph.graph.find import find as find_in_graph
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings


@friendly_errors()
def find(
    text: Annotated[str, typer.Argument(help="An id, a symbol, or the start of a name; every character is literal.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to list; in JSON there is no limit.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Find genes, gene products and terms whose id, symbol, name or alias is or starts with a text."""
    with open_database(read_settings()) as runner:
        found = find_in_graph(runner, text)
    if as_json:
        show_json([asdict(one) for one in found])
        return
    columns = ("kind", "id", "name", "matched", "annotations", "NOT", "in")
    show_rows(columns, map(_row, found[:limit]), as_json=False, empty=f"nothing is called {text!r}, or starts so")
    if len(found) > limit:
        say(f"{len(found) - limit:,} more; give more of the name, or a higher --limit")


def _row(one: Found) -> tuple[object, ...]:
    name = one.name if one.note is None else f"{one.name} ({one.note})"
    return (one.kind, one.id, name, one.matched, one.annotations, one.negated, ", ".join(one.where))
