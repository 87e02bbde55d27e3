"""The way from one recipe to another: which exchanges there are, in which order, and what each is called."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dcell_graph.errors import InputError
from dcell_graph.snapshot.diff.called import called
from dcell_graph.snapshot.diff.frozen import changes_between, differ_frozen
from dcell_graph.snapshot.diff.sides import ORDER, Side, plan
from dcell_graph.snapshot.recipe import Recipe, with_options
from dcell_graph.snapshot.schema import AnnotationSource, GenomeSource, Manifest, OntologySource
from tests.snapshots import make_snapshot

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


def test_what_a_changed_recipe_is_called() -> None:
    in_stage = side(stages=({"kind": "date"}, CONTAINED_2)).recipe.model_copy(update={"name": "in-stage"})
    before_all = with_options(Recipe(name="before-all"), until="2010-01-01")
    for recipe in (in_stage, before_all):
        assert called(recipe, recipe) == recipe.name
        assert called(with_options(recipe, until="2017-07-19"), recipe) == f"{recipe.name} until 2017-07-19"
    # A manifest keeps no empty date stage.
    assert called(side(stages=(CONTAINED_2,)).recipe, in_stage) == "in-stage"
    more = with_options(in_stage, until="2017-07-19", options={"no_data": "keep", "record": "last"})
    assert called(more, in_stage) == "in-stage until 2017-07-19 (ND: drop → keep; record: any → last)"
    without = Recipe(name="before-all")
    assert called(without, before_all) == "before-all (evidence dates: until 2010-01-01 → none)"


OURS = Recipe(name="ours").canonical()
HCX: dict[str, Any] = {"imported": {"format": "hcx"}}


def manifest(
    recipe: dict[str, Any], ontology: str, files: str, genome: str = "as-found", listed: str | None = None
) -> Manifest:
    """Each input as NAME=CHECKSUM; the annotation files with commas between."""
    named = [file.split("=") for file in files.split(",")]
    genome_name, _, genome_sum = genome.partition("=")
    return make_snapshot([("a", "root")], [("a", "g")]).manifest.model_copy(
        update={
            "recipe": recipe,
            "ontology": OntologySource(release=ontology.split("=")[0], sha256=ontology.split("=")[1]),
            "annotation_files": tuple(AnnotationSource(name=n, sha256=s, release=None) for n, s in named),
            "genome": GenomeSource(name=genome_name, sha256=genome_sum or None),
            "gene_list": None if listed is None else GenomeSource(name=listed.split("=")[0], sha256="5"),
        }
    )


IMPORTED = manifest(HCX, "one.hcx=1", "one.hcx=1")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (
            manifest(OURS, "2016-12-06=7", "sgd=8,goa=9", "sgd=6"),
            IMPORTED,
            [
                "recipe: one of this program → none, imported from hcx",
                "ontology 2016-12-06 → one.hcx",
                "annotation file sgd + goa → one.hcx",
                "genome sgd → as-found",
            ],
        ),
        (
            IMPORTED,
            manifest(HCX, "two.hcx=2", "two.hcx=2"),
            ["ontology one.hcx → two.hcx", "annotation file one.hcx → two.hcx"],
        ),
        (
            IMPORTED,
            manifest(HCX, "one.hcx=2", "one.hcx=2"),
            ["another ontology under the name one.hcx", "another annotation file under the name one.hcx"],
        ),
        # The same files under other names are the same.
        (IMPORTED, manifest(HCX, "copy.hcx=1", "copy.hcx=1"), []),
        (IMPORTED, manifest(HCX, "one.hcx=1", "two.txt=2"), ["annotation file one.hcx → two.txt"]),
        (IMPORTED, manifest(HCX, "one.hcx=1", "one.hcx=1", "genes=3"), ["genome as-found → genes"]),
        (IMPORTED, manifest(HCX, "one.hcx=1", "one.hcx=1", listed="few=5"), ["gene list none → few"]),
        (
            IMPORTED,
            manifest({"imported": {"format": "drugcell"}}, "one.hcx=1", "one.hcx=1"),
            ["recipe: none, imported from hcx → none, imported from drugcell"],
        ),
        # Of ours the plan says which ingredient it is.
        (
            manifest(OURS, "2016-12-06=7", "sgd=8", "sgd=6"),
            manifest(OURS | {"no_data": "keep"}, "2016-12-06=0", "sgd=8,goa=9", "sgd=6"),
            ["annotation file goa added", "ND: drop → keep", "another ontology under the name 2016-12-06"],
        ),
    ],
)
def test_what_two_manifests_differ_in(a: Manifest, b: Manifest, expected: list[str]) -> None:
    assert list(changes_between(a, b)) == expected
    snapshot = make_snapshot([("a", "root")], [("a", "g")])
    found = differ_frozen(replace(snapshot, manifest=a), replace(snapshot, manifest=b), ("a", "b"))
    assert found.exact == (len(expected) == 1)
    start = {0: "Both manifests name the same", 1: "Only one thing differs"}.get(len(expected), "Two frozen snapshots")
    assert found.notes[0].startswith(start)
