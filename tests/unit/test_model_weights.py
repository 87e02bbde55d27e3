"""The weights by term: complete, exchangeable, checked, and drawn the same way everywhere."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from tests.models import SMALL, both_models, random_strains
from tests.snapshots import make_snapshot, random_snapshot

MODELS = pytest.mark.parametrize("model_class", [ReferenceDCell, DCell])
AnyModel = type[ReferenceDCell] | type[DCell]


def fresh(
    model_class: AnyModel, config: ModelConfig, *, seed: int = 1, dtype: torch.dtype = torch.float32
) -> ReferenceDCell | DCell:
    torch.manual_seed(seed)
    return model_class(Hierarchy.from_snapshot(random_snapshot(3), config), config, dtype=dtype)


@pytest.mark.parametrize(("norm", "layers"), list(product(["batch", "layer", "instance", "none"], [1, 2])))
def test_weights_go_from_one_model_to_the_other_and_back(norm: str, layers: int) -> None:
    config = ModelConfig.model_validate({**SMALL.model_dump(), "norm": norm, "layers": layers})
    plain, _ = both_models(random_snapshot(3), config, seed=1)
    _, fast = both_models(random_snapshot(3), config, seed=2)
    strains = random_strains(6, 10)
    weights = plain.to_term_weights()
    assert not torch.allclose(plain(strains).heads, fast(strains).heads)
    fast.load_term_weights(weights)
    returned = fast.to_term_weights()
    assert returned.keys() == weights.keys()
    assert all(torch.equal(returned[name], weights[name]) for name in weights)
    # Complete: every learnable number and every running statistic is in it, once.
    numbers = sum(weight.numel() for weight in weights.values())
    statistics = 2 * layers * int(plain.hierarchy.widths.sum()) if norm == "batch" else 0
    assert numbers == plain.hierarchy.parameter_count().total + statistics


@MODELS
@pytest.mark.parametrize(("norm", "layers"), list(product(["batch", "layer", "instance", "none"], [1, 2])))
def test_learnable_numbers_are_as_many_as_the_formula_says(model_class: AnyModel, norm: str, layers: int) -> None:
    config = ModelConfig.model_validate({**SMALL.model_dump(), "norm": norm, "layers": layers})
    model = fresh(model_class, config)
    learnt = [weight.numel() for name, weight in model.to_term_weights().items() if "running" not in name]
    assert sum(learnt) == model.hierarchy.parameter_count().total


@MODELS
def test_names_and_shapes(model_class: AnyModel) -> None:
    config = ModelConfig(min_width=2, width_ratio=0, layers=2)
    snapshot = make_snapshot([("GO:2", "GO:1")], [("GO:2", "g1"), ("GO:1", "g1"), ("GO:1", "g2"), ("GO:1", "g3")])
    model = model_class(Hierarchy.from_snapshot(snapshot, config), config)
    vectors = ["linear.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"]
    vectors += [name.replace("linear", "linear2").replace("norm", "norm2") for name in vectors]
    expected: dict[str, tuple[int, ...]] = {f"{term}.{name}": (2,) for term in ("GO:1", "GO:2") for name in vectors}
    expected |= {f"{term}.linear2.weight": (2, 2) for term in ("GO:1", "GO:2")}
    expected |= {f"{term}.head.weight": (1, 2) for term in ("GO:1", "GO:2")}
    expected |= {f"{term}.head.bias": (1,) for term in ("GO:1", "GO:2")}
    expected |= {"GO:2.linear.weight": (2, 1), "GO:1.linear.weight": (2, 2 + 3)}
    weights = model.to_term_weights()
    assert {name: tuple(weight.shape) for name, weight in weights.items()} == expected
    for term in ("GO:1", "GO:2"):
        for name, weight in model.term_weights(term).items():
            assert torch.equal(weight, weights[f"{term}.{name}"])


@MODELS
def test_weights_handed_out_are_copies(model_class: AnyModel) -> None:
    model = fresh(model_class, SMALL)
    for weight in (*model.to_term_weights().values(), *model.term_weights("GO:0000004").values()):
        assert not weight.requires_grad
        weight.fill_(123.0)
    assert all(bool((weight != 123.0).all()) for weight in model.to_term_weights().values())


@MODELS
def test_weights_that_do_not_fit_are_refused_and_change_nothing(model_class: AnyModel) -> None:
    model = fresh(model_class, SMALL)
    before = model.to_term_weights()
    name = next(
        key for key, weight in before.items() if key.endswith("linear.weight") and weight.shape[0] != weight.shape[1]
    )
    missing = {key: torch.zeros_like(weight) for key, weight in before.items() if key != name}
    whole = {key: torch.zeros_like(weight) for key, weight in before.items()}
    wide = torch.zeros(before[name].shape[0], before[name].shape[1] + 1)
    for wrong, words in (
        (missing, ["1 weights are missing", name]),
        ({**whole, "GO:9.linear.weight": torch.zeros(1)}, ["belong to no term", "GO:9.linear.weight"]),
        ({**whole, name: wide}, [name, f"shape {list(before[name].shape)}", f"shape {list(wide.shape)}"]),
        ({**whole, name: whole[name].T}, [name]),
        ({**whole, name: whole[name].to(torch.int64)}, [name, "int64"]),
        ({}, [f"{len(before)} weights are missing"]),
    ):
        with pytest.raises(TrainingError) as caught:
            model.load_term_weights(wrong)
        for word in words:
            assert word in str(caught.value)
        assert all(torch.equal(weight, before[key]) for key, weight in model.to_term_weights().items())


@MODELS
def test_unknown_term_is_refused(model_class: AnyModel) -> None:
    with pytest.raises(TrainingError, match="no term GO:9"):
        fresh(model_class, SMALL).term_weights("GO:9")


@MODELS
def test_hierarchy_of_other_options_is_refused(model_class: AnyModel) -> None:
    hierarchy = Hierarchy.from_snapshot(random_snapshot(3), SMALL)
    with pytest.raises(TrainingError, match=r"expected min_width 5, found min_width 2"):
        model_class(hierarchy, SMALL.model_copy(update={"min_width": 5}))


def test_one_seed_gives_one_model_in_both_implementations_and_precisions() -> None:
    config = ModelConfig()
    models = [fresh(model, config) for model in (ReferenceDCell, DCell, DCell)]
    exact = fresh(DCell, config, dtype=torch.float64).to_term_weights()
    other = fresh(DCell, config, seed=2).to_term_weights()
    for name, weight in models[0].to_term_weights().items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, models[1].to_term_weights()[name])
        assert torch.equal(weight, exact[name].to(torch.float32))
        assert name.split(".")[1] == "norm" or not torch.equal(weight, other[name])


@pytest.mark.parametrize(("init_range", "layers"), [(0.001, 1), (0.25, 2), (None, 1), (None, 2)])
def test_first_weights(init_range: float | None, layers: int) -> None:
    config = ModelConfig.model_validate({"init_range": init_range, "layers": layers})
    model = fresh(DCell, config)
    for index, term in enumerate(model.hierarchy.term_ids):
        weights = model.term_weights(term)
        inputs, width = int(model.hierarchy.input_sizes[index]), int(model.hierarchy.widths[index])
        for name, weight in weights.items():
            if name.startswith("norm"):
                assert set(weight.tolist()) == {1.0 if name.endswith(("weight", "running_var")) else 0.0}
                continue
            bound = 1 / math.sqrt(inputs if name.startswith("linear.") else width)
            if init_range is not None and not name.startswith("head"):
                bound = init_range
            assert weight.abs().max() <= bound
            if weight.numel() > 100:  # uniform: the spread is bound / √3, and the largest is near the bound
                assert weight.abs().max() > 0.9 * bound
                assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.2)


def test_weights_survive_a_change_of_precision() -> None:
    plain, fast = both_models(random_snapshot(3), SMALL, dtype=torch.float64)
    strains = random_strains(5, 10)
    low = fast.eval().float()(strains).heads
    assert low.dtype == torch.float32
    torch.testing.assert_close(low.double(), plain.eval()(strains).heads, rtol=1e-4, atol=1e-4)
