"""Snapshots built in Neo4j against the independent implementation, on small worlds made to differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import Conflict, InputError, NotFound, RecipeError, SnapshotError
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot, list_snapshots
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.material import read_material
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.snapshot.schema import Snapshot
from tests.compare_snapshots import assert_outcome, assert_same, assert_same_reasons
from tests.database_fixtures import remove_everything
from tests.independent import build as independent_build
from tests.small_world import World

# 2 and 5 have two parents; 4 crosses into another branch; 6 has no annotation; 8 is obsolete, 9 merged into 2.
TERMS = """
GO:0008150 P
GO:0003674 F
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001 part_of=GO:9000006 alt_id=GO:9000009
GO:9000003 P is_a=GO:9000002
GO:9000004 F is_a=GO:0003674 part_of=GO:9000002
GO:9000005 P is_a=GO:9000003 is_a=GO:9000006 regulates=GO:9000001
GO:9000006 P is_a=GO:0008150
GO:9000007 P is_a=GO:9000005 has_part=GO:9000001
GO:9000008 P is_obsolete=true
GO:9000010 F is_a=GO:9000004
"""
SGD = """
AAA1 GO:9000003 IDA 20100101
AAA1 GO:9000003 IGI 20180301
BBB2 GO:9000005 IEA 20180101
CCC3 GO:9000007 IGI 20100101
CCC3 GO:9000005 IDA 20100101
DDD4 GO:9000009 IMP 20120101
EEE5 GO:9000002 IDA 20120101 NOT
EEE5 GO:9000001 IDA 20130101
FFF6 GO:9000004 IDA 20140101
FFF6 GO:9000008 IDA 20140101
GGG7 GO:9000010 IDA 20140101
GGG7 GO:0008150 ND 20100101
"""
GOA = """
AAA1 GO:9000003 IMP 20160101
BBB2 GO:9000005 IDA 20160101
HHH8 GO:9000007 IDA 20180601
HHH8 GO:9000001 IDA 20110101
FFF6 GO:9000010 IPI 20150101
"""
DATE = {"kind": "date", "asserted_until": "2017-07-19"}
EVIDENCE = {"kind": "evidence", "exclude": ["IGI"]}
RECIPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "is_a only": {"relations": ["is_a"]},
    "with regulates": {"relations": ["is_a", "part_of", "regulates"]},
    "across namespaces": {"cross_namespace": True},
    "one branch": {"namespaces": ["biological_process"]},
    "filters first": {
        "exclude_evidence": ["IGI", "IEA"],
        "asserted_until": "2017-07-19",
        "asserted_from": "2011-01-01",
    },
    "last record": {"record": "last", "negated": "not-examined", "no_data": "keep"},
    "direct, keep": {"annotations": "direct", "stages": [DATE, {"kind": "contained", "minimum": 2}]},
    "direct, bridge": {"annotations": "direct", "unannotated_parents": "bridge", "stages": [EVIDENCE, DATE]},
    "direct, root": {"annotations": "direct", "unannotated_parents": "root", "removed_genes": "drop"},
    "paper": {
        "exclude_evidence": ["IGI"],
        "stages": [{"kind": "contained", "minimum": 2}, {"kind": "redundant", "compare": "contained"}],
    },
    "notes": {
        "relations": ["is_a"],
        "annotations": "direct",
        "record": "last",
        "negated": "not-examined",
        "no_data": "keep",
        "unannotated_parents": "root",
        "removed_genes": "drop",
        "super_root": "always",
        "stages": [
            DATE,
            EVIDENCE,
            {"kind": "redundant", "compare": "direct", "rounds": "once"},
            {"kind": "contained", "minimum": 2},
        ],
    },
    "redundant first": {
        "stages": [
            {"kind": "redundant", "compare": "contained"},
            EVIDENCE,
            {"kind": "contained", "minimum": 3},
            {"kind": "redundant", "compare": "contained", "rounds": "once"},
        ]
    },
    "direct sets, genes to parents": {
        "annotations": "direct",
        "stages": [{"kind": "contained", "minimum": 2}, {"kind": "redundant", "compare": "direct"}, DATE],
    },
    "lost genes to the root": {"genes_without_term": "root", "removed_genes": "drop", "stages": [DATE, EVIDENCE]},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, TERMS, sgd=SGD, goa=GOA)


def load_world(runner: Neo4jRunner, world: World) -> None:
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)


def built(runner: Neo4jRunner, name: str, sources: list[str], **options: Any) -> Snapshot:
    recipe = Recipe(name="by-hand", **options)
    build_snapshot(runner, name, recipe, release="2018-06-01", sources=sources, genome=AS_ANNOTATED)
    return read_snapshot(runner, name)


def test_every_kind_of_recipe_equals_the_independent_implementation(runner: Neo4jRunner, world: World) -> None:
    load_world(runner, world)
    material = read_material(runner, release="2018-06-01", sources=["goa", "sgd"], genome=AS_ANNOTATED)
    for number, (name, options) in enumerate(RECIPES.items()):
        for files in (["sgd"], ["goa", "sgd"]):
            recipe = Recipe(name="by-hand", **options)
            expected = independent_build(
                recipe, obo=world.obo, gafs={file: world.gafs[file] for file in files}, features=None
            )
            snapshot = built(runner, f"{number}-{'-'.join(files)}", files, **options)
            label = f"{name}, {files}"
            assert_same(snapshot, expected, label)
            applied = Applier(material.of_sources(tuple(files))).apply(recipe)
            assert_outcome(applied, material, expected, label)
            assert_same_reasons(applied, snapshot, label)


def test_several_rounds_of_equal_direct_genes(runner: Neo4jRunner, tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000002
GO:9000004 P is_a=GO:9000003
GO:9000005 P is_a=GO:0008150
"""
    rows = """
BBB2 GO:9000001
AAA1 GO:9000002
AAA1 GO:9000003
BBB2 GO:9000003
AAA1 GO:9000004
BBB2 GO:9000004
CCC3 GO:9000005
"""
    world = World(tmp_path, terms, sgd=rows)
    load_world(runner, world)
    for rounds, left in (("once", 5), ("until-stable", 2)):
        # 3 equals 4; with its genes 2 equals 4; with those 1 equals 4; with those the root equals 4, which goes.
        stages = ({"kind": "redundant", "compare": "direct", "rounds": rounds},)
        snapshot = built(runner, rounds, ["sgd"], annotations="direct", stages=stages)
        assert len(snapshot.terms) == left
        assert_same(snapshot, world.build(annotations="direct", stages=stages), rounds)


def test_the_same_again_does_nothing_and_anything_else_is_refused(runner: Neo4jRunner, world: World) -> None:
    load_world(runner, world)
    recipe = Recipe(name="by-hand")
    arguments: dict[str, Any] = {"release": "2018-06-01", "sources": ["sgd"], "genome": AS_ANNOTATED}
    first = build_snapshot(runner, "mine", recipe, **arguments)
    again = build_snapshot(runner, "mine", recipe, **arguments)

    assert (first.already, again.already) == (False, True)
    assert again.manifest == first.manifest
    with pytest.raises(Conflict, match="recipe option record: any before, last now"):
        build_snapshot(runner, "mine", Recipe(name="by-hand", record="last"), **arguments)
    with pytest.raises(Conflict, match=r"annotation files: sgd .* before, goa .* now"):
        build_snapshot(runner, "mine", recipe, **(arguments | {"sources": ["goa"]}))
    assert [manifest.snapshot_id for manifest in list_snapshots(runner)] == [first.manifest.snapshot_id]


def test_the_id_depends_on_content_alone(runner: Neo4jRunner, tmp_path: Path) -> None:
    ids = set()
    lines = SGD.strip().splitlines()
    for number, rows in enumerate((lines, lines[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder, TERMS, sgd="\n".join(rows), goa=GOA)
        load_world(runner, world)
        snapshot = built(runner, f"order-{number}", ["sgd", "goa"] if number else ["goa", "sgd"])
        ids.add(snapshot.manifest.snapshot_id)
        remove_everything(runner)
    assert len(ids) == 1

    changed = World(tmp_path, TERMS, sgd=SGD.replace("DDD4 GO:9000009 IMP", "DDD4 GO:9000009 IDA"), goa=GOA)
    load_world(runner, changed)
    assert built(runner, "changed", ["sgd", "goa"]).manifest.snapshot_id not in ids


def test_a_repeated_annotation_has_the_date_of_its_last_row(runner: Neo4jRunner, tmp_path: Path) -> None:
    # The third row states the annotation of the first once more; the last one states another than the second.
    rows = "AAA1 GO:9000001 IDA 20100101\nBBB2 GO:9000001 IDA 20100101\n"
    rows += "AAA1 GO:9000001 IDA 20180101\nBBB2 GO:9000001 IMP 20180101"
    world = World(tmp_path, "GO:0008150 P\nGO:9000001 P is_a=GO:0008150", sgd=rows)
    load_world(runner, world)
    material = read_material(runner, release="2018-06-01", sources=["sgd"], genome=AS_ANNOTATED)
    for record, genes in (("last", {"SGD:S-BBB2"}), ("any", {"SGD:S-AAA1", "SGD:S-BBB2"})):
        options: dict[str, Any] = {"record": record, "asserted_until": "2017-07-19"}
        expected = world.build(**options)
        assert set(expected.genes) == genes
        assert_same(built(runner, record, ["sgd"], **options), expected, record)
        assert_outcome(Applier(material).apply(Recipe(name=record, **options)), material, expected, record)


def test_a_cycle_is_refused_and_nothing_remains(runner: Neo4jRunner, tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150 part_of=GO:9000002
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000002
"""
    world = World(tmp_path, terms, sgd="AAA1 GO:9000003")
    load_world(runner, world)
    with pytest.raises(RecipeError, match=r"GO:9000001, GO:9000002 \("):
        built(runner, "round", ["sgd"])

    assert runner.read("read/unfinished") == []
    assert list_snapshots(runner) == []
    assert_same(built(runner, "tree", ["sgd"], relations=["is_a"]), world.build(relations=["is_a"]), "is_a only")


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"release": "2099-01-01"}, NotFound, "there is no Release 2099-01-01"),
        ({"sources": ["nowhere"]}, NotFound, "there is no AnnotationFile nowhere"),
        ({"sources": []}, InputError, "at least one annotation file"),
        ({"genome": "sgd"}, NotFound, "there is no Genome sgd"),
        ({"name": "../up"}, InputError, "a snapshot name cannot be used"),
        ({"recipe": Recipe(name="r", asserted_until="1990-01-01")}, RecipeError, "no annotation is left"),  # type: ignore[arg-type]
        ({"recipe": Recipe(name="r", gene_list="none")}, NotFound, "there is no GeneList none"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(
    runner: Neo4jRunner, world: World, change: dict[str, Any], error: type[Exception], text: str
) -> None:
    load_world(runner, world)
    arguments: dict[str, Any] = {
        "name": "mine",
        "recipe": Recipe(name="r"),
        "release": "2018-06-01",
        "sources": ["sgd"],
        "genome": AS_ANNOTATED,
    } | change
    name, recipe = arguments.pop("name"), arguments.pop("recipe")
    with pytest.raises(error, match=text):
        build_snapshot(runner, name, recipe, **arguments)
    assert runner.read("read/unfinished") == []


def test_what_a_snapshot_was_built_from_stays(runner: Neo4jRunner, world: World) -> None:
    load_world(runner, world)
    built(runner, "mine", ["sgd"])
    for kind, name in (("Release", "2018-06-01"), ("AnnotationFile", "sgd")):
        with pytest.raises(Conflict, match=rf"{kind} {name} cannot be removed: .* found mine"):
            load.remove(runner, kind, name)
    with pytest.raises(InputError, match="is always there"):
        load.remove(runner, "Genome", AS_ANNOTATED)
    load.remove(runner, "AnnotationFile", "goa")
    load.remove(runner, "Snapshot", "mine")
    load.remove(runner, "AnnotationFile", "sgd")


def test_a_snapshot_that_was_tampered_with_in_the_database_is_refused(runner: Neo4jRunner, world: World) -> None:
    load_world(runner, world)
    built(runner, "mine", ["sgd"])
    runner.statements(["MATCH (:SnapTerm {snapshot: 'mine', id: 'GO:9000003'})-[link:GENE]->() DELETE link"])
    with pytest.raises(SnapshotError, match="the snapshot mine is damaged in the database"):
        read_snapshot(runner, "mine")
