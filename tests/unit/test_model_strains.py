"""Which strains a model tells apart: what a deletion may change, and what must make no difference."""

from __future__ import annotations

import networkx as nx
import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot
from tests.models import SMALL, beside_wild_type, both_models, random_strains, random_targets
from tests.snapshots import make_snapshot, random_snapshot

WHICH = pytest.mark.parametrize("which", [0, 1], ids=["plain", "vectorised"])
NO_NORM = SMALL.model_copy(update={"norm": "none"})


def a_model(snapshot: Snapshot, config: ModelConfig, which: int) -> ReferenceDCell | DCell:
    return both_models(snapshot, config)[which]


def terms_that_contain(snapshot: Snapshot, gene: str) -> set[str]:
    upwards = nx.DiGraph()
    upwards.add_nodes_from(snapshot.terms["term"])
    upwards.add_edges_from(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    direct = set(snapshot.annotations["term"][snapshot.annotations["gene"] == gene])
    return direct.union(*(nx.descendants(upwards, term) for term in direct))


@WHICH
@pytest.mark.parametrize("coding", ["present", "deleted"])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_deletion_changes_exactly_the_terms_that_contain_the_gene(
    which: int, coding: str, norm: str, seed: int
) -> None:
    snapshot = random_snapshot(seed, n_terms=20, n_genes=15, n_pairs=30)
    # Four values at least: layer norm makes of any two values about -1 and 1, whatever the genes.
    config = ModelConfig.model_validate({**SMALL.model_dump(), "min_width": 4, "norm": norm, "gene_coding": coding})
    model = a_model(snapshot, config, which).eval()
    genes = snapshot.genes["gene"].tolist()
    states, wild = beside_wild_type(model, torch.arange(len(genes)).unsqueeze(1))
    for strain, gene in enumerate(genes):
        changed = {term for term, state in states.items() if not torch.equal(state[strain], wild[term][strain])}
        assert changed == terms_that_contain(snapshot, gene), gene


@WHICH
def test_a_gene_on_a_small_term_counts_whatever_its_index(which: int) -> None:
    """Relatives looked a deletion up by the gene's index among all genes inside the term's own list of genes."""
    genes = [f"g{index}" for index in range(100)]
    pairs = [("big", gene) for gene in genes[:99]] + [("small", "g99")]
    model = a_model(make_snapshot([("big", "R"), ("small", "R")], pairs, genes=genes), NO_NORM, which)
    wild, without = (model.states(torch.tensor([[gene]])) for gene in (-1, 99))
    assert not torch.equal(wild["small"], without["small"])
    assert not torch.equal(wild["R"], without["R"])
    assert torch.equal(wild["big"], without["big"])


@WHICH
def test_a_gene_without_a_term_makes_no_difference(which: int) -> None:
    snapshot = make_snapshot([], [("R", "g1")], genes=["g0", "g1", "g2"])
    model = a_model(snapshot, NO_NORM, which)
    states, wild = beside_wild_type(model, torch.tensor([[-1], [0], [2], [1]]))
    assert [torch.equal(*rows) for rows in zip(states["R"], wild["R"], strict=True)] == [True, True, True, False]


@WHICH
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_strain_is_a_set_of_genes(which: int, norm: str) -> None:
    config = SMALL.model_copy(update={"norm": norm})
    same = [[3, 5, -1, -1], [5, 3, -1, -1], [-1, 3, -1, 5], [3, 3, 5, 3], [5, 5, 5, 3]]
    model = a_model(random_snapshot(6), config, which).eval()
    assert torch.equal(model(torch.tensor(same)).heads, model(torch.tensor(same[:1] * len(same))).heads)


@WHICH
def test_the_amount_of_padding_makes_no_difference(which: int) -> None:
    model = a_model(random_snapshot(6), SMALL, which)
    strains = random_strains(8, 10)
    padded = torch.cat([strains, torch.full((8, 3), -1)], dim=1)
    assert torch.equal(model(strains).heads, model(padded).heads)
    wild = torch.full((8, 2), -1)
    assert torch.equal(model(wild).heads, model(torch.empty((8, 0), dtype=torch.int64)).heads)


@WHICH
def test_strains_may_come_in_any_order(which: int) -> None:
    model = a_model(random_snapshot(6), SMALL, which)
    strains = random_strains(30, 10)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(model(strains).heads[order], model(strains[order]).heads, rtol=0, atol=1e-10)
    model.eval()
    torch.testing.assert_close(model(strains).heads[order], model(strains[order]).heads, rtol=0, atol=1e-13)
    torch.testing.assert_close(model(strains).heads[:1], model(strains[:1]).heads, rtol=0, atol=1e-13)


@WHICH
def test_terms_and_genes_may_come_in_any_order(which: int) -> None:
    """The same hierarchy under other indices, with the weights carried over column by column, is the same model."""
    first = random_snapshot(7)
    mixed = torch.Generator().manual_seed(1)
    terms, genes = (
        [names[index] for index in torch.randperm(len(names), generator=mixed)]
        for names in (first.terms["term"].tolist(), first.genes["gene"].tolist())
    )
    second = make_snapshot(
        zip(first.parents["child"], first.parents["parent"], strict=True),
        zip(first.annotations["term"], first.annotations["gene"], strict=True),
        terms=terms,
        genes=genes,
    )
    old, new = (a_model(snapshot, SMALL, which).eval() for snapshot in (first, second))
    weights = old.to_term_weights()
    for term in terms:
        columns = {name: column for column, name in enumerate(input_names(first, old, term))}
        wanted = [columns[name] for name in input_names(second, new, term)]
        weights[f"{term}.linear.weight"] = weights[f"{term}.linear.weight"][:, wanted]
    new.load_term_weights(weights)
    strains = random_strains(20, 10)
    renamed = torch.tensor([genes.index(gene) for gene in first.genes["gene"]] + [-1])[strains]
    torch.testing.assert_close(old(strains).prediction, new(renamed).prediction, rtol=0, atol=1e-12)


def input_names(snapshot: Snapshot, model: ReferenceDCell | DCell, term: str) -> list[tuple[str, int]]:
    """What stands in each column of a term's weight, read off the tables of the snapshot."""
    parents, pairs = snapshot.parents, snapshot.annotations
    below = parents[parents["parent"] == term].sort_values("child_index")["child"]
    own = pairs[pairs["term"] == term].sort_values("gene_index")["gene"]
    states = [(child, unit) for child in below for unit in range(len(model.term_weights(child)["linear.bias"]))]
    return [*states, *((gene, 0) for gene in own)] or [("constant", 0)]


@WHICH
def test_states_and_heads_belong_together(which: int) -> None:
    model = a_model(random_snapshot(6), SMALL, which).eval()
    strains = random_strains(9, 10)
    states, output = model.states(strains), model(strains)
    assert list(states) == list(model.hierarchy.term_ids)
    for index, (term, state) in enumerate(states.items()):
        assert state.shape == (9, model.hierarchy.widths[index])
        assert not state.requires_grad
        weights = model.term_weights(term)
        head = state @ weights["head.weight"][0] + weights["head.bias"]
        torch.testing.assert_close(output.heads[:, index], head, rtol=0, atol=1e-12)
    assert torch.equal(output.prediction, output.heads[:, model.hierarchy.root])


@WHICH
@pytest.mark.parametrize(
    ("strains", "words"),
    [
        (torch.tensor([[0], [10]]), ["strain 1", "0 to 9", "found 10"]),
        (torch.tensor([[0, -2], [1, 1]]), ["strain 0", "found -2"]),
        (torch.tensor([[0], [1]], dtype=torch.int32), ["64-bit integers", "int32"]),
        (torch.tensor([[0.0], [1.0]]), ["64-bit integers", "float32"]),
        (torch.tensor([0, 1]), ["[strains, genes]", "shape [2]"]),
        (torch.empty((0, 2), dtype=torch.int64), ["no strains"]),
    ],
)
def test_unusable_batches_are_refused_before_anything_happens(
    which: int, strains: torch.Tensor, words: list[str]
) -> None:
    model = a_model(random_snapshot(6), SMALL, which)
    before = model.to_term_weights()
    for ask in (model, model.states):
        with pytest.raises(TrainingError) as caught:
            ask(strains)
        for word in words:
            assert word in str(caught.value)
    assert all(torch.equal(weight, before[name]) for name, weight in model.to_term_weights().items())


@WHICH
@pytest.mark.parametrize("norm", ["batch", "layer", "instance", "none"])
def test_one_strain_is_too_few_only_for_batch_norm_in_training(which: int, norm: str) -> None:
    model = a_model(random_snapshot(6), SMALL.model_copy(update={"norm": norm}), which)
    one = torch.tensor([[3, -1]])
    if norm == "batch":
        with pytest.raises(TrainingError, match="one strain"):
            model(one)
        with pytest.raises(TrainingError, match="one strain"):
            model.states(one)
    else:
        assert model(one).heads.shape == (1, 12)
    assert model.eval()(one).heads.shape == (1, 12)


def test_every_strain_may_lack_the_same_genes() -> None:
    """Nothing varies then: batch norm in training leaves its shifts, whatever the strains lack."""
    plain, fast = both_models(random_snapshot(6), SMALL)
    strains = torch.tensor([[3, 4]] * 6)
    for model in (plain, fast):
        shift = model.term_weights("GO:0000000")["norm.bias"]
        torch.testing.assert_close(model.states(strains)["GO:0000000"], shift.expand(6, -1), rtol=0, atol=1e-9)
    assert torch.isfinite(fast(strains).heads.sum() + random_targets(1).sum())
