"""Snapshots and small files for the tests of the exchange formats."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from dcell_graph.snapshot.schema import TABLES, Snapshot, content_id, typed
from tests.snapshots import make_snapshot

READABLE = ("dcell", "drugcell", "gmt", "graphml", "hcx", "csv", "parquet")
WHOLE = ("graphml", "hcx", "csv", "parquet")
"""Formats that lose nothing."""

#   root           R has the gene G0, A and B lie below it, C below both.
#   /   \
#  A     B          A: G1; B: G1 and G2; C: G3.
#   \   /
#     C
LINKS = [("GO:A", "GO:R"), ("GO:B", "GO:R"), ("GO:C", "GO:A"), ("GO:C", "GO:B")]
PAIRS = [("GO:R", "G0"), ("GO:A", "G1"), ("GO:B", "G1"), ("GO:B", "G2"), ("GO:C", "G3")]


def kite() -> Snapshot:
    return make_snapshot(LINKS, PAIRS, terms=["GO:R", "GO:A", "GO:B", "GO:C"], genes=["G0", "G1", "G2", "G3"])


def changed(snapshot: Snapshot, *, recipe: dict[str, Any] | None = None, **columns: Any) -> Snapshot:
    """The snapshot with other values in some columns, such as ``terms_name=["x", ..]``, and the id that fits them.

    Args:
        snapshot: to start from.
        recipe: another one, or None.
        columns: table, underscore and column; ``removed`` takes the whole table.
    """
    tables = {name: getattr(snapshot, name).copy() for name in TABLES}
    for place, values in columns.items():
        table, _, column = place.partition("_")
        if table == "removed":
            tables[table] = typed("removed", pd.DataFrame(values, columns=list(TABLES["removed"])))
        else:
            tables[table][column] = values
            tables[table] = typed(table, tables[table])
    used = snapshot.manifest.recipe if recipe is None else recipe
    manifest = snapshot.manifest.model_copy(update={"recipe": used, "snapshot_id": content_id(used, tables)})
    return dataclasses.replace(snapshot, manifest=manifest, **tables)


def bare(snapshot: Snapshot, source_format: str) -> Snapshot:
    """The snapshot without anything that a plain format cannot hold, as if it came from there."""
    count, pairs = len(snapshot.terms), len(snapshot.annotations)
    return changed(
        snapshot,
        recipe={"imported": {"format": source_format}},
        terms_name=[""] * count,
        terms_namespace=[""] * count,
        genes_symbol=[""] * len(snapshot.genes),
        annotations_evidence=[""] * pairs,
        annotations_first_date=[""] * pairs,
    )


def rich() -> Snapshot:
    """The kite with names that could break a file, evidence, dates, kinds and removed terms."""
    return changed(
        kite(),
        terms_name=['tab\there, "quoted"', "line\nend | bar", "<tag> & ]]>", " 'edges' \\ ü 🧬 "],
        terms_namespace=["", "biological_process", "biological_process", "cellular_component"],
        genes_symbol=["a,b", 'say "gene"', "", "x|y\tz"],
        parents_kind=["asserted", "bridge", "wired", "artificial"],
        annotations_evidence=["IDA|IMP", "", "IEA", "IGI", "TAS"],
        annotations_first_date=["2010-01-01", "", "2011-02-03", "2012-12-31", ""],
        removed=[
            ("GO:X", 'gone, "away"\n', "biological_process", "contained", "2 genes, fewer than 4", 1, 2, ""),
            ("GO:Y", "", "", "redundant", "as GO:A", 3, 3, "GO:A"),
        ],
    )


def links_of(snapshot: Snapshot) -> set[tuple[str, str]]:
    return set(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))


def pairs_of(snapshot: Snapshot) -> set[tuple[str, str]]:
    return set(zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True))


def contained_by_search(snapshot: Snapshot) -> dict[str, set[str]]:
    """Contained genes of each term, by looking at everything below it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(snapshot.terms["term"])
    graph.add_edges_from((parent, child) for child, parent in links_of(snapshot))
    pairs = pairs_of(snapshot)
    return {
        term: {gene for holder, gene in pairs if holder in nx.descendants(graph, term) | {term}}
        for term in snapshot.terms["term"]
    }


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files into a folder; gives the only file, or the folder if there are several."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / next(iter(files)) if len(files) == 1 else folder


def rows_in_order(snapshot: Snapshot, table: str) -> list[tuple[Any, ...]]:
    rows = list(getattr(snapshot, table).itertuples(index=False, name=None))
    return sorted(rows) if table in ("parents", "annotations") else rows
