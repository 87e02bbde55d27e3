"""The way from one recipe to another: which exchanges there are, in which order, and what each is called."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from dcell_graph.errors import InputError
from dcell_graph.snapshot.diff.sides import ORDER, Side, plan
from dcell_graph.snapshot.recipe import Recipe

CONTAINED_2 = {"kind": "contained", "minimum": 2}
CONTAINED_4 = {"kind": "contained", "minimum": 4}
REDUNDANT = {"kind": "redundant", "compare": "direct", "rounds": "once"}
IGI = {"kind": "evidence", "exclude": ["IGI"]}


def side(
    *sources: str, release: str = "2016-12-06", genome: str = "sgd", stages: tuple[Any, ...] = (), **options: Any
) -> Side:
    recipe = Recipe(name="by-hand", stages=stages, **options)
    return Side(recipe=recipe, release=release, sources=sources or ("sgd",), genome=genome)


def causes(a: Side, b: Side, order: tuple[str, ...] = ORDER) -> list[str]:
    """The causes in order. The way must end where B is, and each exchange must change something."""
    steps = plan(a, b, order)
    sides = [a, *(step.side for step in steps)]
    assert sides[-1].recipe.canonical() == b.recipe.canonical()
    assert (sides[-1].release, sides[-1].sources, sides[-1].genome) == (b.release, b.sources, b.genome)
    for before, after in pairwise(sides):
        assert before != after
    return [step.cause for step in steps]


def test_equal_sides_take_no_step() -> None:
    assert causes(side("a", "b", stages=(IGI,)), side("a", "b", stages=(IGI,))) == []
    # An order of relations or namespaces says nothing, nor does a date stage without limits.
    assert causes(side(relations=("part_of", "is_a")), side(stages=({"kind": "date"},))) == []


def test_everything_is_exchanged_in_the_order_of_the_page() -> None:
    a = side("sgd", stages=(CONTAINED_2,), negated="not-examined", annotations="direct", unannotated_parents="root")
    b = side(
        "sgd",
        "goa",
        release="2019-10-07",
        genome="other",
        stages=(CONTAINED_4,),
        asserted_until="2017-07-19",
        exclude_evidence=("IGI", "IEA"),
        no_data="keep",
        record="last",
        namespaces=("biological_process",),
        gene_list="screened",
        relations=("is_a",),
        cross_namespace=True,
        removed_genes="drop",
        genes_without_term="root",
        super_root="always",
    )
    assert causes(a, b) == [
        "ontology 2016-12-06 → 2019-10-07",
        "genome sgd → other, gene list none → screened",
        "annotation file goa added",
        "evidence dates: until none → 2017-07-19",
        "evidence codes left out: none → IEA, IGI",
        "NOT: not-examined → drop",
        "ND: drop → keep",
        "record: any → last",
        "namespaces: biological_process, molecular_function, cellular_component → biological_process",
        "stage contained: at least 2 → 4",
        "relations: is_a, part_of → is_a",
        "links between namespaces: no → yes",
        "annotations: direct → propagated, unannotated parents root → keep",
        "genes of removed terms: parents → drop",
        "genes without a term: leave → root",
        "super root: when-needed → always",
    ]


def test_a_gene_list_of_the_same_genome_is_a_filter() -> None:
    assert causes(side(), side(gene_list="screened")) == ["gene list: none → screened"]


def test_another_order() -> None:
    a, b = side("a", stages=(CONTAINED_2,)), side("b", release="2019-10-07", stages=(CONTAINED_4,), no_data="keep")
    assert causes(a, b, ("stages", "filters")) == [
        "stage contained: at least 2 → 4",
        "ND: drop → keep",
        "ontology 2016-12-06 → 2019-10-07",
        "annotation file a → b",
    ]
    for order in (("stage",), ("stages", "stages"), ("",)):
        with pytest.raises(InputError, match="--order cannot be"):
            plan(a, b, order)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", "ab", ["annotation file b added"]),
        ("ab", "b", ["annotation file a left out"]),
        ("ab", "ac", ["annotation file b → c"]),
        ("ab", "cdb", ["annotation file a → c", "annotation file d added"]),
        ("abc", "dc", ["annotation file a → d", "annotation file b left out"]),
        ("ab", "ba", ["order of the annotation files: b, a"]),
        ("ab", "cab", ["annotation file c added"]),
        ("ab", "acb", ["annotation file c added"]),
    ],
)
def test_annotation_files(before: str, after: str, expected: list[str]) -> None:
    assert causes(side(*before), side(*after)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (IGI,), ["stage evidence (without IGI) added"]),
        ((IGI, CONTAINED_2), (CONTAINED_2,), ["stage evidence (without IGI) left out"]),
        (
            (CONTAINED_2,),
            ({"kind": "date", "asserted_until": "2017-07-19"}, CONTAINED_2),
            ["stage date (until 2017-07-19) added"],
        ),
        # Of two that change places one moves.
        ((REDUNDANT, CONTAINED_2), (CONTAINED_2, REDUNDANT), ["stage contained: moved to another place"]),
        (
            (IGI, REDUNDANT, CONTAINED_4),
            (CONTAINED_2, {"kind": "redundant", "compare": "contained"}),
            [
                "stage evidence (without IGI) left out",
                "stage redundant: compare direct → contained, rounds once → until-stable",
                "stage contained: moved to another place, at least 4 → 2",
            ],
        ),
        ((CONTAINED_2, IGI), (CONTAINED_2, IGI, CONTAINED_4), ["stage contained (at least 4) added"]),
    ],
)
def test_stages(before: tuple[Any, ...], after: tuple[Any, ...], expected: list[str]) -> None:
    assert sorted(causes(side(stages=before), side(stages=after))) == sorted(expected)
