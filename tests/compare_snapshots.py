"""Compares a snapshot from the database with what the independent implementation says it must be."""

from __future__ import annotations

from dcell_graph.snapshot.schema import Snapshot
from tests.independent import IndependentSnapshot


def assert_same(snapshot: Snapshot, expected: IndependentSnapshot, label: str) -> None:
    """Terms, links, genes, pairs with their evidence and first day, removed terms, sizes and stage counts."""
    terms = snapshot.terms
    assert set(terms["term"]) == expected.terms, label
    assert set(terms["term"][terms["artificial"]]) == expected.artificial, label
    assert set(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True)) == expected.links, label
    assert list(snapshot.genes["gene"]) == expected.genes, label
    pairs = snapshot.annotations
    columns = [pairs[column] for column in ("term", "gene", "evidence", "first_date")]
    found = {(term, gene): (evidence, first) for term, gene, evidence, first in zip(*columns, strict=True)}
    assert found == {pair: ("|".join(codes), first) for pair, (codes, first) in expected.pairs.items()}, label
    assert dict(zip(snapshot.removed["term"], snapshot.removed["stage"], strict=True)) == expected.removed, label
    assert dict(zip(terms["term"], terms["contained_genes"], strict=True)) == expected.contained, label
    stages = [(stage.stage, stage.terms, stage.pairs) for stage in snapshot.manifest.stages]
    assert stages[:-1] == expected.stage_counts, label
    assert stages[-1] == ("result", len(expected.terms), len(expected.pairs)), label
