"""The structure that a model is built on, against sizes worked out by hand."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from dcell_graph.errors import SnapshotError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from tests.snapshots import make_snapshot, random_snapshot

# R has A and B below it, A has B below it; index order is A, R, B.
TRIANGLE = make_snapshot(
    links=[("A", "R"), ("B", "R"), ("B", "A")],
    pairs=[("A", "g1"), ("A", "g2"), ("B", "g2"), ("B", "g3"), ("B", "g4"), ("R", "g5")],
    terms=["A", "R", "B"],
    genes=["g1", "g2", "g3", "g4", "g5"],
)
ONE_EACH = ModelConfig(min_width=2, width_ratio=1.0)


def test_structure_of_a_small_hierarchy() -> None:
    hierarchy = Hierarchy.from_snapshot(TRIANGLE, ONE_EACH)
    assert hierarchy.snapshot_id == TRIANGLE.manifest.snapshot_id
    assert hierarchy.term_ids == ("A", "R", "B")
    assert hierarchy.gene_ids == ("g1", "g2", "g3", "g4", "g5")
    assert (hierarchy.n_terms, hierarchy.n_genes, hierarchy.root) == (3, 5, 1)
    assert [list(below) for below in hierarchy.children] == [[2], [0, 2], []]
    assert [list(genes) for genes in hierarchy.direct_genes] == [[0, 1], [4], [1, 2, 3]]
    assert list(hierarchy.levels) == [1, 2, 0]
    assert list(hierarchy.widths) == [2, 2, 3]
    # A reads B's 3 values and 2 genes; R reads A's 2 and B's 3 values and 1 gene; B reads 3 genes.
    assert list(hierarchy.input_sizes) == [5, 6, 3]


def test_width_may_follow_the_contained_genes() -> None:
    hierarchy = Hierarchy.from_snapshot(TRIANGLE, ModelConfig(min_width=1, width_ratio=1.0, width_genes="contained"))
    # A contains g1 to g4 (g2 twice, counted once), R all five, B g2 to g4.
    assert list(hierarchy.widths) == [4, 5, 3]
    assert list(hierarchy.input_sizes) == [3 + 2, 4 + 3 + 1, 3]


@pytest.mark.parametrize(
    ("ratio", "genes", "rounding", "width"),
    [
        (0.3, 67, "ceil", 21),  # 20.1
        (0.3, 67, "floor", 20),
        (0.3, 2444, "ceil", 734),  # 733.2
        (0.3, 2444, "floor", 733),
        (0.3, 66, "ceil", 20),  # 19.8
        (0.3, 5, "ceil", 20),  # 1.5, less than the minimum
        (0.35, 180, "floor", 63),  # 63 exactly, although the nearest binary numbers give 62.99999999999999
    ],
)
def test_width_rule(ratio: float, genes: int, rounding: str, width: int) -> None:
    snapshot = make_snapshot([], [("R", f"g{index}") for index in range(genes)])
    config = ModelConfig.model_validate({"width_ratio": ratio, "width_rounding": rounding})
    assert list(Hierarchy.from_snapshot(snapshot, config).widths) == [width]


# With widths 2, 2, 3 and inputs 5, 6, 3: sum(in·out) = 10 + 12 + 9 = 31, sum(out) = 7, sum(out·out) = 4 + 4 + 9 = 17.
@pytest.mark.parametrize(
    ("norm", "layers", "subsystems"),
    [
        ("batch", 1, 31 + 3 * 7),
        ("layer", 1, 31 + 3 * 7),
        ("instance", 1, 31 + 7),
        ("none", 1, 31 + 7),
        ("batch", 2, 31 + 3 * 7 + 17 + 3 * 7),
        ("none", 2, 31 + 7 + 17 + 7),
    ],
)
def test_parameter_count(norm: str, layers: int, subsystems: int) -> None:
    config = ModelConfig.model_validate({**ONE_EACH.model_dump(), "norm": norm, "layers": layers})
    count = Hierarchy.from_snapshot(TRIANGLE, config).parameter_count()
    assert count == (subsystems, 7 + 3, subsystems + 10)


def test_parameter_count_of_the_notes_formula() -> None:
    # By hand: subsystems = sum(in·out) + 3·sum(out), heads = sum(out) + terms.
    hierarchy = Hierarchy.from_snapshot(random_snapshot(3, n_terms=30, n_genes=40, n_pairs=90), ModelConfig())
    products = sum(int(i) * int(o) for i, o in zip(hierarchy.input_sizes, hierarchy.widths, strict=True))
    out = int(hierarchy.widths.sum())
    assert hierarchy.parameter_count().subsystems == products + 3 * out
    assert hierarchy.parameter_count().heads == out + 30


def test_term_without_anything_to_read_gets_one_constant() -> None:
    hierarchy = Hierarchy.from_snapshot(make_snapshot([("L", "R")], [("R", "g1")]), ONE_EACH)
    assert list(hierarchy.input_sizes) == [1, 2 + 1]  # R reads L's 2 values and its gene


@pytest.mark.parametrize("seed", range(5))
def test_containing_terms(seed: int) -> None:
    snapshot = random_snapshot(seed)
    found = Hierarchy.from_snapshot(snapshot, ONE_EACH).containing_terms()
    for gene in range(10):
        reached = set(snapshot.annotations["term_index"][snapshot.annotations["gene_index"] == gene])
        for _ in range(12):  # one step up at a time, as often as there are terms
            reached |= set(snapshot.parents["parent_index"][snapshot.parents["child_index"].isin(reached)])
        assert list(found[gene]) == sorted(reached)


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (
            make_snapshot([("A", "R"), ("B", "A"), ("A", "B")], [("A", "g")], validate=False),
            ["cycle", "A", "B"],
        ),
        (make_snapshot([("A", "R"), ("A", "S")], [("A", "g")], validate=False), ["2 (R, S)", "one term"]),
        (make_snapshot([("A", "R")], [("A", "g"), ("lost", "g")], validate=False), ["2 (R, lost)"]),
        (make_snapshot([], [], validate=False), ["no terms"]),
    ],
)
def test_what_is_no_hierarchy_is_refused(snapshot: Snapshot, words: list[str]) -> None:
    with pytest.raises(SnapshotError) as caught:
        Hierarchy.from_snapshot(snapshot, ONE_EACH)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(("links", "pairs"), [([[0, 5]], []), ([], [[0, 9]]), ([], [[-1, 0]])])
def test_index_without_a_row_is_refused(links: list[list[int]], pairs: list[list[int]]) -> None:
    with pytest.raises(SnapshotError, match="does not exist"):
        Hierarchy.from_pairs(
            snapshot_id="",
            term_ids=["R"],
            gene_ids=["g"],
            links=np.array(links, np.int64).reshape(-1, 2),
            pairs=np.array(pairs, np.int64).reshape(-1, 2),
            config=ONE_EACH,
        )


@pytest.mark.parametrize(
    "options",
    [
        {"norm": "group"},
        {"activation": "sigmoid"},
        {"layers": 3},
        {"layers": 0},
        {"init_range": 0},
        {"init_range": float("nan")},
        {"min_width": 0},
        {"width_ratio": -0.1},
        {"width_ratio": float("inf")},
        {"width_rounding": "round"},
        {"gene_coding": "absent"},
        {"heads": 1},
    ],
)
def test_unusable_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModelConfig.model_validate(options)


def test_defaults_are_those_of_the_paper_and_the_notes() -> None:
    assert ModelConfig().model_dump() == {
        "norm": "batch",
        "norm_before_activation": False,
        "norm_eps": 1e-5,
        "activation": "tanh",
        "layers": 1,
        "init_range": 0.001,
        "min_width": 20,
        "width_ratio": 0.3,
        "width_rounding": "ceil",
        "width_genes": "direct",
        "gene_coding": "present",
        "gene_embedding": None,
        "attention": None,
        "similar_genes": None,
        "dropout": 0.0,
    }
    assert all(field.description for field in ModelConfig.model_fields.values())


def test_needs_no_torch() -> None:
    program = "import sys, dcell_graph.model.hierarchy; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
