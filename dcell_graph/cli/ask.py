"""``dcell-graph ask``: questions in Cypher, saved ones among them, answered as a table, CSV, JSON or Parquet."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from dcell_graph.cli import choices
from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.display import AsJson, bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.visible import visible
from dcell_graph.errors import InputError
from dcell_graph.graph.ask.asker import Answer, Asker, Limits, open_asker
from dcell_graph.graph.ask.parameters import guess, split_pairs
from dcell_graph.graph.ask.saved import SavedQuery, ask_saved, find_saved, saved_names
from dcell_graph.graph.ask.schema import GraphSchema, read_schema
from dcell_graph.graph.ask.tables import to_cells, to_objects, write_parquet
from dcell_graph.graph.ask.values import shown
from dcell_graph.settings import read_settings

_ROWS = 1_000
_SECONDS = 30.0
_ORDINALS = frozenset({"year", "old_year", "new_year", "line"})


@friendly_errors()
def ask(
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="[CYPHER]", help="One statement, in quotes; - reads it from the input.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", metavar="NAME=VALUE", help="A number, a day, text, or JSON; may be repeated. See docs/ask.md."
        ),
    ] = None,
    saved: Annotated[
        str | None,
        typer.Option("--saved", metavar="NAME", help="Ask a saved query.", autocompletion=lambda: list(saved_names())),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the saved queries; with --saved, describe one.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Show what is in the graph.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows to this CSV file.")] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="Write the rows to this Parquet file.")
    ] = None,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows to fetch at most; 0 is no limit.")] = _ROWS,
    timeout: Annotated[float, typer.Option(help="Seconds after which the server ends the query.")] = _SECONDS,
    write: Annotated[bool, typer.Option("--write", help="Let the statement write; it commits by itself.")] = False,
    load_csv: Annotated[
        bool, typer.Option("--load-csv", help="Let LOAD CSV through, which reads files and fetches addresses.")
    ] = False,
) -> None:
    """Ask the graph a question in Cypher. Only reads, unless --write is given."""
    if listing or schema:
        useless = set(context.params) - ({"listing", "saved", "as_json"} if listing else {"schema", "as_json"})
        choices.refuse(context, f"{'--list' if listing else '--schema'} asks no query, so it takes none of", useless)
        _show_saved(saved, as_json) if listing else _show_schema(as_json)
        return
    if (query is None) == (saved is None):
        raise InputError("a query in quotes or --saved NAME is needed, not both", hint="see `dcell-graph ask --list`")
    if saved is not None:
        choices.refuse(context, "a saved query only reads the graph, so it takes none of", {"write", "load_csv"})
    limits = Limits(rows=limit or None, seconds=timeout)
    given = split_pairs(param or [])
    with open_asker(read_settings()) as asker:
        if saved is not None:
            answer = ask_saved(asker, saved, given, limits=limits)
        else:
            answer = _answer(asker, str(query), given, limits, write=write, load_csv=load_csv)
    _hand_out(answer, csv, parquet, as_json=as_json, silent=write and not answer.columns)


def _answer(
    asker: Asker, query: str, given: Mapping[str, str], limits: Limits, *, write: bool, load_csv: bool
) -> Answer:
    text = sys.stdin.read() if query == "-" else query
    parameters = {name: guess(name, value) for name, value in given.items()}
    if not write:
        return asker.ask(text, parameters, limits=limits, load_csv=load_csv)
    with bars() as progress:
        return asker.write(text, parameters, limits=limits, load_csv=load_csv, progress=progress)


def _hand_out(answer: Answer, csv: Path | None, parquet: Path | None, *, as_json: bool, silent: bool) -> None:
    """Write the files, show the rows unless files were asked for, and say what else there is to say."""
    if csv is not None:
        write_csv(csv, answer.columns, to_cells(answer))
    if parquet is not None:
        write_parquet(parquet, answer)
    if as_json:
        show_json(to_objects(answer))
    elif csv is None and parquet is None and not silent:
        show_rows(answer.columns, map(partial(_cells, answer.columns), answer.rows), as_json=False, empty="no rows")
    # What is not the answer goes to the error stream, so that the output can be read by a program.
    for file in (csv, parquet):
        if file is not None:
            _remark(f"{len(answer.rows):,} rows are in {file}")
    if answer.changes:
        _remark(", ".join(f"{number:,} {what}" for what, number in answer.changes.items()))
    if answer.note is not None:
        _remark(f"{answer.note} with --limit")


def _cells(columns: Sequence[str], row: Sequence[Any]) -> list[Any]:
    """What a table shows; years and lines are numbers that nobody counts with, so they get no thousands separators."""
    values = map(shown, row)
    return [
        str(value) if name in _ORDINALS and value is not None else value
        for name, value in zip(columns, values, strict=True)
    ]


def _remark(sentence: str) -> None:
    typer.echo(visible(sentence), err=True)


def _show_saved(name: str | None, as_json: bool) -> None:
    queries = [find_saved(one) for one in ([name] if name is not None else saved_names())]
    if as_json:
        show_json([_saved_object(query) for query in queries])
    elif name is None:
        rows = [(query.name, query.title) for query in queries]
        show_rows(("name", "answers"), rows, as_json=False, empty="no query is saved")
    else:
        _describe(queries[0])


def _describe(query: SavedQuery) -> None:
    say(query.title)
    rows = [(one.name, one.type, one.default, one.meaning) for one in query.parameters]
    show_rows(("parameter", "type", "default", "meaning"), rows, as_json=False, empty="it has no parameters")
    say(f"returns: {', '.join(query.returns)}")
    say(f"example: {example_command(query)}")


def example_command(query: SavedQuery) -> str:
    """The command line that asks a saved query with its example."""
    given = "".join(f" --param {name}={value}" for name, value in query.example.items())
    return f"dcell-graph ask --saved {query.name}{given}"


def _saved_object(query: SavedQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "title": query.title,
        "parameters": [
            {"name": one.name, "type": one.type, "default": one.default, "meaning": one.meaning}
            for one in query.parameters
        ],
        "example": dict(query.example),
        "returns": query.returns,
        "cypher": query.text,
    }


def _show_schema(as_json: bool) -> None:
    with open_asker(read_settings()) as asker:
        schema = read_schema(asker)
    if as_json:
        show_json(_schema_object(schema))
        return
    nodes = [(kind.label, kind.nodes, ", ".join(kind.properties)) for kind in schema.nodes]
    show_rows(("label", "nodes", "properties"), nodes, as_json=False, empty="the graph has no nodes")
    say("")
    links = [(f"(:{kind.start})-[:{kind.type}]->(:{kind.end})", kind.links) for kind in schema.links]
    show_rows(("relationship", "links"), links, as_json=False, empty="the graph has no relationships")
    say("")
    say("Queries to begin with; saved ones are listed by `dcell-graph ask --list`:")
    for example in schema.examples:
        say(f'  dcell-graph ask "{example}"')


def _schema_object(schema: GraphSchema) -> dict[str, Any]:
    return {
        "nodes": [{"label": one.label, "nodes": one.nodes, "properties": one.properties} for one in schema.nodes],
        "relationships": [
            {"type": one.type, "start": one.start, "end": one.end, "links": one.links} for one in schema.links
        ],
        "examples": schema.examples,
    }
