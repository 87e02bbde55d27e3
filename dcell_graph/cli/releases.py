"""``dcell-graph releases``: everything that is loaded or built, with sizes, dates and checksums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcell_graph.cli.display import AsJson, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.graph.load import loaded
from dcell_graph.graph.records import WORDS
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings

# The numbers that say most about a thing, few enough for a line of 100 characters.
_NUMBERS = {
    "Release": ("terms", "live"),
    "AnnotationFile": ("annotations", "refused"),
    "Genome": ("genes",),
    "GeneList": ("genes",),
    "Snapshot": ("terms", "pairs"),
}
_DATES = ("file_date", "date")
_LOADED = ("loaded", "finished")
# Long texts that other commands show: a snapshot's manifest, and what it was asked for.
_NOT_LISTED = frozenset({"manifest", "request"})


@friendly_errors()
def releases(as_json: AsJson = False) -> None:
    """List everything that is loaded: ontologies, annotation files, genomes, gene lists, snapshots."""
    with open_database(read_settings()) as runner:
        things = loaded(runner)
    if as_json:
        show_json([_everything(thing) for thing in things])
        return
    columns: tuple[str, ...] = ("kind", "name", "date", "loaded", "checksum", "content")
    rows = [_row(thing["kind"], thing["name"], thing["properties"]) for thing in things]
    generated = [thing["properties"].get("generated", False) for thing in things]
    if any(generated):
        columns = (*columns, "generated")
        rows = [(*row, mark) for row, mark in zip(rows, generated, strict=True)]
    show_rows(columns, rows, as_json=False, empty="nothing is loaded yet")


def _row(kind: str, name: str, properties: Mapping[str, Any]) -> tuple[object, ...]:
    numbers = [f"{properties[key]:,} {key}" for key in _NUMBERS[kind] if isinstance(properties.get(key), int)]
    return (
        WORDS[kind],
        name,
        _first(properties, _DATES)[:10],
        _first(properties, _LOADED)[:10],
        (properties.get("sha256") or properties.get("snapshot_id") or "")[:8],
        ", ".join(numbers),
    )


def _everything(thing: Mapping[str, Any]) -> dict[str, Any]:
    properties = {key: _plain(value) for key, value in thing["properties"].items() if key not in _NOT_LISTED}
    return {"kind": thing["kind"], "name": thing["name"], **dict(sorted(properties.items()))}


def _first(properties: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(_plain(properties[key])) for key in keys if properties.get(key) is not None), "")


def _plain(value: Any) -> Any:
    """Dates and times of the database as ISO text."""
    native = getattr(value, "to_native", None)
    return value if native is None else native().isoformat()
