"""The compiled engine beside the plain model: the same weights, strains and loss, in values and gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine.compiled import CompiledEngine
from dcell_graph.model.engine.index import RowIndex, build_index
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell
from tests.models import random_targets, shaken

Tensors = dict[str, torch.Tensor]


@dataclass(kw_only=True)
class Side:
    """What one of the two says: heads [B, T] and states by index, and numbers by the names of weights.py."""

    heads: torch.Tensor
    states: Tensors
    gradients: Tensors
    running: Tensors


def row_of(plan: Plan, index: RowIndex) -> npt.NDArray[np.int64]:
    """The row of every strain on every position [B, T], read off the touches one by one."""
    rows = np.tile(index.row_start[:-1].astype(np.int64), (index.strains, 1))
    for strain in range(index.strains):
        for row in index.touch_row[index.touch_start[strain] : index.touch_start[strain + 1]].tolist():
            position = int(np.searchsorted(index.row_start, row, side="right")) - 1
            rows[strain, position] = row
    return rows


def flat_numbers(plan: Plan, weights: Tensors) -> Tensors:
    """Named weights as the engine has them, float32."""
    numbers = {"weights": torch.zeros(plan.size)}
    numbers |= {name: torch.zeros(plan.n_values) for name in plan.running_names()}
    plan.put_all(numbers, weights)
    return numbers


def model_weights(hierarchy: Hierarchy, config: ModelConfig, seed: int = 0) -> Tensors:
    """Weights with scales and statistics that matter, which 32 bits hold exactly."""
    torch.manual_seed(seed)
    weights = shaken(ReferenceDCell(hierarchy, config, dtype=torch.float64).to_term_weights(), seed)
    return {name: weight.float().double() for name, weight in weights.items()}


def both_sides(
    hierarchy: Hierarchy,
    config: ModelConfig,
    deleted: npt.NDArray[np.int64],
    *,
    training: bool = True,
    instruction_set: str | None = None,
    threads: int = 1,
    states: bool = False,
) -> tuple[Side, Side]:
    """The plain model in float64 and the compiled engine, whose gradients begin with the plain model's heads."""
    weights = model_weights(hierarchy, config)
    plain = ReferenceDCell(hierarchy, config, dtype=torch.float64)
    plain.load_term_weights(weights)
    plain.train(training)
    strains = torch.from_numpy(deleted)
    plain_states = plain.states(strains) if states else {}
    output = plain(strains)
    output.heads.retain_grad()
    targets = random_targets(len(deleted))
    dcell_loss(output, targets, root=hierarchy.root).total.backward()  # type: ignore[no-untyped-call]
    assert output.heads.grad is not None

    plan = Plan.from_hierarchy(hierarchy)
    index = build_index(plan, deleted)
    rows = row_of(plan, index)[:, plan.position]  # by term index
    engine = CompiledEngine(plan, config, threads, instruction_set=instruction_set)
    numbers = flat_numbers(plan, weights)
    running = {name: numbers[name] for name in plan.running_names()}
    row_heads = engine.forward(numbers["weights"], running, index, training)
    engine_states = {}
    if states:
        for term, name in enumerate(hierarchy.term_ids):
            position = int(plan.position[term])
            engine_states[name] = engine.states(position)[rows[:, term] - index.row_start[position]]
    by_row = np.zeros(index.n_rows)
    np.add.at(by_row, rows, output.heads.grad.numpy())
    gradient = engine.backward(torch.from_numpy(by_row).float())
    return (
        Side(
            heads=output.heads.detach(),
            states=plain_states,
            gradients=plain.to_term_gradients(),
            running={name: tensor for name, tensor in plain.to_term_weights().items() if "running" in name},
        ),
        Side(
            heads=row_heads[torch.from_numpy(rows)].double(),
            states=engine_states,
            gradients=plan.get_all({"weights": gradient}),
            running={name: tensor for name, tensor in plan.get_all(numbers).items() if "running" in name},
        ),
    )


def errors(plain: Side, engine: Side) -> dict[str, float]:
    """Largest error of each kind of number, relative to the largest number of that kind in the whole model.

    Gradients of a kind that are all 0 but for rounding (of biases before a batch norm) are measured by the others.
    """
    found = {"heads": _error({"": plain.heads}, {"": engine.heads}, 0.0)}
    if plain.states:
        found["states"] = _error(plain.states, engine.states, 0.0)
    everything = max(float(tensor.abs().max()) for tensor in plain.gradients.values())
    for what, floor in (("gradients", 1e-7 * everything), ("running", 0.0)):
        right, ours = getattr(plain, what), getattr(engine, what)
        assert right.keys() == ours.keys()
        for kind in sorted({name.split(".", 1)[1] for name in right}):
            names = [name for name in right if name.split(".", 1)[1] == kind]
            found[kind] = _error({name: right[name] for name in names}, {name: ours[name] for name in names}, floor)
    return found


def _error(right: Tensors, ours: Tensors, floor: float) -> float:
    largest = max(floor, *(float(tensor.abs().max()) for tensor in right.values()), 1e-300)
    return max(float((right[name] - ours[name].double()).abs().max()) for name in right) / largest
