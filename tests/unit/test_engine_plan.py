"""The order of terms and the layout of the weights: a small one by hand, and any one by its rules."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine.order import CONSTANT
from dcell_graph.model.engine.plan import ALIGNMENT, Plan
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.weights import all_shapes, initial_weights
from tests.models import SMALL
from tests.snapshots import make_snapshot, random_snapshot

# R over A and B, A and B over L; E is empty: neither children nor genes. Widths are 2, and 3 for B with its four genes.
TERMS = ["R", "A", "B", "L", "E"]
LINKS = [("A", "R"), ("B", "R"), ("E", "R"), ("L", "A"), ("L", "B")]
PAIRS = [("A", "g0"), ("L", "g0"), ("L", "g1"), *(("B", f"g{gene}") for gene in range(2, 6))]
CONFIG = ModelConfig(min_width=2, width_ratio=0.7, width_rounding="ceil")


def by_hand() -> Plan:
    # The rules of a snapshot want no empty term, but a model can be built on one.
    snapshot = make_snapshot(LINKS, PAIRS, terms=TERMS, genes=[f"g{gene}" for gene in range(6)], validate=False)
    return Plan.from_hierarchy(Hierarchy.from_snapshot(snapshot, CONFIG))


def names(plan: Plan, positions: np.ndarray) -> list[str]:
    return [plan.hierarchy.term_ids[plan.term[position]] for position in positions]


def test_terms_by_level_width_and_parents() -> None:
    plan = by_hand()
    # E and L are leaves of width 2; E has one parent (width 2), L has two (2, 3), and (2,) is less than (2, 3).
    assert names(plan, np.arange(5)) == ["E", "L", "A", "B", "R"]
    assert plan.width.tolist() == [2, 2, 2, 3, 2]
    assert plan.level.tolist() == [0, 0, 1, 1, 2]
    assert plan.class_start.tolist() == [0, 1, 2, 3, 4, 5]
    assert plan.term[plan.position].tolist() == [0, 1, 2, 3, 4]
    assert plan.root == 4


def test_links_and_genes_by_hand() -> None:
    plan = by_hand()
    assert names(plan, plan.link_child) == ["E", "L", "L", "A", "B"]
    assert names(plan, plan.link_parent) == ["R", "A", "B", "R", "R"]
    assert plan.link_column.tolist() == [0, 0, 2, 0, 0]
    assert plan.columns.tolist() == [2, 5, 2, 2, 0]
    below = [plan.below_link[plan.below_start[p] : plan.below_start[p + 1]].tolist() for p in range(5)]
    assert below == [[], [], [1], [2], [0, 3, 4]]
    assert plan.pair_gene.tolist() == [CONSTANT, 0, 1, 0, 2, 3, 4, 5]
    assert plan.wild.tolist() == [0, 1, 1, 1, 1, 1, 1, 1]
    assert plan.owner_pair.tolist() == [1, 3, 2, 4, 5, 6, 7]
    assert plan.owner_start.tolist() == [0, 2, 3, 4, 5, 6, 7]
    assert set(plan.owner_change.tolist()) == {-1.0}
    contained = [names(plan, plan.contain_term[plan.contain_start[g] : plan.contain_start[g + 1]]) for g in range(6)]
    assert contained == [["L", "A", "B", "R"], ["L", "A", "B", "R"], *[["B", "R"]] * 4]


def test_the_weights_of_a_child_serve_all_its_parents() -> None:
    plan = by_hand()
    weights = torch.arange(plan.size, dtype=torch.float32)
    table = weights[plan.regions["state"].item(1)].view(2, 5)  # of L
    # The first two inputs of A are L's state, and so are those of B; its outputs are columns of L's table.
    assert torch.equal(plan.get(1, {"weights": weights})["linear.weight"][:, :2], table[:, :2].t())
    assert torch.equal(plan.get(2, {"weights": weights})["linear.weight"][:, :2], table[:, 2:].t())
    # R reads A, B and E in the order of their indices, though E comes first by position.
    tables = [weights[plan.regions["state"].item(position)].view(-1, 2) for position in (2, 3, 0)]
    assert torch.equal(plan.get(0, {"weights": weights})["linear.weight"], torch.cat(tables).t())
    # E has no input but the constant 0, whose two weights are kept.
    assert plan.get(4, {"weights": weights})["linear.weight"].shape == (2, 1)


OPTIONS = [
    {},
    {"norm": "none"},
    {"norm": "layer", "layers": 2},
    {"layers": 2},
    {"width_genes": "contained", "gene_coding": "deleted"},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_numbers_come_back_as_they_were_put(options: dict[str, object], seed: int) -> None:
    config = ModelConfig.model_validate(SMALL.model_dump() | options)
    hierarchy = Hierarchy.from_snapshot(random_snapshot(seed), config)
    plan = Plan.from_hierarchy(hierarchy)
    weights = initial_weights(hierarchy, torch.float64)
    marked = {name: torch.rand_like(weight) for name, weight in weights.items()}
    numbers = {"weights": torch.zeros(plan.size, dtype=torch.float64)}
    numbers |= {name: torch.zeros(plan.n_values, dtype=torch.float64) for name in plan.running_names()}
    plan.put_all(numbers, marked)
    back = plan.get_all(numbers)
    assert {name: tuple(weight.shape) for name, weight in back.items()} == all_shapes(hierarchy)
    assert all(torch.equal(back[name], marked[name]) for name in marked)
    # Every number has a place of its own: as many places are used as there are numbers, and they add up.
    learnt = [weight for name, weight in marked.items() if "running" not in name]
    assert int((numbers["weights"] != 0).sum()) == sum(weight.numel() for weight in learnt)
    assert numbers["weights"].sum().item() == pytest.approx(sum(weight.sum().item() for weight in learnt))
    one = plan.get(3, numbers)
    assert all(torch.equal(one[name], back[f"{hierarchy.term_ids[3]}.{name}"]) for name in one)


def test_gradients_have_no_running_statistics() -> None:
    plan = by_hand()
    assert not any("running" in name for name in plan.get_all({"weights": torch.zeros(plan.size)}))


def test_more_regions_go_to_the_end() -> None:
    plan = by_hand()
    longer = plan.with_regions({"query": plan.width, "embedding": np.full(6, 4)})
    assert all(longer.regions[name] is plan.regions[name] for name in plan.regions)
    assert longer.regions["query"].starts.tolist() == [plan.size, *(plan.size + np.cumsum([2, 2, 2, 3, 2]))]
    assert longer.regions["embedding"].item(1) == slice(plan.size + 16 + 4, plan.size + 16 + 8)
    assert longer.size == plan.size + 16 + 32


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 25), st.sampled_from(["direct", "contained"]))
def test_any_plan_keeps_its_rules(seed: int, n_terms: int, width_genes: str) -> None:
    config = ModelConfig.model_validate(SMALL.model_dump() | {"width_genes": width_genes})
    hierarchy = Hierarchy.from_snapshot(random_snapshot(seed, n_terms=n_terms), config)
    plan = Plan.from_hierarchy(hierarchy)
    links = {(int(child), parent) for parent, below in enumerate(hierarchy.children) for child in below}
    assert {
        (int(plan.term[c]), int(plan.term[p])) for c, p in zip(plan.link_child, plan.link_parent, strict=True)
    } == links
    assert (plan.link_child < plan.link_parent).all()
    assert int(plan.term[plan.root]) == hierarchy.root
    for position in range(plan.n_terms):
        above = slice(plan.link_start[position], plan.link_start[position + 1])
        widths = plan.width[plan.link_parent[above]].tolist()
        assert widths == sorted(widths)
        assert plan.link_column[above].tolist() == [sum(widths[:place]) for place in range(len(widths))]
        below = plan.below_link[plan.below_start[position] : plan.below_start[position + 1]]
        assert (plan.link_parent[below] == position).all()
    for gene, terms in enumerate(hierarchy.containing_terms()):
        mine = plan.contain_term[plan.contain_start[gene] : plan.contain_start[gene + 1]]
        assert sorted(plan.term[mine].tolist()) == terms.tolist() and (np.diff(mine) > 0).all()
        pairs = plan.owner_pair[plan.owner_start[gene] : plan.owner_start[gene + 1]]
        assert (plan.pair_gene[pairs] == gene).all()
        assert sorted(plan.term[plan.pair_term[pairs]].tolist()) == [
            term for term in range(plan.n_terms) if gene in hierarchy.direct_genes[term]
        ]
    starts = [region.starts for region in plan.regions.values()]
    assert all(begin[0] % ALIGNMENT == 0 for begin in starts)
    assert all(0 <= later[0] - earlier[-1] < ALIGNMENT for earlier, later in pairwise(starts))
