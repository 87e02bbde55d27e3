"""DCell computed level by level with batched products: the usual way to be faster than a loop over terms.

Terms of a level that have about as many inputs and about as many values (rounded up to a power of two) are one batched
product; what they lack is filled up with zeros. It has batch norm, tanh and a head a term, as the model has them by
default, and is here only to be compared with.

Shapes: B strains, F values of all states, G genes; of a group: T terms, I inputs, W values.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch
from torch import nn

from dcell_graph.model.batch import Output
from dcell_graph.model.hierarchy import Hierarchy


class LevelDCell(nn.Module):
    """The model, with its weights padded by group.

    Args:
        hierarchy: structure; widths direct or contained, batch norm after the activation.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        super().__init__()
        self.hierarchy = hierarchy
        groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for term in range(hierarchy.n_terms):
            sizes = (int(hierarchy.input_sizes[term]) - 1).bit_length(), (int(hierarchy.widths[term]) - 1).bit_length()
            groups[int(hierarchy.levels[term]), *sizes].append(term)
        self.groups = nn.ModuleList()
        row = {-1: 0}  # of each term's first value: row 0 is zeros, then come the genes
        count = 1 + hierarchy.n_genes
        for key in sorted(groups):
            self.groups.append(_Group(hierarchy, groups[key], row))
            width = self.groups[-1].width
            for place, term in enumerate(groups[key]):
                row[term] = count + place * width
            count += len(groups[key]) * width
        self.terms = [term for key in sorted(groups) for term in groups[key]]

    def forward(self, deleted: torch.Tensor) -> Output:
        """Heads of all strains."""
        present = torch.ones(1 + self.hierarchy.n_genes, len(deleted))
        present[0] = 0
        strains = torch.arange(len(deleted)).unsqueeze(1).expand_as(deleted)
        present[1 + deleted.reshape(-1), strains.reshape(-1)] = 0
        states, heads = present, []
        for group in self.groups:
            state, head = group(states)
            states = torch.cat([states, state])
            heads.append(head)
        order = torch.empty(len(self.terms), dtype=torch.int64)
        order[self.terms] = torch.arange(len(self.terms))
        together = torch.cat(heads).index_select(0, order).t()
        return Output(together[:, self.hierarchy.root], together)


class _Group(nn.Module):
    """Terms of one level and about one size."""

    def __init__(self, hierarchy: Hierarchy, terms: list[int], row: dict[int, int]) -> None:
        super().__init__()
        sources = []
        for term in terms:
            rows = [
                row[child] + value for child in hierarchy.children[term] for value in range(hierarchy.widths[child])
            ]
            sources.append([*rows, *(1 + gene for gene in hierarchy.direct_genes[term])])
        inputs = max(1, *map(len, sources))
        self.width = max(int(hierarchy.widths[term]) for term in terms)
        places = np.zeros((len(terms), inputs), np.int64)
        for place, rows in enumerate(sources):
            places[place, : len(rows)] = rows
        self.places = torch.from_numpy(places)
        bound = 1 / np.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(len(terms), self.width, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(len(terms), self.width, 1))
        self.norm = nn.BatchNorm1d(len(terms) * self.width)
        self.head = nn.Parameter(torch.empty(len(terms), 1, self.width).uniform_(-bound, bound))
        self.head_bias = nn.Parameter(torch.zeros(len(terms), 1))

    def forward(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """States [T · W, B] and heads [T, B]."""
        inputs = states.index_select(0, self.places.reshape(-1)).view(*self.places.shape, -1)
        summed = torch.baddbmm(self.bias, self.weight, inputs)
        activated = torch.tanh(summed).view(-1, inputs.shape[-1])
        state = self.norm(activated.t()).t()
        head = torch.bmm(self.head, state.reshape(len(self.places), self.width, -1)).squeeze(1) + self.head_bias
        return state, head
