"""Where genes are lost on the way to a snapshot: one gene for each way, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dcell_graph.errors import RecipeError
from dcell_graph.snapshot.applied.gene_trace import GeneTrace, trace_genes
from dcell_graph.snapshot.coverage import cover
from dcell_graph.snapshot.coverage_sentences import explain
from dcell_graph.snapshot.recipe import (
    ContainedStage,
    DateStage,
    EvidenceStage,
    Recipe,
    RedundantStage,
    Stage,
)
from tests.materials import make_material
from tests.snapshots import make_snapshot

ROOT, OTHER = "GO:0008150", "GO:0005575"

# Term, branch, relation and parent. GO:6 hangs on the root by part_of alone.
TERMS = f"""
{ROOT} P
{OTHER} C
GO:1 P is_a {ROOT}
GO:2 P is_a {ROOT}
GO:3 P is_a GO:1
GO:4 P is_a {ROOT}
GO:6 P part_of {ROOT}
"""
# Gene, term, evidence, day and NOT.
RECORDS = f"""
KEPT1 GO:1 IDA 20100101
KEPT2 GO:1 IDA 20100101
LATE GO:1 IDA 20180101
LATE GO:2 IDA 20170720
IGI GO:1 IGI 20100101
IGI GO:2 IDA 20180101
SMALL GO:4 IDA 20100101
NOT GO:1 IDA 20100101 NOT
ND {ROOT} ND 20100101
SLIP GO:1 ND 20100101
ELECTRONIC GO:1 IEA 20100101
ELECTRONIC GO:2 IEA 20100101
ELSEWHERE {OTHER} IDA 20100101
UNROOTED GO:6 IDA 20100101
"""
STAGES: tuple[Stage, ...] = (
    DateStage(asserted_until=date(2017, 7, 19)),
    EvidenceStage(exclude=("IGI",)),
    ContainedStage(minimum=2),
)


def recipe(**options: Any) -> Recipe:
    direct = {
        "relations": ("is_a",),
        "annotations": "direct",
        "removed_genes": "drop",
        "namespaces": ("biological_process",),
        "exclude_evidence": ("IEA",),
        "stages": STAGES,
    }
    return Recipe(name="by-hand", **{**direct, **options})


@pytest.fixture(scope="module")
def trace() -> GeneTrace:
    return trace_genes(make_material(TERMS, RECORDS), recipe())


@pytest.mark.parametrize(
    ("gene", "step", "reason"),
    [
        ("KEPT1", None, ""),
        ("NOBODY", "genome", "the genome tiny has no one gene of that name"),
        ("SILENT", "records", "no record of it on a live term of 2018-06-01 is in sgd and goa"),
        (
            "ELSEWHERE",
            "namespaces",
            "its last records (1) are on terms of other branches, which the option namespaces leaves out",
        ),
        ("NOT", "negated", "its last records (1) say NOT, which the option negated leaves out"),
        (
            "ND",
            "no_data",
            "its last records (1) say that there are no data (ND), which the option no_data leaves out",
        ),
        (
            "ELECTRONIC",
            "exclude_evidence",
            "its last records (2) have the evidence IEA, which the option exclude_evidence leaves out",
        ),
        ("UNROOTED", "candidates", "no root is reached from its last terms (GO:6)"),
        ("LATE", "date", "no record of its last pairs (GO:1, GO:2) was asserted until 2017-07-19"),
        ("IGI", "evidence", "only records with IGI were left of its last pairs (GO:1)"),
        (
            "SMALL",
            "contained",
            "its last terms contained fewer than 2 genes and went, and their genes with them (GO:4 contained 1)",
        ),
    ],
)
def test_each_way_to_be_lost(trace: GeneTrace, gene: str, step: str | None, reason: str) -> None:
    assert trace.step_of(gene) == step
    assert trace.reason(gene) == reason


def test_what_is_left_after_each_step(trace: GeneTrace) -> None:
    lost = {
        "genome": "",
        "records": "SILENT",
        "namespaces": "ELSEWHERE",
        "negated": "NOT",
        "no_data": "ND SLIP",
        "no_data_off_root": "",
        "exclude_evidence": "ELECTRONIC",
        "candidates": "UNROOTED",
        "date": "LATE",
        "evidence": "IGI",
        "contained": "SMALL",
    }
    assert [step.name for step in trace.steps] == list(lost)
    left = {"KEPT1", "KEPT2", *" ".join(lost.values()).split()}
    for step in trace.steps:
        left -= set(lost[step.name].split())
        assert step.genes == left, step.name
    assert left == {"KEPT1", "KEPT2"}


def test_no_data_where_it_is_a_slip() -> None:
    kept = trace_genes(make_material(TERMS, RECORDS), recipe(no_data="keep"))
    assert kept.step_of("SLIP") == "no_data_off_root"
    assert "say ND on a term that is no root" in kept.reason("SLIP")
    assert kept.step_of("ND") is None


def test_days_before_everything_else() -> None:
    material = make_material(TERMS, RECORDS + "KEPT2 GO:1 IDA 20120101")
    dated = trace_genes(material, recipe(asserted_from=date(2011, 1, 1)))
    assert "were asserted before 2011-01-01" in dated.reason("KEPT1")
    assert dated.step_of("KEPT1") == "asserted_from"
    assert dated.step_of("SMALL") == "asserted_from"
    assert dated.step_of("LATE") == "date"
    assert dated.step_of("KEPT2") == "contained"
    until = trace_genes(make_material(TERMS, RECORDS), recipe(asserted_until=date(2017, 7, 19), stages=()))
    assert until.step_of("LATE") == "asserted_until"
    assert "its last records (2) were asserted after 2017-07-19" in until.reason("LATE")


def test_a_recipe_that_looks_at_last_records_only() -> None:
    # The pair has an old record too, but the last listed one is new.
    material = make_material(TERMS, "LATE GO:1 IDA 20100101" + RECORDS)
    any_record, last_record = (trace_genes(material, recipe(record=record)) for record in ("any", "last"))
    assert any_record.step_of("LATE") is None
    assert last_record.step_of("LATE") == "date"
    assert last_record.reason("LATE").endswith("2017-07-19; the recipe looks only at the last listed record of each")
    assert last_record.reason("IGI").endswith("(GO:1); the recipe looks only at the last listed record of each")


def test_a_gene_list_comes_before_the_records() -> None:
    listed = trace_genes(make_material(TERMS, RECORDS), recipe(gene_list="screened", stages=()))
    assert [step.name for step in listed.steps][:3] == ["genome", "gene_list", "records"]
    for gene in ("SILENT", "KEPT2"):
        assert listed.step_of(gene) == "gene_list"
        assert listed.reason(gene) == "it is not in the gene list screened"
    assert listed.step_of("KEPT1") is None
    with pytest.raises(RecipeError, match="no gene list nothing"):
        trace_genes(make_material(TERMS, RECORDS), recipe(gene_list="nothing"))


def test_a_term_as_large_as_the_root_is_redundant() -> None:
    # GO:1 contains all genes of the root, which never goes; GO:1 goes, and what hangs on it.
    material = make_material(f"{ROOT} P\nGO:1 P is_a {ROOT}", "A1 GO:1 IDA 20100101\nB1 GO:1 IDA 20100101", ())
    stages = (RedundantStage(compare="contained", rounds="once"),)
    found = trace_genes(material, recipe(stages=stages))
    assert found.step_of("A1") == "redundant"
    assert found.reason("A1") == (
        f"its last terms went as redundant, and their genes with them (GO:1 has the genes of {ROOT})"
    )
    # If the parents get the genes instead, nothing is lost.
    assert trace_genes(material, recipe(stages=stages, removed_genes="parents")).step_of("A1") is None


def test_stages_of_a_kind_are_numbered() -> None:
    stages = (ContainedStage(minimum=1), DateStage(), ContainedStage(minimum=2))
    found = trace_genes(make_material(TERMS, RECORDS), recipe(stages=stages))
    # The date stage has no limits, so it is no step.
    assert [step.name for step in found.steps][-3:] == ["candidates", "contained 1", "contained 2"]
    assert found.step_of("SMALL") == "contained 2"
    assert "GO:4 contained 1" in found.reason("SMALL")


def test_genes_that_the_root_takes_in_are_not_lost() -> None:
    found = trace_genes(make_material(TERMS, RECORDS), recipe(genes_without_term="root"))
    assert [step.name for step in found.steps][-2:] == ["contained", "genes_without_term"]
    assert found.steps[-2].genes == {"KEPT1", "KEPT2"}
    assert found.step_of("SILENT") is None and found.reason("SILENT") == ""
    assert found.step_of("NOBODY") == "genome"


def test_symbols_that_name_one_gene() -> None:
    material = make_material(TERMS, RECORDS)
    twice = tuple("both" if gene in ("LATE", "IGI") else f"sym{gene}" for gene in material.genes)
    names = trace_genes(replace(material, symbols=twice), recipe()).gene_ids()
    assert names["symSMALL"] == "SMALL" and names["SMALL"] == "SMALL"
    assert "both" not in names


def test_a_trace_of_other_files_does_not_agree(trace: GeneTrace) -> None:
    # With one root left, there is no artificial one.
    right = [(ROOT, []), ("GO:1", ["KEPT1", "KEPT2"])]
    terms = [term for term, _ in right]
    pairs = [(term, gene) for term, genes in right for gene in genes]
    assert trace.agrees_with(make_snapshot([("GO:1", ROOT)], pairs, terms=terms))
    assert not trace.agrees_with(make_snapshot([("GO:1", ROOT)], pairs[:1], terms=terms))
    assert not trace.agrees_with(make_snapshot([("GO:1", ROOT)], [*pairs, ("GO:1", "NOBODY")], terms=terms))
    assert not trace.agrees_with(make_snapshot([("GO:1", ROOT), ("GO:2", ROOT)], pairs))


def test_coverage_step_by_step(trace: GeneTrace) -> None:
    snapshot = make_snapshot([("GO:1", ROOT)], [("GO:1", "KEPT1"), ("GO:1", "KEPT2")], terms=[ROOT, "GO:1"])
    strains = {
        "KEPT1": 1.0,
        "KEPT1+LATE": 3.0,
        "KEPT1+symSMALL": 2.0,
        "LATE": 6.0,
        "NOBODY+SILENT": 8.0,
    }
    found = cover(
        snapshot,
        names=list(strains),
        genes=[name.split("+") for name in strains],
        labels=list(strains.values()),
        trace=trace,
    )
    assert found.steps is not None
    rows = {row["step"]: row for row in found.steps.to_dict("records")}

    def numbers(step: str) -> list[int]:
        return [rows[step][key] for key in ("genes", "lost", "strains", "like_wild_type", "shared")]

    assert numbers("genome") == [4, 1, 1, 0, 0]  # NOBODY
    assert numbers("records") == [3, 1, 1, 1, 0]  # SILENT: the last strain looks like wild type
    assert numbers("evidence") == [2, 0, 3, 2, 4]  # LATE went before: two strains look like KEPT1, two like wild type
    assert numbers("contained") == [1, 1, 4, 2, 5]
    # Mean 4, in all 9 + 1 + 4 + 4 + 16 = 34; within KEPT1 and KEPT1+LATE 2, within the wild type 2.
    assert rows["records"]["r2"] == 1.0
    assert rows["date"]["r2"] == pytest.approx(1 - 4 / 34, abs=1e-15)
    assert rows["contained"]["r2"] == found.fits["r2"][0] == pytest.approx(1 - 4 / 34, abs=1e-15)
    steps = dict(zip(found.genes["gene"], found.genes["step"], strict=True))
    assert steps["LATE"] == "date" and steps["symSMALL"] == "contained" and steps["NOBODY"] == "genome"
    lines = explain(found, ["KEPT1", "KEPT1+LATE"])
    assert lines[-1] == (
        "LATE is not visible, lost at the step date: no record of its last pairs (GO:1, GO:2) was asserted until "
        "2017-07-19."
    )
