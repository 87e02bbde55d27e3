"""The engine's two back ends against the plain model: every option, awkward batches, and what must be exactly 0."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Output
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.engine import compiled
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.optimiser import FusedAdam
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.model.similar import SimilarGenes
from tests.models import SMALL, random_strains, random_targets, shaken
from tests.snapshots import make_snapshot, random_snapshot

BACKENDS = ["torch", *(["compiled"] if compiled.available() else [])]
# With a larger eps rounding errors are not multiplied 316 times at every level, so all digits can be compared.
CALM = SMALL.model_copy(update={"norm_eps": 0.1})
DTYPE = {"torch": torch.float64, "compiled": torch.float32}
CLOSE = {torch.float64: 1e-8, torch.float32: 1e-6}
# Where terms are wide, weights that are mostly above 0 add up to tens, and a sum is rounded in proportion to its size.
LONG_SUMS = 2


def options(**changes: Any) -> ModelConfig:
    return ModelConfig.model_validate({**CALM.model_dump(), **changes})


def pair_of_models(
    snapshot: Any, config: ModelConfig, backend: str, dtype: torch.dtype, seed: int = 3
) -> tuple[ReferenceDCell, DCell]:
    """The plain model in 64 bits, and the engine with the same weights."""
    hierarchy = Hierarchy.from_snapshot(snapshot, config)
    torch.manual_seed(seed)
    plain = ReferenceDCell(hierarchy, config, dtype=torch.float64)
    weights = shaken(
        {name: weight for name, weight in plain.to_term_weights().items() if weight.is_floating_point()}, seed
    )
    if config.similar_genes is not None:
        plain.set_similar_genes(some_similar_genes(hierarchy.n_genes, config.similar_genes))
        weights |= {name: value for name, value in plain.to_term_weights().items() if name.startswith("genes.simil")}
    # Weights that both precisions can hold.
    weights = {
        name: weight.float().double() if weight.is_floating_point() else weight for name, weight in weights.items()
    }
    fast = DCell(hierarchy, config, dtype=dtype, backend="torch" if backend == "torch" else "compiled")
    for model in (plain, fast):
        model.load_term_weights(weights)
    return plain, fast


def some_similar_genes(n_genes: int, count: int) -> SimilarGenes:
    random = np.random.default_rng(5)
    gene = np.full((n_genes, count), -1, np.int64)
    for own in range(n_genes):
        others = random.permutation([other for other in range(n_genes) if other != own])[: random.integers(count + 1)]
        gene[own, : len(others)] = others
    share = np.where(gene >= 0, random.random(gene.shape), 0)
    return SimilarGenes(gene, share.astype(np.float32))


def assert_equal(plain: ReferenceDCell, fast: DCell, strains: torch.Tensor, *, weight: bool = False) -> None:
    """Heads, states, loss, gradients and running statistics of one step, then predictions in evaluation mode."""
    tolerance = CLOSE[fast.weights.dtype] * (LONG_SUMS if fast.config.width_genes == "contained" else 1)
    targets = random_targets(len(strains), seed=8)
    weights = torch.rand(len(strains), generator=torch.Generator().manual_seed(2)) if weight else None
    found = []
    for model in (plain, fast):
        torch.manual_seed(4)
        output = model(strains)
        parts = dcell_loss(output, targets, root=plain.hierarchy.root, sample_weight=weights)
        parts.total.backward()  # type: ignore[no-untyped-call]
        torch.manual_seed(4)
        numbers = {"heads": output.heads, "prediction": output.prediction, "loss": torch.stack(list(parts))}
        numbers |= {f"gradient of {name}": grad for name, grad in model.to_term_gradients().items()}
        numbers |= {f"state of {name}": state for name, state in model.states(strains).items()}
        numbers |= {name: value for name, value in model.to_term_weights().items() if "running" in name}
        model.eval()
        numbers["evaluation"] = model(strains).heads
        found.append({name: value.detach().double() for name, value in numbers.items()})
    assert found[0].keys() == found[1].keys()
    for name, expected in found[0].items():
        worst = (found[1][name] - expected).abs().max().item()
        assert worst <= tolerance * (1 + expected.abs().max().item()), name


KERNEL_OPTIONS: list[dict[str, Any]] = [
    *({"norm_before_activation": first, "activation": activation} for first in (False, True) for activation in
      ("tanh", "relu", "leaky_relu", "gelu", "selu", "elu", "linear")),
    {"norm": "none"},
    {"gene_coding": "deleted"},
    {"width_genes": "contained", "width_ratio": 3.0},
    {"width_genes": "contained", "min_width": 9, "width_ratio": 2.0},
    {"similar_genes": 3},
    {"similar_genes": 3, "gene_coding": "deleted", "activation": "gelu"},
]  # fmt: skip
TORCH_OPTIONS: list[dict[str, Any]] = [
    {"norm": "layer"},
    {"norm": "instance", "width_ratio": 3.0},
    {"norm": "layer", "layers": 2, "dropout": 0.2, "width_ratio": 3.0},
    {"layers": 2, "width_ratio": 3.0},
    {"dropout": 0.4},
    {"gene_embedding": 3},
    {"gene_embedding": 2, "gene_coding": "deleted", "similar_genes": 2, "width_ratio": 3.0},
    {"attention": 1},
    {"attention": 2, "width_ratio": 3.0, "gene_coding": "deleted"},
    {"attention": 2, "gene_embedding": 3, "norm": "layer", "layers": 2},
    {"attention": 2, "similar_genes": 3, "width_ratio": 3.0},
    {"attention": 2, "similar_genes": 3, "gene_embedding": 2, "gene_coding": "deleted", "dropout": 0.3},
]


@pytest.mark.parametrize("chosen", [*KERNEL_OPTIONS[-2:], *TORCH_OPTIONS], ids=str)
def test_torch_equals_the_plain_model(chosen: dict[str, Any]) -> None:
    """What test_model.py does not have yet."""
    plain, fast = pair_of_models(random_snapshot(7), options(**chosen), "torch", torch.float64)
    assert_equal(plain, fast, random_strains(40, 10), weight=True)


@pytest.mark.parametrize("chosen", [*KERNEL_OPTIONS[:7], *KERNEL_OPTIONS[-2:], *TORCH_OPTIONS[-2:]], ids=str)
def test_torch_equals_the_plain_model_in_32_bits(chosen: dict[str, Any]) -> None:
    plain, fast = pair_of_models(random_snapshot(7), options(**chosen), "torch", torch.float32)
    assert_equal(plain, fast, random_strains(40, 10))


@pytest.mark.parametrize("chosen", KERNEL_OPTIONS if compiled.available() else [], ids=str)
def test_compiled_equals_the_plain_model(chosen: dict[str, Any]) -> None:
    plain, fast = pair_of_models(random_snapshot(7), options(**chosen), "compiled", torch.float32)
    assert fast.backend.startswith("compiled kernel")
    assert_equal(plain, fast, random_strains(40, 10), weight=True)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_terms=st.integers(1, 25),
    n_genes=st.integers(1, 15),
    more=st.floats(0, 0.9),
    most=st.integers(1, 8),
    strains=st.integers(2, 30),
    coding=st.sampled_from(["present", "deleted"]),
    widths=st.sampled_from(["direct", "contained"]),
)
def test_random_hierarchies_and_strains(
    backend: str, seed: int, n_terms: int, n_genes: int, more: float, most: int, strains: int, coding: str, widths: str
) -> None:
    snapshot = random_snapshot(seed, n_terms=n_terms, n_genes=n_genes, n_pairs=2 * n_genes, more_parents=more)
    config = options(gene_coding=coding, width_genes=widths)
    plain, fast = pair_of_models(snapshot, config, backend, DTYPE[backend], seed)
    assert_equal(plain, fast, random_strains(strains, n_genes, most=most, seed=seed))


AWKWARD = {
    "most lack the same gene": [[3, -1]] * 7 + [[-1, -1], [3, 4], [5, -1]],
    "all lack the same gene": [[3, gene] for gene in (-1, 0, 1, 2, 4, 5, 6)],
    "all lack the same genes": [[3, 4]] * 5,
    "all but one are the wild type": [[-1, -1]] * 6 + [[2, 3]],
    "just half lack a gene": [[3, -1]] * 4 + [[-1, -1]] * 4,
    "a gene short of the base genotype": [[1, 2, 3]] * 6 + [[1, 2, -1], [1, -1, 3], [-1, -1, -1]],
    "repeats, of strains and of genes": [[1, 1], [1, -1], [1, 2], [2, 1], [1, 2], [4, 4]],
    "two strains": [[0, -1], [1, 2]],
    "no more and no less than others": [[-1, 9], [0, 8]] * 4,
    "few genes against few": [[query, array] for query in (0, 1, 2) for array in (5, 6, 7)],
    "none to eight genes": [[*range(count), *[-1] * (8 - count)] for count in range(9)] * 2,
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("chosen", [{}, {"gene_coding": "deleted", "norm": "none", "similar_genes": 2}], ids=str)
@pytest.mark.parametrize("strains", AWKWARD.values(), ids=AWKWARD)
def test_awkward_batches(backend: str, chosen: dict[str, Any], strains: list[list[int]]) -> None:
    plain, fast = pair_of_models(random_snapshot(7), options(**chosen), backend, DTYPE[backend])
    assert_equal(plain, fast, torch.tensor(strains), weight=True)


@pytest.mark.parametrize("strains", AWKWARD.values(), ids=AWKWARD)
def test_awkward_batches_with_attention(strains: list[list[int]]) -> None:
    config = options(attention=2, similar_genes=2, width_ratio=3.0)
    plain, fast = pair_of_models(random_snapshot(7), config, "torch", torch.float64)
    assert_equal(plain, fast, torch.tensor(strains))


def chain_of_terms(levels: int) -> Any:
    """A chain whose genes all strains of ``CHAIN_STRAINS`` have or lack, beside a term with a gene that varies."""
    chain = [f"T{level}" for level in range(levels)]
    links = [*pairwise(chain), (chain[-1], "R"), ("X", "R")]
    pairs = [(term, f"g{place}") for term in chain for place in range(3)] + [("X", "varies")]
    return make_snapshot(links, pairs, genes=["g0", "g1", "g2", "varies"])


CHAIN_STRAINS = torch.tensor([[3, 0], [0, -1], [-1, 0], [3, 0], [0, 0]])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("first", [False, True])
def test_terms_that_no_strain_touches_have_no_gradient_at_the_usual_eps(backend: str, first: bool) -> None:
    """The plain model in 32 bits returns rounding errors, 316 times larger at every level: docs/round-off.md."""
    config = ModelConfig(min_width=20, init_range=0.5, norm_before_activation=first)
    hierarchy = Hierarchy.from_snapshot(chain_of_terms(8), config)
    torch.manual_seed(0)
    fast = DCell(hierarchy, config, backend="torch" if backend == "torch" else "compiled")
    plain = ReferenceDCell(hierarchy, config)
    plain.load_term_weights(fast.to_term_weights())
    gradients = []
    for model in (fast, plain):
        loss = dcell_loss(model(CHAIN_STRAINS), random_targets(5).float(), root=hierarchy.root)
        loss.total.backward()  # type: ignore[no-untyped-call]
        gradients.append(model.to_term_gradients())
    touched = {"R", "X"}
    for name, gradient in gradients[0].items():
        term = name.split(".")[0]
        if name.endswith(".linear.weight"):
            assert bool((gradient == 0).all()) == (term not in touched), name
    untouched = [name for name in gradients[1] if name.split(".")[0] not in touched and ".linear." in name]
    errors = torch.stack([gradients[1][name].abs().max() for name in untouched])
    assert errors.max() > 1e3  # what a model in 32 bits without the engine would learn from


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_gene_outside_a_term_changes_its_state_by_exactly_nothing(backend: str) -> None:
    snapshot = random_snapshot(11, n_terms=20, n_genes=15, n_pairs=30)
    _, fast = pair_of_models(snapshot, options(norm_eps=1e-5, min_width=8), backend, DTYPE[backend])
    contains = fast.hierarchy.containing_terms()
    states = fast.eval().states(torch.tensor([[-1], *([gene] for gene in range(15))]))
    for gene in range(15):
        for index, (term, state) in enumerate(states.items()):
            changed = bool((state[1 + gene] != state[0]).any())
            assert changed == (index in contains[gene]), f"gene {gene} and {term}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_batch_gives_the_same_bits(backend: str) -> None:
    found = []
    for threads in (1, 2, 1):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            _, fast = pair_of_models(random_snapshot(7), options(), backend, torch.float32)
            output = fast(random_strains(40, 10))
            dcell_loss(output, random_targets(40), root=fast.hierarchy.root).total.backward()  # type: ignore[no-untyped-call]
            assert fast.weights.grad is not None
            found.append((output.rows.detach(), fast.weights.grad))
        finally:
            torch.set_num_threads(before)
    assert all(torch.equal(one, other) for run in found[1:] for one, other in zip(found[0], run, strict=True))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_batch_of_one_in_evaluation_mode(backend: str, norm: str) -> None:
    plain, fast = pair_of_models(random_snapshot(7), options(norm=norm), backend, DTYPE[backend])
    for genes in ([[-1]], [[3]], [[3, 4, 5]]):
        expected = plain.eval()(torch.tensor(genes)).heads
        found = fast.eval()(torch.tensor(genes)).heads
        torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-6)
        assert fast.predict(torch.tensor(genes)).item() == pytest.approx(expected[0, fast.hierarchy.root].item(), 1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_by_rows_is_the_loss_by_strains(backend: str, reduction: Any, weighted: bool) -> None:
    _, fast = pair_of_models(random_snapshot(7), options(), backend, DTYPE[backend])
    strains, targets = random_strains(50, 10), random_targets(50)
    # Some strains count for nothing.
    weight = torch.rand(50).round(decimals=1) if weighted else None
    parts, gradients = [], []
    for spread in (False, True):
        fast.zero_grad()
        output: Any = fast(strains)
        if spread:
            output = Output(output.prediction, output.heads)
        losses = dcell_loss(output, targets, root=3, alpha=0.7, reduction=reduction, sample_weight=weight)
        losses.total.backward()  # type: ignore[no-untyped-call]
        parts.append(torch.stack(list(losses)).detach())
        assert fast.weights.grad is not None
        gradients.append(fast.weights.grad.clone())
    tolerance = CLOSE[fast.weights.dtype]
    torch.testing.assert_close(parts[0], parts[1], rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
def test_targets_that_are_not_finite_are_refused_by_rows_too(backend: str) -> None:
    _, fast = pair_of_models(random_snapshot(7), options(), backend, DTYPE[backend])
    output, targets = fast(random_strains(10, 10)), random_targets(10)
    for value in (float("nan"), float("inf")):
        targets[4] = value
        with pytest.raises(TrainingError, match="position 4"):
            dcell_loss(output, targets, root=0)
    with pytest.raises(TrainingError, match=r"shape \[10\]"):
        dcell_loss(output, random_targets(9), root=0)


def test_batches_belong_to_their_model() -> None:
    first = pair_of_models(random_snapshot(7), options(), "torch", torch.float64)[1]
    second = pair_of_models(random_snapshot(8), options(), "torch", torch.float64)[1]
    with pytest.raises(TrainingError, match="another model"):
        second(first.index(random_strains(5, 10)))


def test_too_many_deletions_are_refused() -> None:
    snapshot = make_snapshot([], [("R", f"g{gene:02d}") for gene in range(20)])
    fast = DCell(Hierarchy.from_snapshot(snapshot, SMALL), SMALL)
    assert fast(torch.arange(16).repeat(2, 1)).heads.shape == (2, 1)
    with pytest.raises(TrainingError, match="at most 16, found 17"):
        fast(torch.arange(17).repeat(2, 1))


def test_the_back_end_says_what_runs_and_why() -> None:
    hierarchy = Hierarchy.from_snapshot(random_snapshot(7), SMALL)
    assert DCell(hierarchy, SMALL, backend="torch").backend == "torch: asked for"
    layer = SMALL.model_copy(update={"norm": "layer"})
    with pytest.raises(TrainingError, match="the compiled kernel cannot compute this model"):
        DCell(Hierarchy.from_snapshot(random_snapshot(7), layer), layer, backend="compiled")
    automatic = DCell(hierarchy, SMALL)
    if compiled.available():
        assert automatic.backend.startswith("compiled kernel, ")
        assert automatic.double().backend == "torch: the compiled kernel has no float64"
    else:
        assert automatic.backend == f"torch: {compiled.why_not()}"


def test_without_a_kernel_pytorch_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "loaded", lambda: "there is no kernel")
    hierarchy = Hierarchy.from_snapshot(random_snapshot(7), SMALL)
    model = DCell(hierarchy, SMALL)
    assert model.backend == "torch: there is no kernel"
    assert model(random_strains(20, 10)).heads.shape == (20, 12)
    with pytest.raises(TrainingError, match="there is no kernel"):
        DCell(hierarchy, SMALL, backend="compiled")


@pytest.mark.parametrize("strains", AWKWARD.values(), ids=AWKWARD)
def test_without_a_kernel_awkward_batches_are_the_same(
    monkeypatch: pytest.MonkeyPatch, strains: list[list[int]]
) -> None:
    monkeypatch.setattr(compiled, "loaded", lambda: "there is no kernel")
    plain, fast = pair_of_models(random_snapshot(7), options(), "torch", torch.float64)
    assert_equal(plain, fast, torch.tensor(strains), weight=True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_that_change_before_the_way_back_are_noticed(backend: str) -> None:
    _, fast = pair_of_models(random_snapshot(7), options(), backend, torch.float32)
    total = fast(random_strains(20, 10)).prediction.sum()
    with torch.no_grad():
        fast.weights.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("clip", [None, 0.5])
def test_the_fused_optimiser_equals_those_of_torch(backend: str, decoupled: bool, clip: float | None) -> None:
    config = options()
    models = [pair_of_models(random_snapshot(7), config, backend, torch.float32)[1] for _ in range(2)]
    settings: dict[str, Any] = {"lr": 0.01, "weight_decay": 0.1}
    fused = FusedAdam(models[0], **settings, decoupled=decoupled, clip=clip)
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    other = kind(models[1].parameters(), **settings)
    for step in range(5):
        if step == 3:  # one takes over from the other
            states = fused.state_dict(), other.state_dict()
            fused.load_state_dict(copy.deepcopy(states[1]))
            other.load_state_dict(copy.deepcopy(states[0]))
        for model in models:
            model.zero_grad()
            loss = dcell_loss(model(random_strains(30, 10, seed=step)), random_targets(30), root=0).total
            loss.backward()  # type: ignore[no-untyped-call]
        if clip is not None:
            length = torch.nn.utils.clip_grad_norm_(models[1].parameters(), clip)
        fused.step()
        other.step()
        if clip is not None:
            assert fused.norm == pytest.approx(length.item(), rel=1e-5)
    torch.testing.assert_close(models[0].weights, models[1].weights, rtol=1e-5, atol=1e-6)
    assert not torch.equal(
        models[0].weights, pair_of_models(random_snapshot(7), config, backend, torch.float32)[1].weights
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_that_somebody_keeps_stay_as_they_are(backend: str) -> None:
    """Their memory is used again only when nobody has them any more."""
    _, fast = pair_of_models(random_snapshot(7), options(), backend, torch.float32)

    def gradient(seed: int) -> torch.Tensor:
        fast.weights.grad = None
        loss = dcell_loss(fast(random_strains(30, 10, seed=seed)), random_targets(30, seed=seed), root=0).total
        loss.backward()  # type: ignore[no-untyped-call]
        assert fast.weights.grad is not None
        return fast.weights.grad

    kept = [gradient(seed) for seed in range(4)]
    copies = [one.clone() for one in kept]
    view = kept[0][3:50]
    places = {one.data_ptr() for one in kept}
    assert len(places) == 4
    del kept[0]  # its view lives on
    assert gradient(9).data_ptr() not in places
    assert torch.equal(view, copies[0][3:50])
    assert all(torch.equal(one, copy) for one, copy in zip(kept, copies[1:], strict=True))
    kept.clear()
    del view
    fast.weights.grad = None
    again = [gradient(seed).data_ptr() for seed in range(5)]
    assert len(set(again)) <= 2  # the same memory, now that it is free
    # Gradients add up where they are not cleared.
    for seed in (1, 2):
        if seed == 1:
            fast.weights.grad = None
        loss = dcell_loss(fast(random_strains(30, 10, seed=seed)), random_targets(30, seed=seed), root=0).total
        loss.backward()  # type: ignore[no-untyped-call]
    assert fast.weights.grad is not None
    torch.testing.assert_close(fast.weights.grad, copies[1] + copies[2])
