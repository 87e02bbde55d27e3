"""The compiled engine against the plain model in 64 bits, torch's optimisers, and itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine import binding, build_kernel, compiled
from dcell_graph.model.engine.adam import AdamStep
from dcell_graph.model.engine.binding import instruction_sets
from dcell_graph.model.engine.compiled import CompiledEngine
from dcell_graph.model.engine.index import build_index
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.hierarchy import Hierarchy
from tests.engines import both_sides, errors, flat_numbers, model_weights
from tests.models import SMALL
from tests.snapshots import make_snapshot, random_snapshot

Strains = npt.NDArray[np.int64]

# Where the plain model is compared with, batch norm adds so much to variances that it loses no digits either.
ROUNDED = SMALL.model_copy(update={"norm_eps": 0.1})
SETS = instruction_sets()
ACTIVATIONS = ["tanh", "relu", "leaky_relu", "gelu", "selu", "elu", "linear"]
NORMS: list[dict[str, Any]] = [{}, {"norm_before_activation": True}, {"norm": "none"}]
# 32 bits hold 7 digits: errors are a few units in the last, relative to the largest number of a kind.
CLOSE = 1e-6
# With contained widths the weights of these tests, most of them above 0, add up to tens before the activation: a unit
# in the last place of such a sum is many units of the state that becomes of it.
CLOSE_OF_LONG_SUMS = 2e-6


def hierarchy_of(seed: int, config: ModelConfig, n_terms: int = 12) -> Hierarchy:
    return Hierarchy.from_snapshot(random_snapshot(seed, n_terms=n_terms, n_genes=30, n_pairs=60), config)


def mixed_strains(n_genes: int, n_strains: int, most: int, seed: int = 0) -> Strains:
    """0 to ``most`` deletions each, with repeats of genes and of strains."""
    random = np.random.default_rng(seed)
    strains = random.integers(0, n_genes, (n_strains, most))
    strains[np.arange(most) >= random.integers(0, most + 1, n_strains)[:, None]] = -1
    strains[-1] = strains[0]
    return strains


def tile(n_genes: int, shared: int) -> Strains:
    """Four query genes times five array genes, all strains also lacking the first ``shared`` genes."""
    pairs = [(query, array) for query in range(n_genes - 4, n_genes) for array in range(10, 15)]
    return np.array([(*range(shared), *pair) for pair in pairs], np.int64)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_and_gradients_are_those_of_the_plain_model(instruction_set: str, activation: str) -> None:
    for seed, norm in enumerate(NORMS):
        for training in (True, False):
            config = ModelConfig.model_validate(ROUNDED.model_dump() | norm | {"activation": activation})
            hierarchy = hierarchy_of(seed, config)
            strains = mixed_strains(hierarchy.n_genes, 21, 8)
            sides = both_sides(
                hierarchy, config, strains, training=training, instruction_set=instruction_set, states=True
            )
            found = errors(*sides)
            assert max(found.values()) < CLOSE, (norm, training, found)


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("options", [{"gene_coding": "deleted"}, {"width_genes": "contained"}])
def test_codings_and_widths(instruction_set: str, options: dict[str, Any]) -> None:
    config = ModelConfig.model_validate(ROUNDED.model_dump() | options)
    hierarchy = hierarchy_of(5, config)
    for strains in (mixed_strains(hierarchy.n_genes, 20, 3), tile(hierarchy.n_genes, 0)):
        found = errors(*both_sides(hierarchy, config, strains, instruction_set=instruction_set))
        assert max(found.values()) < (CLOSE_OF_LONG_SUMS if config.width_genes == "contained" else CLOSE), found


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shared", [1, 2])
def test_a_gene_that_all_strains_lack(norm: dict[str, Any], shared: int) -> None:
    config = ModelConfig.model_validate(ROUNDED.model_dump() | norm)
    hierarchy = hierarchy_of(6, config)
    found = errors(*both_sides(hierarchy, config, tile(hierarchy.n_genes, shared), threads=2))
    assert max(found.values()) < CLOSE, found


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    n_terms=st.integers(1, 20),
    n_strains=st.integers(2, 30),
    most=st.integers(0, 8),
    threads=st.integers(1, 3),
    instruction_set=st.sampled_from(SETS),
    activation=st.sampled_from(ACTIVATIONS),
    norm=st.sampled_from(NORMS),
    training=st.booleans(),
)
def test_any_model(
    seed: int,
    n_terms: int,
    n_strains: int,
    most: int,
    threads: int,
    instruction_set: str,
    activation: str,
    norm: dict[str, Any],
    training: bool,
) -> None:
    config = ModelConfig.model_validate(ROUNDED.model_dump() | norm | {"activation": activation})
    hierarchy = hierarchy_of(seed, config, n_terms)
    strains = mixed_strains(hierarchy.n_genes, n_strains, most, seed)
    sides = both_sides(hierarchy, config, strains, training=training, threads=threads, instruction_set=instruction_set)
    # In a chance batch where few strains are on a base row, differences are larger than what they are differences of.
    assert max(errors(*sides).values()) < 5 * CLOSE


@pytest.fixture(scope="module")
def wide() -> tuple[Hierarchy, ModelConfig]:
    """A hierarchy whose terms are wide enough to be cut and packed: up to 260 values and 1,000 columns."""
    config = ModelConfig(min_width=60, width_ratio=0.9, width_genes="contained", init_range=0.05, norm_eps=0.1)
    return Hierarchy.from_snapshot(random_snapshot(1, n_terms=25, n_genes=290, n_pairs=600), config), config


@pytest.mark.parametrize("instruction_set", SETS)
def test_wide_terms(instruction_set: str, wide: tuple[Hierarchy, ModelConfig]) -> None:
    hierarchy, config = wide
    strains = mixed_strains(hierarchy.n_genes, 90, 2)
    found = errors(*both_sides(hierarchy, config, strains, instruction_set=instruction_set, threads=2))
    assert max(found.values()) < CLOSE, found


class Run:
    """Steps of a model with Adam."""

    def __init__(self, hierarchy: Hierarchy, config: ModelConfig, threads: int, instruction_set: str | None = None):
        self.plan = Plan.from_hierarchy(hierarchy)
        self.engine = CompiledEngine(self.plan, config, threads, instruction_set=instruction_set)
        self.numbers = flat_numbers(self.plan, model_weights(hierarchy, config))
        self.weights = self.numbers.pop("weights")
        self.first, self.second = torch.zeros(2, self.plan.size)

    def forward(self, strains: Strains) -> torch.Tensor:
        return self.engine.forward(self.weights, self.numbers, build_index(self.plan, strains), True)

    def gradient(self, strains: Strains) -> torch.Tensor:
        heads = self.forward(strains)
        return self.engine.backward(heads * torch.linspace(-1, 1, len(heads)))

    def step(self, strains: Strains, step: AdamStep) -> None:
        self.engine.adam(self.weights, self.gradient(strains), self.first, self.second, step)


@pytest.mark.parametrize("instruction_set", SETS)
def test_bits_do_not_depend_on_threads_or_runs(instruction_set: str, wide: tuple[Hierarchy, ModelConfig]) -> None:
    hierarchy, config = wide
    batches = [mixed_strains(hierarchy.n_genes, n_strains, 2, n_strains) for n_strains in (70, 5, 33)]
    ends, gradients = [], []
    for threads in (1, 2, 2, 3):
        run = Run(hierarchy, config, threads, instruction_set)
        gradients.append(run.gradient(batches[0]))
        for step, batch in enumerate(batches, start=1):
            run.step(batch, AdamStep(step=step))
        ends.append(torch.cat([run.weights, run.second, *run.numbers.values()]))
    assert all(torch.equal(ends[0], end) for end in ends[1:])
    assert all(torch.equal(gradients[0], gradient) for gradient in gradients[1:])


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("norm_first", [False, True])
def test_terms_that_no_strain_touches_have_no_gradient(instruction_set: str, norm_first: bool) -> None:
    """At the real eps of batch norm, which turns rounding errors of a naive model into large gradients."""
    config = SMALL.model_copy(update={"norm_before_activation": norm_first})
    hierarchy = hierarchy_of(2, config, n_terms=30)
    run = Run(hierarchy, config, 2, instruction_set)
    gene = int(np.argmin([len(terms) for terms in hierarchy.containing_terms()]))
    gradients = run.plan.get_all({"weights": run.gradient(np.array([[gene], [-1], [-1]]))})
    touched = {hierarchy.term_ids[term] for term in hierarchy.containing_terms()[gene]}
    assert 0 < len(touched) < hierarchy.n_terms
    for name, gradient in gradients.items():
        if name.split(".", 1)[0] not in touched and ".linear." in name:
            assert not gradient.any()
    assert all(gradients[f"{term}.linear.weight"].any() for term in touched)


def test_a_gene_changes_the_states_of_its_terms_and_of_no_other() -> None:
    config = SMALL.model_copy(update={"norm": "none"})
    hierarchy = hierarchy_of(4, config)
    run = Run(hierarchy, config, 1)
    for gene, terms in enumerate(hierarchy.containing_terms()):
        index = build_index(run.plan, np.array([[gene], [-1], [-1]]))
        run.engine.forward(run.weights, run.numbers, index, False)
        for term in range(hierarchy.n_terms):
            states = run.engine.states(int(run.plan.position[term]))
            assert len(states) == (2 if term in terms else 1)
            assert len(states) == 1 or not torch.equal(states[0], states[1])


def optimisers() -> Iterator[tuple[str, type[torch.optim.Optimizer], dict[str, Any], dict[str, Any]]]:
    yield "Adam", torch.optim.Adam, {}, {}
    yield "Adam with decay", torch.optim.Adam, {"weight_decay": 0.02}, {"weight_decay": 0.02, "decoupled": False}
    yield "AdamW", torch.optim.AdamW, {"weight_decay": 0.02}, {"weight_decay": 0.02}
    other = {"betas": (0.8, 0.95), "eps": 1e-6, "lr": 0.01}
    yield "others", torch.optim.AdamW, {"weight_decay": 0.0, **other}, other


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize(("name", "kind", "theirs", "ours"), list(optimisers()), ids=lambda value: str(value)[:20])
def test_adam_is_that_of_torch(
    instruction_set: str, name: str, kind: type[torch.optim.Optimizer], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    hierarchy = hierarchy_of(7, ROUNDED)
    own, torchs = (Run(hierarchy, ROUNDED, 1, instruction_set) for _ in range(2))
    parameter = torch.nn.Parameter(torchs.weights)
    torchs.weights = parameter.data
    optimiser = kind([parameter], **{"lr": 1e-3, **theirs})
    for step in range(1, 21):
        strains = mixed_strains(hierarchy.n_genes, 9, 3, step)
        adam = AdamStep(step=step, **ours)
        gradient = own.gradient(strains)
        own.engine.adam(own.weights, gradient, own.first, own.second, adam)
        # The same gradient for both, or rounding in the models would be compared too.
        parameter.grad = gradient
        optimiser.step()
        largest = parameter.detach().abs().max().item()
        assert (own.weights - parameter.detach()).abs().max().item() < 1e-6 * largest, (name, step)


def test_long_gradients_are_clipped_as_torch_does() -> None:
    run = Run(hierarchy_of(8, ROUNDED), ROUNDED, 2)
    gradient = run.gradient(mixed_strains(30, 9, 3))
    parameter = torch.nn.Parameter(run.weights.clone())
    parameter.grad = gradient.clone()
    length = torch.nn.utils.clip_grad_norm_([parameter], 0.5).item()
    assert length > 0.5
    torch.optim.SGD([parameter], lr=1.0).step()
    step = AdamStep(step=1, betas=(0.0, 0.0), lr=1e-3)
    found = run.engine.adam(run.weights, gradient, run.first, run.second, step, clip=0.5)
    assert found == pytest.approx(length, rel=1e-6)
    # With both betas 0 the first moment is the gradient that was used.
    assert run.first == pytest.approx(parameter.grad, rel=1e-5, abs=1e-9)
    run.first.zero_()
    assert run.engine.adam(run.weights, gradient, run.first, run.second, step, clip=1e6) == found
    assert torch.equal(run.first, gradient)


def test_heads_of_the_root_alone() -> None:
    run = Run(hierarchy_of(9, ROUNDED), ROUNDED, 1)
    index = build_index(run.plan, mixed_strains(30, 6, 2))
    every = run.engine.forward(run.weights, run.numbers, index, False)
    root = run.engine.forward(run.weights, run.numbers, index, False, all_heads=False)
    first = int(index.row_start[-2])
    assert torch.equal(root[first:], every[first:]) and not root[:first].any()


def test_the_name_says_what_runs() -> None:
    plan = Plan.from_hierarchy(hierarchy_of(0, ROUNDED))
    assert CompiledEngine(plan, ROUNDED, 1, instruction_set="PORTABLE").name == (
        "compiled kernel, portable code, 1 thread"
    )
    assert compiled.available() and compiled.why_not() == ""
    assert CompiledEngine(plan, ROUNDED, 2).name.endswith(", 2 threads")


def test_what_the_kernel_lacks_is_named() -> None:
    lacking = {"norm": "layer", "layers": 2, "attention": 1, "gene_embedding": 3, "dropout": 0.1}
    for name, value in lacking.items():
        config = ModelConfig.model_validate(SMALL.model_dump() | {name: value})
        reason = compiled.supports(config)
        assert reason is not None and reason.endswith("not in the compiled kernel")
        with pytest.raises(TrainingError, match="not in the compiled kernel"):
            CompiledEngine(Plan.from_hierarchy(hierarchy_of(0, config)), config)
    assert compiled.supports(SMALL) is None


def test_without_a_kernel_it_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for content, message in ((None, "installed without the compiled kernel"), (b"no library", "cannot be loaded")):
        binding.loaded.cache_clear()
        path = tmp_path / "libdcell_kernel.so"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setattr(build_kernel, "KERNEL", path)
        assert not compiled.available() and message in compiled.why_not()
        assert instruction_sets() == ()
        with pytest.raises(TrainingError, match=message):
            CompiledEngine(Plan.from_hierarchy(hierarchy_of(0, SMALL)), SMALL)
    binding.loaded.cache_clear()


def test_a_kernel_of_other_sources_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    binding.loaded.cache_clear()
    monkeypatch.setattr(build_kernel, "fingerprint", lambda: "other")
    assert "other sources" in compiled.why_not()
    binding.loaded.cache_clear()


def test_unusable_input_is_refused_before_anything_moves() -> None:
    run = Run(hierarchy_of(0, ROUNDED), ROUNDED, 1)
    engine, before = run.engine, {name: value.clone() for name, value in run.numbers.items()}
    index = build_index(run.plan, np.array([[0], [1]]))
    with pytest.raises(TrainingError, match="no forward pass"):
        engine.backward(torch.zeros(index.n_rows))
    with pytest.raises(TrainingError, match="batch of one strain"):
        engine.forward(run.weights, run.numbers, build_index(run.plan, np.array([[0]])), True)
    for weights in (run.weights.double(), run.weights[:-1], torch.zeros(2 * run.plan.size)[::2]):
        with pytest.raises(TrainingError, match="cannot use the weights: expected float32"):
            engine.forward(weights, run.numbers, index, True)
    with pytest.raises(TrainingError, match="cannot use the running_var"):
        engine.forward(run.weights, {**run.numbers, "running_var": torch.zeros(3)}, index, True)
    assert all(torch.equal(run.numbers[name], before[name]) for name in before)
    heads = engine.forward(run.weights, run.numbers, index, True)
    with pytest.raises(TrainingError, match="cannot use the gradients of the heads"):
        engine.backward(heads[:-1])
    engine.backward(heads)
    with pytest.raises(TrainingError, match="no forward pass"):
        engine.backward(heads)
    with pytest.raises(TrainingError, match="no forward pass"):
        engine.states(0)
    for threads in (0, 100_000):
        with pytest.raises(TrainingError, match="so many threads"):
            CompiledEngine(run.plan, ROUNDED, threads)
    with pytest.raises(TrainingError, match=r"instruction set here: expected .*PORTABLE, found SSE"):
        CompiledEngine(run.plan, ROUNDED, 1, instruction_set="SSE")


def test_one_strain_in_evaluation_and_one_term() -> None:
    snapshot = make_snapshot([], [("R", "g0")])
    hierarchy = Hierarchy.from_snapshot(snapshot, ROUNDED)
    for strains in ([[0]], [[-1]]):
        found = errors(*both_sides(hierarchy, ROUNDED, np.array(strains), training=False, threads=2))
        assert max(found.values()) < CLOSE


def test_an_engine_can_go_while_its_heads_stay() -> None:
    run = Run(hierarchy_of(0, ROUNDED), ROUNDED, 3)
    heads = run.forward(np.array([[0], [1]]))
    copy = heads.clone()
    del run
    gc.collect()
    assert torch.equal(heads, copy)
