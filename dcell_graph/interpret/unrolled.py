"""A model taken apart: the inputs and state of each subsystem for some strains, and what follows if states change.

Shapes: B strains, W values of a state, N direct genes of D values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.model.subsystem import Subsystem


class Unrolled:
    """One evaluation of the plain model, with everything in between.

    Args:
        model: in evaluation mode.
        deleted: indices of the deleted genes, padded with -1 [B, K].
        gradients: whether states can be differentiated afterwards.

    ``states`` are the states [B, W] and ``genes`` the gene inputs [B, N, D] of each term; ``prediction`` is the head of
    the root, in the unit of the model [B].
    """

    def __init__(self, model: ReferenceDCell, deleted: torch.Tensor, *, gradients: bool = False) -> None:
        self.model = model
        self.hierarchy = model.hierarchy
        count = self.hierarchy.n_terms
        self.states: list[torch.Tensor] = [torch.empty(0)] * count
        self.genes: list[torch.Tensor] = [torch.empty(0)] * count
        self._sums: dict[int, torch.Tensor] = {}

        def keep(term: int) -> Any:
            def hook(_: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
                self.genes[term], self.states[term] = inputs[1], output

            return hook

        hooks = [subsystem.register_forward_hook(keep(term)) for term, subsystem in enumerate(model.subsystems)]
        try:
            with torch.set_grad_enabled(gradients):
                self.prediction = model(deleted).prediction
        finally:
            for hook in hooks:
                hook.remove()

    def subsystem(self, term: int) -> Subsystem:
        """The part of a term."""
        found = self.model.subsystems[term]
        assert isinstance(found, Subsystem)
        return found

    @cached_property
    def parents(self) -> list[list[int]]:
        """Per term, the terms right above it."""
        parents: list[list[int]] = [[] for _ in range(self.hierarchy.n_terms)]
        for parent, children in enumerate(self.hierarchy.children):
            for child in children.tolist():
                parents[child].append(parent)
        return parents

    def above(self, terms: Sequence[int]) -> list[int]:
        """All terms above some terms, children before parents."""
        found: set[int] = set()
        waiting = list(terms)
        while waiting:
            for parent in self.parents[waiting.pop()]:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return sorted(found, key=lambda term: (int(self.hierarchy.levels[term]), term))

    @torch.no_grad()
    def with_states(self, replaced: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """Prediction [B] if some terms had other states, whatever is below them."""
        states = dict(replaced)
        for term in self.above(list(replaced)):
            if term not in replaced:
                states[term] = self._state_with(term, states)
        root = self.hierarchy.root
        head: torch.Tensor = self.subsystem(root).head(states.get(root, self.states[root]))
        return head[:, 0]

    def _state_with(self, term: int, changed: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """State of a term [B, W] if some of its children's states are others.

        A first layer without attention is linear, so only what the changes add is computed: a term near the root reads
        thousands of values, of which one child gives 20.
        """
        subsystem, children = self.subsystem(term), self.hierarchy.children[term].tolist()
        if subsystem.attention is not None:
            return cast(torch.Tensor, subsystem([changed.get(c, self.states[c]) for c in children], self.genes[term]))
        if term not in self._sums:
            self._sums[term] = subsystem.sum([self.states[child] for child in children], self.genes[term])
        sum_BW, start = self._sums[term], 0
        for child in children:
            end = start + self.states[child].shape[1]
            if child in changed:
                change_BW = changed[child] - self.states[child]
                sum_BW = sum_BW + change_BW @ subsystem.linear.weight[:, start:end].T
            start = end
        return subsystem.state_of_sum(sum_BW)


def padded(strains: Sequence[Sequence[int]]) -> torch.Tensor:
    """Strains as the models read them: gene indices padded with -1 [B, K]; K is 1 or more."""
    table = np.full((len(strains), max(1, *map(len, strains))), -1, np.int64)
    for row, deleted in enumerate(strains):
        table[row, : len(deleted)] = deleted
    return torch.from_numpy(table)
