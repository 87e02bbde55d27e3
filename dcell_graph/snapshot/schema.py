"""What a snapshot is: five tables and a manifest, and the rules they keep (docs/snapshot-format.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from dcell_graph.errors import SnapshotError
from dcell_graph.snapshot import dag

FORMAT = "dcell-graph-snapshot"
VERSION = 1

# Column -> pandas type of each table; the order is the order on disk.
TABLES: dict[str, dict[str, str]] = {
    "terms": {
        "index": "int32",
        "term": "str",
        "name": "str",
        "namespace": "str",
        "artificial": "bool",
        "depth": "int32",
        "height": "int32",
        "direct_genes": "int32",
        "contained_genes": "int32",
    },
    "parents": {
        "child_index": "int32",
        "parent_index": "int32",
        "child": "str",
        "parent": "str",
        "kind": "str",
    },
    "genes": {"index": "int32", "gene": "str", "symbol": "str"},
    "annotations": {
        "term_index": "int32",
        "gene_index": "int32",
        "term": "str",
        "gene": "str",
        "evidence": "str",
        "first_date": "str",
    },
    "removed": {
        "term": "str",
        "name": "str",
        "namespace": "str",
        "stage": "str",
        "reason": "str",
        "direct_genes": "int32",
        "contained_genes": "int32",
        "equal_to": "str",
    },
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OntologySource(_Frozen):
    """The ontology release a snapshot was built on."""

    release: str
    sha256: str


class AnnotationSource(_Frozen):
    """One annotation file a snapshot was built on."""

    name: str
    sha256: str
    release: str | None


class GenomeSource(_Frozen):
    """The gene list that names were resolved against (``as-annotated``: the ids of the annotation files)."""

    name: str
    sha256: str | None


class StageCount(_Frozen):
    """How large the term set is after a stage."""

    stage: str
    terms: int
    removed: int
    pairs: int


class TableStamp(_Frozen):
    """Rows and checksum of one table file."""

    rows: int
    sha256: str


class Manifest(_Frozen):
    """Everything about a snapshot that is not a table row.

    Args:
        snapshot_id: hash of the canonical content (see ``content_id``).
        name: the name it was built under; not part of the id.
        recipe: the recipe with every option spelt out.
        generated: True when the sources are a generated world, not real data.
        queries: checksum of each Cypher file that built it.
        stages: sizes after each stage, in order; the first is the candidate set.
        tables: filled in when the snapshot is written to disk.
    """

    format: Literal["dcell-graph-snapshot"] = "dcell-graph-snapshot"
    version: int = VERSION
    snapshot_id: str
    name: str
    created: str
    software: str
    generated: bool
    recipe: dict[str, Any]
    ontology: OntologySource
    annotation_files: tuple[AnnotationSource, ...]
    genome: GenomeSource
    gene_list: GenomeSource | None = None
    queries: dict[str, str]
    stages: tuple[StageCount, ...]
    counts: dict[str, int]
    tables: dict[str, TableStamp] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An immutable term set with its hierarchy and genes. Columns and types of the frames: ``TABLES``.

    Args:
        manifest: where it comes from.
        terms: one row a term, row i has index i.
        parents: one row a hierarchy link, child to parent; ``kind`` is asserted, bridge, wired or artificial.
        genes: one row a gene that the snapshot can see, row i has index i.
        annotations: one row a (term, gene) pair: the genes attached directly to the term.
        removed: one row a candidate term that a stage removed, with the stage, the reason and its numbers.
    """

    manifest: Manifest
    terms: pd.DataFrame
    parents: pd.DataFrame
    genes: pd.DataFrame
    annotations: pd.DataFrame
    removed: pd.DataFrame

    @property
    def root(self) -> int:
        """Index of the one term without parents."""
        return int(dag.roots(len(self.terms), self.parents["child_index"].to_numpy())[0])

    def validate(self) -> None:
        """Check the rules of docs/snapshot-format.md.

        Raises:
            SnapshotError: naming the first rule that is broken and by what.
        """
        for violation in _violations(self):
            raise SnapshotError(f"snapshot {self.manifest.name} breaks a rule: {violation}")


def typed(name: str, frame: pd.DataFrame, *, path: Path | None = None) -> pd.DataFrame:
    """Bring a frame to the columns and types of table ``name``.

    Args:
        name: of the table.
        frame: its rows, perhaps with other columns as well.
        path: the file it was read from, for messages.

    Raises:
        SnapshotError: a column is missing, or holds something else than its type.
    """
    columns = TABLES[name]
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SnapshotError(
            f"the table {name} lacks columns", path=path, expected=", ".join(columns), found="no " + ", ".join(missing)
        )
    try:
        return frame[list(columns)].astype(columns).reset_index(drop=True)
    except (TypeError, ValueError) as error:
        raise SnapshotError(f"the table {name} holds values of another type", path=path, found=str(error)) from None


def content_id(recipe: dict[str, Any], tables: dict[str, pd.DataFrame]) -> str:
    """Hash the content of a snapshot: its recipe, terms, links, genes, pairs with their evidence, and what was removed.

    Names of files and releases, times, query texts and bytes of Parquet files play no part, so the same rows in another
    order, or under another name, give the same id.

    Returns:
        64 hexadecimal digits (SHA-256).
    """
    digest = hashlib.sha256()
    digest.update(f"{FORMAT} {VERSION}\n".encode())
    digest.update(json.dumps(recipe, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    for name, columns in (
        ("terms", ["term", "namespace", "artificial"]),
        ("parents", ["child", "parent"]),
        ("genes", ["gene"]),
        ("annotations", ["term", "gene", "evidence", "first_date"]),
        ("removed", ["term", "stage"]),
    ):
        cells = [tables[name][column].astype(str).tolist() for column in columns]
        lines = sorted(map("\t".join, zip(*cells, strict=True)))
        digest.update("".join(line + "\n" for line in [f"[{name} {len(lines)}]", *lines]).encode())
    return digest.hexdigest()


def _violations(snapshot: Snapshot) -> Iterator[str]:
    terms, parents, genes, pairs = snapshot.terms, snapshot.parents, snapshot.genes, snapshot.annotations
    for name in TABLES:
        nulls = getattr(snapshot, name).isna().any()
        if nulls.any():
            yield f"{name}.{nulls.idxmax()} holds nulls"
    for table, key in ((terms, "term"), (genes, "gene")):
        if list(table["index"]) != list(range(len(table))):
            yield f"the index column of the {key} table is not 0 to {len(table) - 1}"
        repeated = table[key][table[key].duplicated()]
        if len(repeated):
            yield f"{key} {repeated.iloc[0]} occurs twice"
    for table, name, columns in (
        (parents, "parents", {"child": terms, "parent": terms}),
        (pairs, "annotations", {"term": terms, "gene": genes}),
    ):
        for column, target in columns.items():
            index = table[f"{column}_index"]
            outside = index[(index < 0) | (index >= len(target))]
            if len(outside):
                yield f"{name}.{column}_index holds {outside.iloc[0]}, but there are {len(target)} rows"
                return
            key = "gene" if column == "gene" else "term"
            differs = target[key].to_numpy()[index.to_numpy()] != table[column].to_numpy()
            if differs.any():
                yield f"{name}.{column} and {name}.{column}_index name different things in row {differs.argmax()}"
        keys = table[[f"{column}_index" for column in columns]]
        if keys.duplicated().any():
            row = table[keys.duplicated()].iloc[0]
            yield f"{name} lists {' and '.join(str(row[column]) for column in columns)} twice"
    if not len(terms):
        yield "it has no terms"
        return
    roots = dag.roots(len(terms), parents["child_index"].to_numpy())
    cycle = dag.find_cycle(len(terms), parents["child_index"].to_numpy(), parents["parent_index"].to_numpy())
    if cycle:
        yield "its hierarchy has a cycle through " + ", ".join(terms["term"][index] for index in cycle)
        return
    if len(roots) != 1:
        yield f"it has {len(roots)} roots ({', '.join(terms['term'][index] for index in roots[:5])}), expected one"
