"""The model of the real snapshot 2017-07-19: its size, and that deletions arrive where they belong and nowhere else.

And that the engine learns from real strains what the plain model in 64 bits does.
"""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch

from dcell_graph.measurements.dataset import make_dataset
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.config import train_config
from dcell_graph.train.preparation import prepare
from tests.models import beside_wild_type

pytestmark = pytest.mark.real_data
N_GENES = 200
SCREEN = "phenotype/sga-digenic-small.tsv.gz"
# 32 bits hold 7 digits; wide terms add up hundreds of numbers in an order of their own.
CLOSE = 1e-6


def terms_that_contain(snapshot: Snapshot) -> dict[str, set[str]]:
    """Gene -> the terms it is attached to and all terms above them, by networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from(snapshot.terms["term"])
    graph.add_edges_from(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    above = {term: {term} | nx.descendants(graph, term) for term in graph}
    terms: dict[str, set[str]] = {}
    for term, gene in zip(snapshot.annotations["term"], snapshot.annotations["gene"], strict=True):
        terms.setdefault(gene, set()).update(above[term])
    return terms


@pytest.mark.parametrize("model_class", [ReferenceDCell, DCell])
def test_deleting_a_gene_changes_exactly_the_terms_that_contain_it(
    real_snapshot: Snapshot, model_class: type[ReferenceDCell] | type[DCell]
) -> None:
    contained = terms_that_contain(real_snapshot)
    genes = sorted(contained)
    chosen = np.random.default_rng(7).choice(len(genes), size=N_GENES, replace=False)
    index = {gene: place for place, gene in enumerate(real_snapshot.genes["gene"])}
    # Without norm and with weights of ordinary size, a change at a leaf is still visible at the root in 64 bits.
    config = ModelConfig(norm="none", init_range=0.1)
    torch.manual_seed(0)
    model = model_class(Hierarchy.from_snapshot(real_snapshot, config), config, dtype=torch.float64)
    model.eval()
    deleted = torch.tensor([[index[genes[place]]] for place in chosen])
    states, wild = beside_wild_type(model, deleted)
    for term in real_snapshot.terms["term"]:
        changed = (states[term] != wild[term]).any(dim=1)
        for place, is_changed in zip(chosen, changed.tolist(), strict=True):
            gene = genes[place]
            assert is_changed == (term in contained[gene]), f"deleting {gene} and the state of {term}"


def test_the_number_of_parameters_follows_the_formula(real_snapshot: Snapshot) -> None:
    # From the tables: width max(20, ceil(0.3 n)), inputs the children's widths and the direct genes (at least 1);
    # subsystems sum(in * out) + 3 sum(out) with batch norm, heads sum(out) + terms.
    terms, parents = real_snapshot.terms, real_snapshot.parents
    direct = np.bincount(real_snapshot.annotations["term_index"], minlength=len(terms))
    width = np.maximum(20, -(-3 * direct // 10))
    inputs = direct.astype(np.int64)
    np.add.at(inputs, parents["parent_index"].to_numpy(), width[parents["child_index"].to_numpy()])
    subsystems = int((np.maximum(inputs, 1) * width).sum() + 3 * width.sum())
    total = subsystems + int(width.sum()) + len(terms)

    config = ModelConfig()
    hierarchy = Hierarchy.from_snapshot(real_snapshot, config)
    model = DCell(hierarchy, config)
    assert hierarchy.parameter_count().subsystems == subsystems
    assert hierarchy.parameter_count().total == total
    learnt = [weight.numel() for name, weight in model.to_term_weights().items() if "running" not in name]
    assert sum(learnt) == total


def test_the_engine_learns_from_real_strains_what_the_plain_model_does(real_snapshot: Snapshot, mirror: Path) -> None:
    # At this eps batch norm multiplies no rounding errors, so the plain model in 64 bits is exact.
    options = train_config({"batch_size": 128, "norm_eps": 0.1, "init_range": None})
    config = options.architecture
    screen = make_dataset(read_measurements(mirror / SCREEN, source_format="auto"), name="screen")
    prepared = prepare(real_snapshot, screen, options)
    batch = prepared.train.take(prepared.batches(options, epoch=1)[0])
    targets = torch.from_numpy(prepared.scale.standardised(batch.target))

    hierarchy = Hierarchy.from_snapshot(real_snapshot, config)
    torch.manual_seed(0)
    fast = DCell(hierarchy, config)  # the kernel where there is one
    plain = ReferenceDCell(hierarchy, config, dtype=torch.float64)
    plain.load_term_weights({name: weight.double() for name, weight in fast.to_term_weights().items()})
    heads = []
    for model in (plain, fast):
        output = model(batch.deleted)
        heads.append(output.heads.detach().double())
        dcell_loss(output, targets, root=hierarchy.root).total.backward()  # type: ignore[no-untyped-call]
    assert (heads[1] - heads[0]).abs().max() < CLOSE * heads[0].abs().max()

    exact, found = plain.to_term_gradients(), fast.to_term_gradients()
    assert found.keys() == exact.keys()
    for kind in {name.split(".", 1)[1] for name in exact}:
        names = [name for name in exact if name.endswith(f".{kind}")]
        largest = max(exact[name].abs().max().item() for name in names)
        errors = {name: (found[name] - exact[name]).abs().max().item() / largest for name in names}
        assert max(errors.values()) < CLOSE, (kind, max(errors, key=errors.__getitem__))

    lacked = {real_snapshot.genes["gene"][gene] for gene in set(batch.deleted.flatten().tolist()) if gene >= 0}
    contained = terms_that_contain(real_snapshot)
    touched = set().union(*(contained[gene] for gene in lacked))
    assert 0 < len(touched) < hierarchy.n_terms
    for term in set(hierarchy.term_ids) - touched:
        assert not any(found[f"{term}.{name}"].any() for name in ("linear.weight", "linear.bias", "norm.weight"))
    assert all(found[f"{term}.linear.weight"].any() for term in touched)
