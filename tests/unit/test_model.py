"""What a model computes: small forward passes by hand, and the vectorised model against the plain one."""

from __future__ import annotations

import copy
import math
from itertools import pairwise, product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell
from tests.models import SMALL, both_models, random_strains, random_targets
from tests.snapshots import make_snapshot, random_snapshot

# A leaf L with gene g1 under a root R with gene g2, one value each.
CHAIN = make_snapshot([("L", "R")], [("L", "g1"), ("R", "g2")], terms=["R", "L"], genes=["g1", "g2"])
CHAIN_WEIGHTS = {
    "L.linear.weight": [[2.0]],
    "L.linear.bias": [0.5],
    "L.head.weight": [[10.0]],
    "L.head.bias": [1.0],
    "R.linear.weight": [[-1.0, 3.0]],  # L's state, then g2
    "R.linear.bias": [0.25],
    "R.head.weight": [[2.0]],
    "R.head.bias": [-1.0],
}
NOBODY, WITHOUT_G1, WITHOUT_BOTH = [-1, -1], [0, -1], [1, 0]
MODELS = [ReferenceDCell, DCell]
AnyModel = type[ReferenceDCell] | type[DCell]


def by_hand(model_class: AnyModel, weights: dict[str, Any], **options: Any) -> ReferenceDCell | DCell:
    config = ModelConfig.model_validate({"min_width": 1, "width_ratio": 0, **options})
    hierarchy = Hierarchy.from_snapshot(CHAIN, config)
    model = model_class(hierarchy, config, dtype=torch.float64)
    complete = model.to_term_weights()
    complete |= {name: torch.tensor(values, dtype=torch.float64) for name, values in weights.items()}
    model.load_term_weights(complete)
    return model


@pytest.mark.parametrize("model_class", MODELS)
def test_forward_by_hand(model_class: AnyModel) -> None:
    model = by_hand(model_class, CHAIN_WEIGHTS, norm="none", activation="linear")
    output = model(torch.tensor([NOBODY, WITHOUT_G1, WITHOUT_BOTH]))
    # L = 2·g1 + 0.5 = 2.5, 0.5, 0.5; R = -L + 3·g2 + 0.25 = 0.75, 2.75, -0.25; heads 10·L + 1 and 2·R - 1.
    assert output.heads.tolist() == [[0.5, 26.0], [4.5, 6.0], [-1.5, 6.0]]
    assert output.prediction.tolist() == [0.5, 4.5, -1.5]


@pytest.mark.parametrize("model_class", MODELS)
def test_deleted_genes_can_be_the_ones(model_class: AnyModel) -> None:
    model = by_hand(model_class, CHAIN_WEIGHTS, norm="none", activation="linear", gene_coding="deleted")
    # L = 0.5, 2.5, 2.5; R = -L + 0.25 + 3·[g2 deleted] = -0.25, -2.25, 0.75.
    assert model(torch.tensor([NOBODY, WITHOUT_G1, WITHOUT_BOTH])).prediction.tolist() == [-1.5, -5.5, 0.5]


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017
ACTIVATIONS = {
    "tanh": (math.tanh(0.5), math.tanh(-2.0)),
    "relu": (0.5, 0.0),
    "leaky_relu": (0.5, -0.2),
    "gelu": (0.5 * 0.5 * (1 + math.erf(0.5 / math.sqrt(2))), -2.0 * 0.5 * (1 + math.erf(-2.0 / math.sqrt(2)))),
    "selu": (SELU_SCALE * 0.5, SELU_SCALE * SELU_ALPHA * (math.exp(-2.0) - 1)),
    "elu": (0.5, math.exp(-2.0) - 1),
    "linear": (0.5, -2.0),
}


@pytest.mark.parametrize("model_class", MODELS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(model_class: AnyModel, activation: str) -> None:
    model = by_hand(
        model_class, {"L.linear.weight": [[-2.5]], "L.linear.bias": [0.5]}, norm="none", activation=activation
    )
    states = model.states(torch.tensor([WITHOUT_G1, NOBODY]))["L"]  # activation of 0.5 and of -2
    assert states.flatten().tolist() == pytest.approx(ACTIVATIONS[activation], rel=1e-14)


@pytest.mark.parametrize("model_class", MODELS)
def test_batch_norm_by_hand(model_class: AnyModel) -> None:
    weights = {**CHAIN_WEIGHTS, "L.norm.weight": [4.0], "L.norm.bias": [7.0]}
    model = by_hand(model_class, weights, norm="batch", activation="linear")
    strains = torch.tensor([NOBODY, WITHOUT_G1])
    # L before the norm is 2.5 and 0.5: mean 1.5, variance 1 (unbiased 2).
    normal = 1 / math.sqrt(1 + 1e-5)
    assert model.states(strains)["L"].flatten().tolist() == pytest.approx([7 + 4 * normal, 7 - 4 * normal], rel=1e-14)
    assert model.term_weights("L")["norm.running_mean"].item() == 0  # looking at states changes nothing
    model(strains)
    assert model.term_weights("L")["norm.running_mean"].item() == pytest.approx(0.1 * 1.5, rel=1e-14)
    assert model.term_weights("L")["norm.running_var"].item() == pytest.approx(0.9 * 1 + 0.1 * 2, rel=1e-14)
    model.eval()
    expected = 7 + 4 * (2.5 - 0.15) / math.sqrt(1.1 + 1e-5)
    assert model.states(strains)["L"][0].item() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("model_class", MODELS)
@pytest.mark.parametrize("norm", ["layer", "instance"])
def test_norms_over_the_state_by_hand(model_class: AnyModel, norm: str) -> None:
    weights: dict[str, Any] = {"L.linear.weight": [[1.0], [5.0]], "L.linear.bias": [0.0, 0.0]}
    scaled = norm == "layer"
    if scaled:
        weights |= {"L.norm.weight": [2.0, 3.0], "L.norm.bias": [0.5, 0.25]}
    model = by_hand(model_class, weights, norm=norm, activation="linear", min_width=2)
    # The state before the norm is (1, 5): mean 3, variance 4.
    normal = 2 / math.sqrt(4 + 1e-5)
    expected = [0.5 - 2 * normal, 0.25 + 3 * normal] if scaled else [-normal, normal]
    assert model.states(torch.tensor([NOBODY]))["L"][0].tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("model_class", MODELS)
@pytest.mark.parametrize("first", [False, True])
def test_order_of_norm_and_activation(model_class: AnyModel, first: bool) -> None:
    model = by_hand(model_class, CHAIN_WEIGHTS, activation="relu", norm_before_activation=first)
    states = model.states(torch.tensor([NOBODY, WITHOUT_G1]))["L"]
    # Batch norm makes the sums 2.5 and 0.5 to about +1 and -1; only an activation after it can cut the -1 off.
    assert states[1].item() == pytest.approx(0.0 if first else -1.0, abs=1e-4)


@pytest.mark.parametrize("model_class", MODELS)
def test_second_layer_by_hand(model_class: AnyModel) -> None:
    weights = {**CHAIN_WEIGHTS, "L.linear2.weight": [[-3.0]], "L.linear2.bias": [0.125]}
    model = by_hand(model_class, weights, norm="none", activation="linear", layers=2)
    assert model.states(torch.tensor([NOBODY]))["L"].item() == -3 * 2.5 + 0.125


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("norm", ["batch", "layer", "instance", "none"])
def test_models_agree_for_every_option(norm: str, first: bool, layers: int, activation: str) -> None:
    chosen = {"norm": norm, "norm_before_activation": first, "layers": layers, "activation": activation}
    assert_equal_training(7, ModelConfig.model_validate({**SMALL.model_dump(), **chosen}))


@pytest.mark.parametrize(
    ("genes", "rounding", "coding"),
    list(product(["direct", "contained"], ["ceil", "floor"], ["present", "deleted"])),
)
def test_models_agree_for_every_size_and_coding(genes: str, rounding: str, coding: str) -> None:
    chosen = {"width_genes": genes, "width_rounding": rounding, "gene_coding": coding}
    assert_equal_training(8, ModelConfig.model_validate({**SMALL.model_dump(), **chosen}))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n_terms=st.integers(1, 25), n_genes=st.integers(1, 15), more=st.floats(0, 0.9))
def test_models_agree_on_random_hierarchies(seed: int, n_terms: int, n_genes: int, more: float) -> None:
    snapshot = random_snapshot(seed, n_terms=n_terms, n_genes=n_genes, n_pairs=2 * n_genes, more_parents=more)
    # Without batch norm, which multiplies rounding errors up to 316 times a level where strains hardly differ.
    config = SMALL.model_copy(update={"norm": "layer", "width_genes": "contained"})
    plain, fast = both_models(snapshot, config, seed=seed)
    assert_equal_step(plain, fast, random_strains(9, n_genes, seed=seed), random_targets(9))


def assert_equal_training(seed: int, config: ModelConfig) -> None:
    """Steps of training with the same values, gradients and running statistics, then the same predictions."""
    plain, fast = both_models(random_snapshot(seed), config, seed=seed)
    optimisers = [torch.optim.SGD(model.parameters(), lr=0.01) for model in (plain, fast)]
    for step in range(2):
        for optimiser in optimisers:
            optimiser.zero_grad()
        # Enough strains that every gene is missing in some.
        assert_equal_step(plain, fast, random_strains(40, 10, seed=step), random_targets(40, seed=step))
        for optimiser in optimisers:
            optimiser.step()
    assert_close(plain.to_term_weights(), fast.to_term_weights())
    plain.eval()
    fast.eval()
    strains = random_strains(11, 10, seed=9)
    assert_close({"heads": plain(strains).heads}, {"heads": fast(strains).heads})
    assert_close(plain.states(strains), fast.states(strains))


def assert_equal_step(plain: ReferenceDCell, fast: DCell, strains: torch.Tensor, targets: torch.Tensor) -> None:
    outputs = [model(strains) for model in (plain, fast)]
    assert_close({"heads": outputs[0].heads}, {"heads": outputs[1].heads})
    assert_close({"prediction": outputs[0].prediction}, {"prediction": outputs[1].prediction})
    for output in outputs:
        dcell_loss(output, targets, root=plain.hierarchy.root).total.backward()  # type: ignore[no-untyped-call]
    assert_close(plain.to_term_gradients(), fast.to_term_gradients())


def assert_close(expected: dict[str, torch.Tensor], found: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name in expected:
        worst = (found[name] - expected[name]).abs().max().item()
        assert worst <= 1e-8 * (1 + expected[name].abs().max().item()), name


def test_gradients_are_exactly_zero_where_strains_do_not_differ() -> None:
    """Eight terms in a chain whose genes all strains have (g1, g2) or lack (g0): gradients would be rounding errors."""
    chain = [f"T{level}" for level in range(8)]
    links = [*pairwise(chain), (chain[-1], "R"), ("X", "R")]
    pairs = [(term, f"g{place}") for term in chain for place in range(3)] + [("X", "varies")]
    config = ModelConfig(min_width=20, init_range=0.5)
    _, fast = both_models(make_snapshot(links, pairs), config, dtype=torch.float32)
    gene, other = (fast.hierarchy.gene_ids.index(name) for name in ("varies", "g0"))
    strains = torch.tensor([[gene, other], [other, -1], [-1, other], [gene, other], [other, other]])
    dcell_loss(fast(strains), random_targets(5), root=fast.hierarchy.root).total.backward()  # type: ignore[no-untyped-call]
    for name, gradient in fast.to_term_gradients().items():
        term, layer = name.split(".")[:2]
        if layer == "linear":
            assert bool((gradient == 0).all()) == (term not in ("R", "X")), name


def test_constant_rows_keep_their_gradients_where_no_batch_norm_removes_them() -> None:
    config = SMALL.model_copy(update={"norm": "none"})
    plain, fast = both_models(random_snapshot(1), config)
    assert_equal_step(plain, fast, torch.full((4, 1), -1), random_targets(4))
    assert all(bool((gradient != 0).any()) for name, gradient in fast.to_term_gradients().items() if "linear" in name)


def test_a_hierarchy_of_one_term() -> None:
    plain, fast = both_models(make_snapshot([], [("R", "g1"), ("R", "g2")]), SMALL)
    assert_equal_step(plain, fast, torch.tensor([[0], [1], [-1], [0]]), random_targets(4))


def test_passes_do_not_disturb_each_other() -> None:
    plain, fast = both_models(random_snapshot(5), SMALL)
    batches = [random_strains(30, 10, seed=1), random_strains(12, 10, seed=2)]
    for model in (plain, fast):
        outputs = [model(batch) for batch in batches]
        with torch.inference_mode():
            model(batches[0])
        loss = sum(dcell_loss(output, random_targets(len(output.heads)), root=3).total for output in outputs)
        assert isinstance(loss, torch.Tensor)
        loss.backward()  # type: ignore[no-untyped-call]
    assert_close(plain.to_term_gradients(), fast.to_term_gradients())


def test_works_after_inference_mode_and_in_a_copy() -> None:
    plain, fast = both_models(random_snapshot(5), SMALL)
    with torch.inference_mode():
        fast.eval()(random_strains(30, 10))
    fast.train()
    copied = copy.deepcopy(fast)
    assert_equal_step(plain, fast, random_strains(30, 10), random_targets(30))
    plain.zero_grad()
    plain.load_term_weights(copied.to_term_weights())
    assert_equal_step(plain, copied, random_strains(30, 10), random_targets(30))


def test_output_can_be_differentiated_once() -> None:
    _, fast = both_models(random_snapshot(5), SMALL)
    total = fast(random_strains(30, 10)).heads.sum()
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="once"):
        total.backward()
