"""Terms and genes with what surrounds them, read from the real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import NotFound
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.hierarchy_view import fates, neighbourhood, term_facts
from dcell_graph.graph.lost_genes import trace_snapshot
from dcell_graph.graph.names import read_gene_names, read_term_names
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.subject_view import (
    evidence_of_gene,
    evidence_of_term,
    gene_facts,
    records_of_terms,
    subsystems_of_gene,
    term_history,
)
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import ContainedStage, Recipe
from tests.small_world import P, World

RELEASE = "2018-06-01"
A, B, C, D, E, OLD = (f"GO:900000{number}" for number in range(1, 7))
# A is above B and C; C is part of A and regulates D; E is below both B and C.
TERMS = f"""
{P} P
{A} P is_a={P}
{B} P is_a={A} alt_id=GO:9000009
{C} P part_of={A} regulates={D}
{D} P is_a={P}
{E} P is_a={B} is_a={C}
{OLD} P is_obsolete=true
"""
ROWS = f"""
AAA1 {E}
BBB2 {B} IEA
CCC3 GO:9000009 IDA
CCC3 {B} IMP 20180101 NOT|involved_in
"""


def test_everything_about_a_term_and_a_gene(runner: Neo4jRunner, database_settings: Settings, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS, mine=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["mine"], name="mine")
    recipe = Recipe(name="r", stages=(ContainedStage(minimum=2),))
    build_snapshot(runner, "s", recipe, release=RELEASE, sources=["mine"], genome=AS_ANNOTATED)

    # Facts: an id that was merged leads to the term that took it over.
    facts = term_facts(runner, RELEASE, "GO:9000009")
    assert (facts.term, facts.asked, facts.obsolete, facts.ids) == (B, "GO:9000009", False, (B, "GO:9000009"))
    assert term_facts(runner, RELEASE, OLD).obsolete
    with pytest.raises(NotFound, match="has no term GO:1234567"):
        term_facts(runner, RELEASE, "GO:1234567")

    # The neighbourhood: levels are the fewest links; regulates only if asked.
    near = neighbourhood(runner, RELEASE, C, above=1)
    assert dict(zip(near.places["term"], near.places["level"], strict=True)) == {A: -1, C: 0, E: 1}
    assert list(near.links.itertuples(index=False, name=None)) == [(C, "part_of", A), (E, "is_a", C)]
    near = neighbourhood(runner, RELEASE, C, above=1, regulates=True)
    assert dict(zip(near.places["term"], near.places["level"], strict=True)) == {A: -1, D: -1, C: 0, E: 1}
    near = neighbourhood(runner, RELEASE, E, above=2)
    assert dict(zip(near.places["term"], near.places["level"], strict=True)) == {A: -2, B: -1, C: -1, E: 0}
    near = neighbourhood(runner, RELEASE, A, above=0, most_children=1)
    assert (near.places["term"].tolist(), near.children) == ([A, B], 2)

    # Fates: by hand A has 3 genes, B has 3, C and E have 1 and go; D has none and is no candidate.
    states = fates(runner, ["s"], [A, B, C, D, E])
    assert states["fate"].tolist() == ["kept", "kept", "removed", "no candidate", "removed"]
    assert states["reason"].tolist()[2] == "contains 1 gene, fewer than 2"

    counts = evidence_of_term(runner, facts.ids)
    assert list(counts.itertuples(index=False, name=None)) == [
        ("mine", False, "IDA", 1),
        ("mine", False, "IEA", 1),
        ("mine", True, "IMP", 1),
    ]
    counts = evidence_of_gene(runner, AS_ANNOTATED, "SGD:S-CCC3")
    assert counts["annotations"].tolist() == [1, 1]
    history = term_history(runner, "GO:9000009")
    assert history[["status", "term"]].values.tolist() == [[f"merged into {B}", B]]

    gene = gene_facts(runner, AS_ANNOTATED, "SGD:S-CCC3")
    assert (gene.symbol, gene.chromosome) == ("CCC3", None)
    with pytest.raises(NotFound, match="has no gene nobody"):
        gene_facts(runner, AS_ANNOTATED, "nobody")
    fed = subsystems_of_gene(runner, "s", AS_ANNOTATED, "SGD:S-CCC3")
    assert dict(zip(fed["term"], fed["attached"], strict=True)) == {B: True, A: False, P: False}

    # E and C are gone: AAA1 of E is now with B. Past C it would be with A as well, but B below A has it.
    records = records_of_terms(runner, "s", [A, B])
    columns = ["term", "gene", "stated", "evidence", "source"]
    assert list(records[columns].itertuples(index=False, name=None)) == [
        (B, "SGD:S-AAA1", E, "IDA", "mine"),
        (B, "SGD:S-BBB2", B, "IEA", "mine"),
        (B, "SGD:S-CCC3", B, "IDA", "mine"),
    ]
    assert set(records["date"]) == {"2018-01-01"} and records["symbol"].tolist()[0] == "AAA1"
    assert records_of_terms(runner, "s", [P]).empty

    assert [hit.named.id for hit in read_term_names(runner, RELEASE).find("9000009", 5).first] == []
    assert read_term_names(runner, RELEASE).get(OLD) is not None
    assert [hit.named.id for hit in read_gene_names(runner, AS_ANNOTATED).find("ccc", 5).first] == ["SGD:S-CCC3"]

    # AAA1 hangs on E, which goes; its genes go to the parents, so no gene is lost.
    trace, unknown = trace_snapshot(database_settings, read_snapshot(runner, "s"))
    assert unknown is None and trace is not None
    assert trace.step_of("SGD:S-AAA1") is None
    load.remove(runner, "Snapshot", "s")
    load.remove(runner, "AnnotationFile", "mine")
