"""Compares what came of a recipe, in the database and in memory, with what the independent implementation says."""

from __future__ import annotations

from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.applied.outcome import Outcome
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


def pairs_of(outcome: Outcome, material: Material) -> set[tuple[str, str]]:
    return {
        (term, gene)
        for term, bits in outcome.genes.items()
        for place, gene in enumerate(material.genes)
        if bits >> place & 1
    }


def assert_outcome(outcome: Outcome, material: Material, expected: IndependentSnapshot, label: str) -> None:
    assert set(outcome.terms) == expected.terms, label
    assert outcome.links == expected.links, label
    assert pairs_of(outcome, material) == set(expected.pairs), label
    assert {term: removal.stage for term, removal in outcome.removed.items()} == expected.removed, label
    stages = [(stage.stage, stage.terms, stage.pairs) for stage in outcome.stages]
    assert stages[:-1] == expected.stage_counts, label


def assert_same_reasons(outcome: Outcome, snapshot: Snapshot, label: str) -> None:
    """What the independent implementation does not tell: the numbers behind each removal, and their count a stage."""
    removed = snapshot.removed
    columns = [removed[column] for column in ("stage", "direct_genes", "contained_genes", "equal_to")]
    found = {
        term: (removal.stage, removal.direct, removal.contained, removal.equal_to)
        for term, removal in outcome.removed.items()
    }
    assert found == dict(zip(removed["term"], zip(*columns, strict=True), strict=True)), label
    assert outcome.stages == snapshot.manifest.stages, label
