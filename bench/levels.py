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
            sizes = int(hierarchy.input_sizes[term]), int(hierarchy.widths[term])
            groups[int(hierarchy.levels[term]), *((size - 1).bit_length() for size in sizes)].append(term)
        levels: dict[int, list[_Group]] = defaultdict(list)
        first_row: dict[int, int] = {}  # of each term's values; row 0 is zeros, then come the genes
        count = 1 + hierarchy.n_genes
        for key in sorted(groups):
            group = _Group(hierarchy, groups[key], first_row)
            for place, term in enumerate(groups[key]):
                first_row[term] = count + place * group.width
            count += len(groups[key]) * group.width
            levels[key[0]].append(group)
        self.levels = nn.ModuleList(nn.ModuleList(levels[level]) for level in sorted(levels))
        starts = [0, 1 + hierarchy.n_genes]  # of the rows of each source: what is given, then every level
        for level in self.levels:
            starts.append(starts[-1] + sum(len(group.places) * group.width for group in level))
        self.reads = [_reads(torch.cat([group.places.reshape(-1) for group in level]), starts) for level in self.levels]
        self.order = torch.from_numpy(np.argsort([term for key in sorted(groups) for term in groups[key]]))

    def forward(self, deleted: torch.Tensor) -> Output:
        """Heads of all strains."""
        given = torch.ones(1 + self.hierarchy.n_genes, len(deleted))
        given[0] = 0
        strains = torch.arange(len(deleted)).unsqueeze(1).expand_as(deleted)
        given[1 + deleted.reshape(-1), strains.reshape(-1)] = 0
        sources, heads = [given], []
        for level, (rows, order) in zip(self.levels, self.reads, strict=True):
            # From each source what is needed: looking things up in all of them together has a gradient as large as all.
            pieces = [source.index_select(0, own) for source, own in zip(sources, rows, strict=False) if len(own)]
            inputs = torch.cat(pieces).index_select(0, order).split([group.places.numel() for group in level])
            found = [group(own) for group, own in zip(level, inputs, strict=True)]
            sources.append(torch.cat([state for state, _ in found]))
            heads += [head for _, head in found]
        together = torch.cat(heads).index_select(0, self.order).t()
        return Output(together[:, self.hierarchy.root], together)


def _reads(places: torch.Tensor, starts: list[int]) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Which rows of each source are needed, and where each place then is among the rows of all sources."""
    needed, order = places.unique(return_inverse=True)
    bounds = torch.searchsorted(needed, torch.tensor(starts)).tolist()
    rows = [needed[first:last] - start for first, last, start in zip(bounds, bounds[1:], starts, strict=False)]
    return rows, order


class _Group(nn.Module):
    """Terms of one level and about one size."""

    def __init__(self, hierarchy: Hierarchy, terms: list[int], first_row: dict[int, int]) -> None:
        super().__init__()
        sources = []
        for term in terms:
            rows = [
                first_row[child] + value
                for child in hierarchy.children[term]
                for value in range(hierarchy.widths[child])
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

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """States [T · W, B] and heads [T, B] from the inputs of all terms [T · I, B]."""
        inputs = inputs.view(*self.places.shape, -1)
        summed = torch.baddbmm(self.bias, self.weight, inputs)
        activated = torch.tanh(summed).view(-1, inputs.shape[-1])
        state = self.norm(activated.unsqueeze(0)).squeeze(
            0
        )  # values are channels, strains a signal along which they vary
        head = torch.bmm(self.head, state.reshape(len(self.places), self.width, -1)).squeeze(1) + self.head_bias
        return state, head
