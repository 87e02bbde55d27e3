"""The second opinion itself, on worlds small enough to work out on paper: what the stages leave; and real counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcell_graph.snapshot.recipe import Recipe
from tests.independent import IndependentSnapshot, build
from tests.small_world import F, P, World, contained, direct

# ---- the hierarchy


@pytest.fixture
def tau(tmp_path: Path) -> World:
    """A chain 3 - 2 - 1 - root, a small term 6 under 1, and two terms without any gene."""
    terms = """
GO:0008150 P
GO:9000401 P is_a=GO:0008150
GO:9000402 P is_a=GO:9000401
GO:9000403 P is_a=GO:9000402
GO:9000404 P is_a=GO:0008150
GO:9000405 P is_a=GO:9000404
GO:9000406 P is_a=GO:9000401
"""
    rows = """
AAA1 GO:9000403
BBB2 GO:9000403
CCC3 GO:9000403
DDD4 GO:9000402
EEE5 GO:9000402
FFF6 GO:9000401 IEA
HHH7 GO:9000406 IEA
"""
    return World(tmp_path, terms, sgd=rows)


def test_small_terms_go_and_their_genes_move_up(tau: World) -> None:
    snapshot = tau.build(stages=({"kind": "contained", "minimum": 2},))

    assert direct(snapshot) == {
        "GO:9000403": "AAA1 BBB2 CCC3",
        "GO:9000402": "DDD4 EEE5",
        "GO:9000401": "FFF6 HHH7",
        P: "",
    }
    assert snapshot.links == {("GO:9000403", "GO:9000402"), ("GO:9000402", "GO:9000401"), ("GO:9000401", P)}
    assert snapshot.removed == {"GO:9000406": "contained"}
    assert snapshot.contained == {"GO:9000403": 3, "GO:9000402": 5, "GO:9000401": 7, P: 7}
    assert snapshot.stage_counts == [("candidates", 5, 7), ("contained", 4, 7)]


def test_a_term_with_the_genes_of_its_child_or_root_goes_but_not_the_root(tau: World) -> None:
    redundant = {"kind": "redundant", "compare": "contained"}
    two = {"kind": "contained", "minimum": 2}

    # 401 and the root both hold all 7 genes. The more general one is the root, which stays, so 401 goes.
    snapshot = tau.build(stages=(two, redundant))
    assert direct(snapshot) == {"GO:9000403": "AAA1 BBB2 CCC3", "GO:9000402": "DDD4 EEE5", P: "FFF6 HHH7"}
    assert snapshot.links == {("GO:9000403", "GO:9000402"), ("GO:9000402", P)}
    assert snapshot.removed == {"GO:9000406": "contained", "GO:9000401": "redundant"}
    # Without the electronic rows 402, 401 and the root hold the same 5 genes; in one round only 401 goes.
    once = tau.build(exclude_evidence=("IEA",), stages=({**redundant, "rounds": "once"},))
    assert direct(once) == {"GO:9000403": "AAA1 BBB2 CCC3", "GO:9000402": "DDD4 EEE5", P: ""}
    stable = tau.build(exclude_evidence=("IEA",), stages=(redundant,))
    assert direct(stable) == {"GO:9000403": "AAA1 BBB2 CCC3", P: "DDD4 EEE5"}
    assert stable.removed == {"GO:9000401": "redundant", "GO:9000402": "redundant"}
    # A kind of stage may come twice.
    again = tau.build(exclude_evidence=("IEA",), stages=(two, redundant, {**two, "minimum": 4}))
    assert direct(again) == {P: "AAA1 BBB2 CCC3 DDD4 EEE5"}
    assert again.stage_counts == [("candidates", 4, 5), ("contained", 4, 5), ("redundant", 2, 5), ("contained", 1, 5)]


def test_at_least_four_genes(tau: World) -> None:
    snapshot = tau.build(stages=({"kind": "contained", "minimum": 4},))

    assert direct(snapshot) == {"GO:9000402": "AAA1 BBB2 CCC3 DDD4 EEE5", "GO:9000401": "FFF6 HHH7", P: ""}


def test_genes_of_removed_terms_can_be_dropped(tau: World) -> None:
    stages = ({"kind": "contained", "minimum": 4}, {"kind": "contained", "minimum": 4})
    snapshot = tau.build(stages=stages, removed_genes="drop")

    # 403 and 406 go first: 402 is left with 2 genes and 401 with 3, so both go in the second stage.
    assert snapshot.stage_counts == [("candidates", 5, 7), ("contained", 3, 3), ("contained", 1, 0)]
    # Then the root has neither gene nor child.
    assert (snapshot.terms, snapshot.pairs, snapshot.genes) == (set(), {}, [])
    assert snapshot.removed[P] == "empty"


def test_two_roots_are_joined_by_an_artificial_one(tmp_path: Path) -> None:
    terms = "GO:0008150 P\nGO:0003674 F\nGO:9000401 P is_a=GO:0008150\nGO:9000421 F is_a=GO:0003674"
    world = World(tmp_path, terms, sgd="AAA1 GO:9000401\nBBB2 GO:9000401\nCCC3 GO:9000421\nDDD4 GO:9000421")

    both = world.build()
    assert both.artificial == {"GO:ROOT"}
    assert both.links == {("GO:9000401", P), ("GO:9000421", F), (P, "GO:ROOT"), (F, "GO:ROOT")}
    assert contained(both)["GO:ROOT"] == "AAA1 BBB2 CCC3 DDD4"
    one = world.build(namespaces=("molecular_function",))
    assert (one.terms, one.artificial) == ({F, "GO:9000421"}, set())
    always = world.build(namespaces=("molecular_function",), super_root="always")
    assert always.links == {("GO:9000421", F), (F, "GO:ROOT")}


def test_a_root_left_with_nothing_goes_at_the_end(tmp_path: Path) -> None:
    terms = "GO:0008150 P\nGO:0003674 F\nGO:9000401 P is_a=GO:0008150\nGO:9000421 F is_a=GO:0003674"
    world = World(tmp_path, terms, sgd="AAA1 GO:9000401\nBBB2 GO:9000401\nCCC3 GO:9000421")
    stages = ({"kind": "contained", "minimum": 2},)

    dropped = world.build(stages=stages, removed_genes="drop")
    assert dropped.terms == {P, "GO:9000401"}
    assert dropped.removed == {"GO:9000421": "contained", F: "empty"}
    assert dropped.stage_counts == [("candidates", 4, 3), ("contained", 3, 2)]
    moved = world.build(stages=stages)
    assert direct(moved) == {P: "", "GO:9000401": "AAA1 BBB2", F: "CCC3", "GO:ROOT": ""}
    assert moved.removed == {"GO:9000421": "contained"}


# ---- gene sets of terms alone, and parents without any


@pytest.fixture
def bare_parent(tmp_path: Path) -> World:
    """1 under the root has no gene; 2 is under 1, 3 under 1 and 4, and 4 under the root."""
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000001 is_a=GO:9000004
GO:9000004 P is_a=GO:0008150
"""
    rows = "AAA1 GO:9000002\nBBB2 GO:9000003\nCCC3 GO:9000004\nBBB2 GO:9000004"
    return World(tmp_path, terms, sgd=rows)


@pytest.mark.parametrize(
    ("choice", "links", "removed", "counts"),
    [
        ("keep", "2>1 3>1 3>4 1>R 4>R", {}, [("candidates", 5, 4)]),
        ("bridge", "2>R 3>R 3>4 4>R", {"GO:9000001": "unannotated"}, [("candidates", 5, 4), ("unannotated", 4, 4)]),
        # 3 has another parent left, so it is not hung on the root.
        ("root", "2>R 3>4 4>R", {"GO:9000001": "unannotated"}, [("candidates", 4, 4)]),
    ],
)
def test_parents_without_genes(
    bare_parent: World, choice: str, links: str, removed: dict[str, str], counts: list[tuple[str, int, int]]
) -> None:
    snapshot = bare_parent.build(annotations="direct", unannotated_parents=choice)
    short = {P: "R"} | {f"GO:900000{number}": str(number) for number in range(1, 5)}

    assert {f"{short[child]}>{short[parent]}" for child, parent in snapshot.links} == set(links.split())
    assert snapshot.removed == removed
    assert snapshot.stage_counts == counts
    assert {term: genes for term, genes in direct(snapshot).items() if genes} == {
        "GO:9000002": "AAA1",
        "GO:9000003": "BBB2",
        "GO:9000004": "BBB2 CCC3",
    }


def test_propagated_genes_stay_with_the_most_specific_terms(bare_parent: World) -> None:
    assert direct(bare_parent.build())["GO:9000004"] == "CCC3"


@pytest.mark.parametrize(
    ("choice", "gone"),
    [("keep", {"GO:9000003"}), ("bridge", {"GO:9000001", "GO:9000003"}), ("root", {"GO:9000001", "GO:9000003"})],
)
def test_which_terms_a_stage_counts_as_emptied(tmp_path: Path, choice: str, gone: set[str]) -> None:
    terms = "GO:0008150 P\nGO:9000001 P is_a=GO:0008150\nGO:9000002 P is_a=GO:9000001\nGO:9000003 P is_a=GO:9000002"
    rows = "AAA1 GO:9000001 IEA\nBBB2 GO:9000002\nBBB2 GO:9000002 IEA\nCCC3 GO:9000003 IEA\nDDD4 GO:0008150 IEA"
    snapshot = World(tmp_path, terms, sgd=rows).build(
        annotations="direct", unannotated_parents=choice, stages=({"kind": "evidence", "exclude": ("IEA",)},)
    )

    # 1 has lost its gene, but still contains that of 2; 2 keeps a record; the root stays whatever happens.
    assert snapshot.removed == dict.fromkeys(gone, "evidence")
    assert snapshot.pairs == {("GO:9000002", "SGD:S-BBB2"): (("IDA",), "2018-01-01")}
    assert snapshot.stage_counts[0] == ("candidates", 4, 4)
    assert snapshot.stage_counts[-1] == ("evidence", 4 - len(gone), 1)


def test_removed_genes_go_to_the_nearest_terms_along_every_path(tmp_path: Path) -> None:
    # 4 and 5 are small: 5 lies under 4, 4 under 2 and 3, and these under 1.
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000001
GO:9000004 P is_a=GO:9000002 is_a=GO:9000003
GO:9000005 P is_a=GO:9000004
"""
    rows = """
AAA1 GO:9000002 IDA 20150101
BBB2 GO:9000002
CCC3 GO:9000003
DDD4 GO:9000003
EEE5 GO:9000004
AAA1 GO:9000005 IEA 20100101
"""
    world = World(tmp_path, terms, sgd=rows)
    options: dict[str, Any] = {"annotations": "direct", "stages": ({"kind": "contained", "minimum": 3},)}
    moved = world.build(**options)
    dropped = world.build(**options, removed_genes="drop")

    assert direct(moved) == {
        P: "",
        "GO:9000001": "",
        "GO:9000002": "AAA1 BBB2 EEE5",
        "GO:9000003": "AAA1 CCC3 DDD4 EEE5",
    }
    # A pair rests on its own records and on those that came up to it.
    assert moved.pairs["GO:9000002", "SGD:S-AAA1"] == (("IDA", "IEA"), "2010-01-01")
    assert moved.pairs["GO:9000003", "SGD:S-AAA1"] == (("IEA",), "2010-01-01")
    assert direct(dropped) == {P: "", "GO:9000001": "", "GO:9000002": "AAA1 BBB2", "GO:9000003": "CCC3 DDD4"}
    assert moved.stage_counts == [("candidates", 6, 6), ("contained", 4, 7)]
    assert dropped.stage_counts == [("candidates", 6, 6), ("contained", 4, 4)]


# ---- redundancy over several rounds


@pytest.fixture
def chain(tmp_path: Path) -> World:
    """Root - 1 - 2 - 3 - 4, where each gene set is equal to the next only after the term between has gone."""
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000002
GO:9000004 P is_a=GO:9000003
"""
    rows = """
BBB2 GO:9000001
AAA1 GO:9000002
AAA1 GO:9000003
BBB2 GO:9000003
AAA1 GO:9000004
BBB2 GO:9000004
"""
    return World(tmp_path, terms, sgd=rows)


@pytest.mark.parametrize(
    ("rounds", "genes", "left"),
    [
        # 3 equals 4 and goes; nothing else equals a child of its own.
        ("once", "parents", {P: "", "GO:9000001": "BBB2", "GO:9000002": "AAA1 BBB2", "GO:9000004": "AAA1 BBB2"}),
        # 2 has got the genes of 3 and equals its new child 4; then the same happens to 1; last 4 equals the root.
        ("until-stable", "parents", {P: "AAA1 BBB2"}),
        # Without the genes of 3, no term ever equals its child again.
        ("until-stable", "drop", {P: "", "GO:9000001": "BBB2", "GO:9000002": "AAA1", "GO:9000004": "AAA1 BBB2"}),
    ],
)
def test_rounds_in_a_chain(chain: World, rounds: str, genes: str, left: dict[str, str]) -> None:
    stage = {"kind": "redundant", "compare": "direct", "rounds": rounds}
    snapshot = chain.build(annotations="direct", removed_genes=genes, stages=(stage,))

    assert direct(snapshot) == left
    terms = list(left)
    assert snapshot.links == set(zip(terms[1:], terms[:-1], strict=True))


def test_rounds_without_moving_genes(tmp_path: Path) -> None:
    # 2 equals its child 3. Only then is 4 a child of 1, and equal to it.
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000002
GO:9000004 P is_a=GO:9000002
"""
    world = World(tmp_path, terms, sgd="AAA1 GO:9000001\nBBB2 GO:9000002\nBBB2 GO:9000003\nAAA1 GO:9000004")

    def removed(rounds: str) -> set[str]:
        stage = {"kind": "redundant", "compare": "direct", "rounds": rounds}
        return set(world.build(annotations="direct", removed_genes="drop", stages=(stage,)).removed)

    assert removed("once") == {"GO:9000002"}
    assert removed("until-stable") == {"GO:9000001", "GO:9000002"}


def test_equality_chains_are_judged_at_once(tmp_path: Path) -> None:
    terms = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
GO:9000002 P is_a=GO:9000001
GO:9000003 P is_a=GO:9000002
GO:9000004 P is_a=GO:0008150
GO:9000005 P is_a=GO:9000004
GO:9000006 P is_a=GO:9000005
"""
    rows = "AAA1 GO:9000001\nAAA1 GO:9000002\nAAA1 GO:9000003\nBBB2 GO:9000006\nAAA1 GO:0008150"
    stage = {"kind": "redundant", "compare": "direct", "rounds": "once"}
    snapshot = World(tmp_path, terms, sgd=rows).build(annotations="direct", stages=(stage,))

    # 4 and 5 have no gene of their own, which makes them no equals; the root equals 1 and stays.
    assert snapshot.removed == {"GO:9000001": "redundant", "GO:9000002": "redundant"}
    assert snapshot.links == {
        ("GO:9000003", P),
        ("GO:9000004", P),
        ("GO:9000005", "GO:9000004"),
        ("GO:9000006", "GO:9000005"),
    }


# ---- counts of the real files that were published beside the prototype of the database


def real_build(mirror: Path, name: str, **options: Any) -> IndependentSnapshot:
    return build(
        Recipe(name="real", exclude_evidence=("IGI",), no_data="keep", **options),
        obo=mirror / "go" / "go-2016-12-06.obo.gz",
        gafs={name: mirror / "gaf" / f"{name}.gaf.gz"},
        features=mirror / "genome" / "SGD_features.tab.gz",
    )


@pytest.mark.real_data
def test_real_files_agree_and_differ_as_counted_before(mirror: Path) -> None:
    sgd = real_build(mirror, "sgd-2011-12-24", annotations="direct")
    goa = real_build(mirror, "goa_yeast-2016-10-03", annotations="direct")
    shared = sgd.pairs.keys() & goa.pairs.keys()

    assert (len(sgd.pairs), len(goa.pairs), len(shared)) == (55_870, 48_126, 32_891)
    assert sum(sgd.pairs[pair][0] != goa.pairs[pair][0] for pair in shared) == 8_185


@pytest.mark.real_data
def test_a_real_snapshot_has_the_size_counted_before(mirror: Path) -> None:
    stages = ({"kind": "contained", "minimum": 6}, {"kind": "redundant", "compare": "contained"})
    snapshot = real_build(mirror, "goa_yeast-2016-10-03", cross_namespace=True, stages=stages)

    assert (len(snapshot.terms), len(snapshot.links), len(snapshot.pairs)) == (3_202, 6_628, 42_509)
