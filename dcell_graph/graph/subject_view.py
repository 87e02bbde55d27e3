"""What the loaded files and the snapshots say about one gene or one term: facts, counts by evidence, subsystems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.graph.comparison.tables import table
from dcell_graph.graph.runner import Row, Runner

_STATES = ["release", "date", "status", "term", "name", "replaced_by", "consider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneFacts:
    """What a genome says about a gene.

    Args:
        id, symbol: its names.
        sgdid, qualifier, chromosome: None where the genome says nothing.
        aliases: other names.
    """

    id: str
    symbol: str
    sgdid: str | None
    qualifier: str | None
    chromosome: str | None
    aliases: tuple[str, ...]


def gene_facts(runner: Runner, genome: str, gene: str) -> GeneFacts:
    """What a genome says about a gene.

    Raises:
        NotFound: the genome has no gene of that id.
    """
    rows = runner.read("read/gene_facts", genome=genome, gene=gene)
    if not rows:
        raise NotFound(f"the genome {genome} has no gene {gene}", hint="look for one of its names")
    return GeneFacts(**{**rows[0], "aliases": tuple(rows[0]["aliases"])})


def evidence_of_gene(runner: Runner, genome: str, gene: str) -> pd.DataFrame:
    """How many annotations each file has to a gene: ``source``, ``not``, ``evidence``, ``annotations``."""
    return _evidence(runner.read("read/gene_evidence", genome=genome, gene=gene))


def evidence_of_term(runner: Runner, ids: Sequence[str]) -> pd.DataFrame:
    """How many annotations each file has to a term, by all of its ids; columns as in ``evidence_of_gene``."""
    return _evidence(runner.read("read/term_evidence", ids=list(ids)))


def term_history(runner: Runner, term: str) -> pd.DataFrame:
    """What an id is in every loaded ontology release, the oldest first.

    Returns:
        ``release``, ``date``, ``status`` (live, merged into another id, obsolete or unknown), ``term``, ``name``,
        ``replaced_by``, ``consider``.
    """
    rows = [
        (
            state["release"],
            None if state["date"] is None else str(state["date"]),
            _status(state),
            *(state[key] for key in _STATES[3:]),
        )
        for state in runner.read("compare/blame_term", id=term)
    ]
    return table(rows, _STATES)


def subsystems_of_gene(runner: Runner, snapshot: str, genome: str, gene: str) -> pd.DataFrame:
    """The terms of a snapshot that contain a gene, those that it is attached to first.

    Returns:
        ``term``, ``name``, ``namespace``, ``attached``, ``depth``, ``direct_genes``, ``contained_genes``.
    """
    columns = ["term", "name", "namespace", "attached", "depth", "direct_genes", "contained_genes"]
    return table(runner.read("read/gene_subsystems", snapshot=snapshot, genome=genome, gene=gene), columns)


def records_of_terms(runner: Runner, snapshot: str, terms: Sequence[str]) -> pd.DataFrame:
    """The records that give genes to some terms of a snapshot, after its filters.

    Returns:
        ``term``, ``name``, ``gene``, ``symbol``, ``stated`` (the term of the record; a removed one if its genes went to
        the term), ``evidence``, ``date``, ``source``.
    """
    columns = ["term", "name", "gene", "symbol", "stated", "evidence", "date", "source"]
    return table(runner.read("read/term_records", snapshot=snapshot, terms=list(terms)), columns)


def _evidence(rows: list[Row]) -> pd.DataFrame:
    cells = [(row["source"], row["negated"], row["evidence"], row["annotations"]) for row in rows]
    return table(cells, ["source", "not", "evidence", "annotations"])


def _status(state: Row) -> str:
    if state["term"] is None:
        return "unknown"
    if state["obsolete"]:
        return "obsolete"
    return f"merged into {state['term']}" if state["merged"] else "live"
