"""Why something is in a snapshot or not: a small world by hand, and every removed term of a real snapshot."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.why.question import Question
from dcell_graph.graph.why.terms import about_term
from dcell_graph.graph.why.why import why
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.whatif import smallest_change
from dcell_graph.snapshot.recipe import Recipe, RedundantStage, find_recipe, with_options
from dcell_graph.snapshot.schema import Snapshot
from tests.independent import Inputs, apply
from tests.materials import make_material
from tests.real_files import SOURCES
from tests.small_world import World

# 1 contains 2, 2 contains 3 and has the same genes; 4 is known through IGI only; 5 hangs on 4 by part_of; nothing is
# known of 6; 7 is obsolete; 9 is another id of 2; 11 is known since 2018 only; 12 is part of 6 in another branch.
TERMS = """
GO:0008150 P
GO:0003674 F
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001 alt_id=GO:9000009
GO:9000003 P is_a=GO:9000002
GO:9000004 P is_a=GO:0008150
GO:9000005 P part_of=GO:9000004
GO:9000006 P is_a=GO:0008150
GO:9000007 P is_obsolete=true
GO:9000011 F is_a=GO:0003674
GO:9000012 F is_a=GO:0003674 part_of=GO:9000006
"""
ROWS = """
AAA1 GO:9000003 IDA 20100101
BBB2 GO:9000003 IDA 20110101
CCC3 GO:9000003 IEA 20120101
DDD4 GO:9000001 IDA 20100101
EEE5 GO:9000004 IGI 20100101
FFF6 GO:9000004 IGI 20100101
HHH8 GO:9000011 IDA 20180101
HHH8 GO:9000007 IDA 20100101
III9 GO:9000001 IDA 20100101 NOT
JJJ0 GO:9000005 IDA 20100101
KKK1 GO:0008150 IDA 20100101
LLL2 GO:9000007 IDA 20100101
MMM3 GO:9000012 IDA 20100101 NOT
"""
OPTIONS: dict[str, Any] = {
    "relations": ["is_a"],
    "stages": [
        {"kind": "date", "asserted_until": "2017-07-19"},
        {"kind": "evidence", "exclude": ["IGI"]},
        {"kind": "contained", "minimum": 2},
        {"kind": "redundant", "compare": "contained"},
    ],
}


@pytest.fixture
def world(runner: Neo4jRunner, tmp_path: Path) -> World:
    world = World(tmp_path, TERMS, sgd=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    recipe = Recipe(name="by-hand", **OPTIONS)
    build_snapshot(runner, "mine", recipe, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
    return world


UNTIL = ("stages.0.asserted_until", date(2018, 1, 1))
NO_IGI = ("stages.1.exclude", ())
ONE_GENE = ("stages.2.minimum", 1)
NOT_REDUNDANT = ("stages.3", None)
PART_OF = ("relations", ("is_a", "part_of"))
NOT_COUNTS = ("negated", "not-examined")
AT_ROOT = ("genes_without_term", "root")
CASES: list[tuple[str, str, str | None, str, list[tuple[str, Any]] | None]] = [
    ("GO:9000003", "inside", None, "with 3 genes attached to it and 3 contained", None),
    ("GO:9000002", "removed", "redundant", "contains the same 3 genes as its child GO:9000003", [NOT_REDUNDANT]),
    ("GO:9000009", "removed", "redundant", "GO:9000009 is another id of GO:9000002", [NOT_REDUNDANT]),
    ("GO:9000004", "removed", "evidence", "2 dropped by the evidence stage", [NO_IGI]),
    # With its one gene it would be too small, and equal to the root of its branch.
    ("GO:9000011", "removed", "date", "1 dropped by the date stage", [UNTIL, ONE_GENE, NOT_REDUNDANT]),
    ("GO:9000005", "removed", "unrooted", "no path to a root", [ONE_GENE, PART_OF]),
    ("GO:9000006", "no candidate", None, "The files have no record at or below it", None),
    ("GO:9000007", "obsolete", None, "is obsolete in 2018-06-01", None),
    ("GO:0003674", "removed", "empty", "neither a gene nor a child is left", [UNTIL]),
    ("GO:ROOT", "no candidate", None, "one root is left", None),
    ("AAA1", "inside", None, "attached to 1 term: GO:9000003", None),
    ("EEE5", "stopped", None, "1 dropped by the evidence stage", [NO_IGI]),
    ("HHH8", "stopped", None, "Its records on GO:9000007 lead to no live term", [UNTIL]),
    ("III9", "stopped", None, "1 with NOT", [AT_ROOT]),
    ("JJJ0", "lost", None, "GO:9000005 (unrooted: no path to a root", [PART_OF]),
    ("GO:9000003:AAA1", "inside", None, "is attached to GO:9000003", None),
    ("LLL2", "no record", None, "no record of LLL2", [AT_ROOT]),
    ("AAA1:GO:9000003", "inside", None, "is attached to GO:9000003", None),
    ("BBB2:GO:9000001", "inside", None, "contains BBB2 (SGD:S-BBB2) through GO:9000003", None),
    ("AAA1:GO:9000002", "removed", "redundant", "was removed by the stage redundant", [NOT_REDUNDANT]),
    ("DDD4:GO:9000003", "no record", None, "no record of DDD4 (SGD:S-DDD4) at or below GO:9000003", None),
    ("III9:GO:9000001", "stopped", None, "but does not contain III9", [NOT_COUNTS]),
    ("FFF6:GO:ROOT", "stopped", None, "is not in the snapshot", [NO_IGI]),
    ("FFF6:GO:9000007", "obsolete", None, "is obsolete", None),
]


def test_every_answer(runner: Neo4jRunner, world: World) -> None:
    for asked, reason, stage, said, changes in CASES:
        answer = why(runner, "mine", asked)
        assert (answer.inside, answer.reason, answer.stage) == (reason == "inside", reason, stage), asked
        assert said in " ".join(answer.sentences), answer.sentences
        if changes is None:
            assert answer.change is None, asked
            continue
        assert answer.change is not None, asked
        assert sorted((one.option, one.after) for one in answer.change.changes) == sorted(changes), asked
        with_it = world.build(**answer.change.recipe.model_dump(exclude={"name", "description", "gene_list"}))
        if answer.gene is None:
            assert answer.term in with_it.terms
        else:
            assert answer.gene in with_it.genes


def test_records_of_another_branch_are_not_below(runner: Neo4jRunner, world: World) -> None:
    recipe = Recipe(name="by-hand", stages=OPTIONS["stages"])
    for name, crossing, said in (("within", False, "no record at or below it"), ("across", True, "1 with NOT")):
        chosen = with_options(recipe, options={"cross_namespace": crossing})
        build_snapshot(runner, name, chosen, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
        answer = why(runner, name, "GO:9000006")
        assert answer.reason == "no candidate"
        assert said in answer.sentences[1]


def test_a_change_may_help_in_the_middle_of_an_option_only() -> None:
    # In 2012 term 1 has a gene more than its child 2; from 2014 on both have the same.
    terms = "GO:0008150 P\nGO:1 P is_a GO:0008150\nGO:2 P is_a GO:1"
    records = """
AAA1 GO:2 IDA 20100101
BBB2 GO:2 IDA 20100101
CCC3 GO:1 IDA 20120101
CCC3 GO:2 IDA 20140101
DDD4 GO:0008150 IDA 20100101
"""
    recipe = Recipe(name="r", asserted_until=date(2011, 1, 1), stages=(RedundantStage(compare="contained"),))
    found = smallest_change(Applier(make_material(terms, records)), recipe, lambda outcome: "GO:1" in outcome.terms)
    assert found is not None
    assert [(one.option, one.after) for one in found.changes] == [("stages.0", None)]
    # With the stage needed for another term, only the day is left.
    other = smallest_change(
        Applier(make_material(terms, records)),
        recipe,
        lambda outcome: "GO:1" in outcome.terms and bool(outcome.genes.get("GO:1")),
    )
    assert other is not None
    assert [(one.option, one.after) for one in other.changes] == [("asserted_until", date(2012, 1, 1))]


def several(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def test_what_is_not_known(runner: Neo4jRunner, world: World) -> None:
    with pytest.raises(NotFound, match="there is no snapshot yours in the database: expected mine"):
        why(runner, "yours", "AAA1")
    with pytest.raises(NotFound, match="no loaded ontology release knows GO:9000099"):
        why(runner, "mine", "GO:9000099")
    with pytest.raises(NotFound, match="the genome as-annotated has no gene ZZZ9"):
        why(runner, "mine", "ZZZ9:GO:9000001")
    with pytest.raises(InputError, match="nothing is asked about"):
        why(runner, "mine", " : ")


@pytest.mark.real_data
def test_every_removed_term_of_a_real_snapshot(
    real_runner: Neo4jRunner, real_snapshot: Snapshot, real_inputs: Inputs
) -> None:
    removed = dict(zip(real_snapshot.removed["term"], real_snapshot.removed["stage"], strict=True))
    reasons = {
        "date": "no gene left of its own",
        "evidence": "no gene left of its own",
        "redundant": "has the same {direct} as its child {equal_to}",
        "contained": "contains {contained}, fewer than 2",
        "unannotated": "no gene is annotated to the term itself",
        "unrooted": "no path to a root over the relations followed",
    }
    recipe = with_options(find_recipe("torchcell-2025"), until="2017-07-19")
    material = read_material(real_runner, release="2016-12-06", sources=list(SOURCES), genome="sgd")
    applied = Applier(material).apply(recipe).removed
    states = real_runner.read("why/states", snapshot="2017-07-19", terms=list(removed))
    assert {row["term"]: row["stage"] for row in states} == removed
    for row in states:
        numbers = applied[row["term"]]
        assert row["reason"] == reasons[row["stage"]].format(
            direct=several(numbers.direct, "direct gene"),
            contained=several(numbers.contained, "gene"),
            equal_to=numbers.equal_to,
        )

    question = Question(real_runner, "2017-07-19")
    for term in sorted(removed)[::25]:
        answer = about_term(question, term, search=False)
        assert (answer.reason, answer.stage, answer.inside) == ("removed", removed[term], False)
        assert not answer.records.empty  # it was a candidate, so there is something at or below it

    # The changes, for a term of every stage, by the independent implementation.
    for stage in sorted(set(removed.values())):
        terms = sorted(term for term, other in removed.items() if other == stage)
        term = terms[len(terms) // 2]
        change = about_term(question, term).change
        assert change is not None, term
        assert term in apply(change.recipe, real_inputs).terms, term
