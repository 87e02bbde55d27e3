"""Reads a snapshot out of the database into the frozen form that storage and training use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dcell_graph.errors import DatabaseError, NotFound, SnapshotError
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.schema import TABLES, Manifest, Snapshot, content_id, typed


def fetch_snapshot(settings: Settings, name: str) -> Snapshot:
    """Read a snapshot by name from the database that the settings name.

    Raises:
        DatabaseError: the database cannot be reached.
        NotFound: there is no such snapshot.
    """
    with open_database(settings) as runner:
        return read_snapshot(runner, name)


def read_snapshot(runner: Runner, name: str) -> Snapshot:
    """Read a snapshot by name.

    Raises:
        NotFound: there is no such snapshot, or it is not ready.
        SnapshotError: it breaks a rule of the format, or its content is not what its id says.
    """
    found = runner.read("read/ready", kind="Snapshot", name=name)
    if not found:
        names = [row["name"] for row in runner.read("read/loaded") if row["kind"] == "Snapshot"]
        raise NotFound(
            f"there is no snapshot {name}",
            expected=", ".join(names) if names else "none is built yet",
            hint="build it with `dcell-graph snapshot build`",
        )
    stored = Manifest.model_validate_json(found[0]["properties"]["manifest"])
    snapshot = assemble(runner, stored)
    if snapshot.manifest.snapshot_id != stored.snapshot_id:
        raise SnapshotError(
            f"the snapshot {name} is damaged in the database",
            expected=f"id {stored.snapshot_id[:12]}",
            found=f"content with id {snapshot.manifest.snapshot_id[:12]}",
            hint=f"remove it with `dcell-graph load remove snapshot {name}` and build it again",
        )
    return snapshot


def stored_id(settings: Settings, name: str) -> str | None:
    """Id of a snapshot in the database, or None if the database cannot be reached or has no such snapshot."""
    try:
        with open_database(settings) as runner:
            found = runner.read("read/ready", kind="Snapshot", name=name)
    except DatabaseError:
        return None
    return str(found[0]["properties"]["snapshot_id"]) if found else None


def assemble(runner: Runner, draft: Manifest) -> Snapshot:
    """Read the tables of the snapshot that ``draft`` names and complete its manifest with id and counts.

    Raises:
        SnapshotError: the tables break a rule of the format.
    """
    tables = _tables(runner, draft.name)
    counts = {
        "terms": len(tables["terms"]),
        "links": len(tables["parents"]),
        "genes": len(tables["genes"]),
        "pairs": len(tables["annotations"]),
        "leaves": len(set(tables["terms"]["term"]) - set(tables["parents"]["parent"])),
        "removed": len(tables["removed"]),
    }
    manifest = draft.model_copy(update={"snapshot_id": content_id(draft.recipe, tables), "counts": counts})
    snapshot = Snapshot(manifest=manifest, **tables)
    snapshot.validate()
    return snapshot


def _tables(runner: Runner, name: str) -> dict[str, pd.DataFrame]:
    terms = pd.DataFrame(runner.read("snapshot/terms", snapshot=name))
    links = runner.read("snapshot/parents_final", snapshot=name)
    pairs = [
        (row["term"], gene, symbol, evidence, first)
        for row in runner.read("snapshot/pairs", snapshot=name)
        for gene, symbol, evidence, first in row["genes"]
    ]
    term_index = {term: place for place, term in enumerate(terms["term"])}
    symbols = {gene: symbol for _, gene, symbol, _, _ in pairs}
    gene_index = {gene: place for place, gene in enumerate(sorted(symbols))}
    parents = pd.DataFrame(links, columns=["child", "parent", "kind"])
    parents["child_index"] = parents["child"].map(term_index).astype("int32")
    parents["parent_index"] = parents["parent"].map(term_index).astype("int32")
    annotations = pd.DataFrame(
        {
            "term": [pair[0] for pair in pairs],
            "gene": [pair[1] for pair in pairs],
            "evidence": ["|".join(sorted(set(pair[3]))) for pair in pairs],
            "first_date": [pair[4] or "" for pair in pairs],
        }
    )
    annotations["term_index"] = annotations["term"].map(term_index).astype("int32")
    annotations["gene_index"] = annotations["gene"].map(gene_index).astype("int32")
    genes = pd.DataFrame({"gene": list(gene_index), "symbol": [symbols[gene] for gene in gene_index]})
    genes["index"] = np.arange(len(genes))
    removed = pd.DataFrame(runner.read("snapshot/removed", snapshot=name), columns=list(TABLES["removed"]))
    tables = {
        "terms": _with_sizes(terms, parents, annotations, len(genes)),
        "parents": parents,
        "genes": genes,
        "annotations": annotations,
        "removed": removed,
    }
    return {table: typed(table, frame) for table, frame in tables.items()}


def _with_sizes(terms: pd.DataFrame, parents: pd.DataFrame, annotations: pd.DataFrame, n_genes: int) -> pd.DataFrame:
    n_terms = len(terms)
    child, parent = parents["child_index"].to_numpy(), parents["parent_index"].to_numpy()
    term, gene = annotations["term_index"].to_numpy(), annotations["gene_index"].to_numpy()
    return terms.assign(
        index=np.arange(n_terms),
        depth=dag.depths(n_terms, child, parent),
        height=dag.heights(n_terms, child, parent),
        direct_genes=np.bincount(term, minlength=n_terms),
        contained_genes=dag.contained_counts(n_terms, n_genes, child, parent, term, gene),
    )
