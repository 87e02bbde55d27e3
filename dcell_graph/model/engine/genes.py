"""What the direct genes say to the terms: the sums that every term begins with, and the way back to the weights.

Shapes: P gene inputs, G genes, D values of a gene, T terms by position, F values of all states, X cells of a batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from dcell_graph.model.engine.cells import Cells
from dcell_graph.model.engine.places import Changes, Variants


class Inputs(NamedTuple):
    """The gene inputs of the terms of a block: ``first`` to ``last`` - 1; their weights are a table [inputs, width].

    Args:
        first, last: see there.
        weight: the place of their weights, if every input had ``width`` of them.
        values: the values of their terms' states among all states.
        width: of the terms.
        start: first input of each term of the block, and the end, counted from ``first``.
        term: term of each input, counted from the first of the block.
        every: the numbers of the inputs, counted from ``first``.
    """

    first: int
    last: int
    weight: slice
    values: slice
    width: int
    start: torch.Tensor
    term: torch.Tensor
    every: torch.Tensor


class GeneInputs:
    """Gene inputs of a plan on a device.

    Args:
        cells: the strips of the plan.
        device: where the lists are kept.
    """

    def __init__(self, cells: Cells, device: torch.device) -> None:
        plan = cells.plan
        self.region = plan.regions["gene"].span
        self.embedding = plan.regions["embedding"].span if "embedding" in plan.regions else None
        self.values_of_gene = plan.hierarchy.config.gene_embedding
        self.n_genes = plan.n_genes
        # The constant 0 of a term without inputs has no gene; it takes the numbers of the first, times 0.
        self.gene = torch.from_numpy(np.maximum(plan.pair_gene, 0)).to(device)
        self.wild = torch.from_numpy(np.asarray(plan.wild, np.float64)).to(device)
        self.any_wild = bool(np.any(plan.wild != 0))
        self.all_wild = bool(np.all(plan.wild == 1))
        begin = np.concatenate([[0], np.cumsum(plan.width[plan.pair_term])])
        self.n_weights = int(begin[-1])
        self.blocks = []
        for block in cells.blocks:
            starts = plan.pair_start[block.first : block.last + 1]
            first, last = int(starts[0]), int(starts[-1])
            term = plan.pair_term[first:last] - block.first
            of_values = slice(int(plan.feature_start[block.first]), int(plan.feature_start[block.last]))
            inputs = Inputs(
                first=first,
                last=last,
                weight=slice(int(begin[first]), int(begin[last])),
                values=of_values,
                width=block.width,
                start=torch.from_numpy((starts - first).astype(np.int32)).to(device),
                term=torch.from_numpy(term.astype(np.int32)).to(device),
                every=torch.arange(last - first, dtype=torch.int32, device=device),
            )
            if last > first:
                self.blocks.append(inputs)

    def weights(self, weights: torch.Tensor) -> torch.Tensor:
        """What each input adds to its term's sums if it is 1, input by input; with an embedding, W_g · e_g."""
        region = weights[self.region]
        if self.embedding is None or self.values_of_gene is None:
            return region
        vectors = weights[self.embedding].view(self.n_genes, 1, self.values_of_gene)
        found = region.new_empty(self.n_weights)
        for block in self.blocks:
            table = self._table(region, block)
            vector = vectors[self.gene[block.first : block.last]]
            torch.bmm(vector, table, out=found[block.weight].view(-1, 1, block.width))
        return found

    def weights_backward(self, weights: torch.Tensor, d_found: torch.Tensor, grads: torch.Tensor) -> None:
        """Write the gradients of region and embedding, given those of what ``weights`` returned."""
        if self.embedding is None or self.values_of_gene is None:
            return  # the gradients are where they belong already, see ``gradient``
        vectors = weights[self.embedding].view(self.n_genes, self.values_of_gene)
        d_vectors = torch.zeros_like(vectors)
        for block in self.blocks:
            gene = self.gene[block.first : block.last]
            d_block = d_found[block.weight].view(-1, 1, block.width)
            table = self._table(weights[self.region], block)
            torch.mul(vectors[gene].unsqueeze(2), d_block, out=self._table(grads[self.region], block))
            d_vectors.index_add_(0, gene, torch.bmm(table, d_block.transpose(1, 2)).squeeze(2))
        grads[self.embedding] = d_vectors.view(-1)

    def gradient(self, grads: torch.Tensor) -> torch.Tensor:
        """Where to write the gradient of what ``weights`` returns."""
        return grads[self.region] if self.embedding is None else grads.new_empty(self.n_weights)

    def wild_sums(self, found: torch.Tensor, n_values: int) -> torch.Tensor:
        """Sums of the wild type [F], from what ``weights`` returned."""
        sums = found.new_zeros(n_values)
        if not self.any_wild:
            return sums
        for block in self.blocks:
            sums[block.values].view(-1, block.width)[:] = functional.embedding_bag(
                block.every,
                found[block.weight].view(-1, block.width),
                block.start,
                mode="sum",
                per_sample_weights=self._factors(block, found.dtype),
                include_last_offset=True,
            )
        return sums

    def wild_sums_backward(self, d_sums: torch.Tensor, d_found: torch.Tensor) -> None:
        """Write into ``d_found`` what the sums of the wild type contribute; it is overwritten."""
        if not self.any_wild:
            d_found.zero_()
            return
        for block in self.blocks:
            table = d_found[block.weight].view(-1, block.width)
            torch.index_select(d_sums[block.values].view(-1, block.width), 0, block.term, out=table)
            factors = self._factors(block, table.dtype)
            if factors is not None:
                table *= factors.unsqueeze(1)

    def _factors(self, block: Inputs, dtype: torch.dtype) -> torch.Tensor | None:
        return None if self.all_wild else self.wild[block.first : block.last].to(dtype)

    def _table(self, region: torch.Tensor, block: Inputs) -> torch.Tensor:
        """Weights of a block's inputs [inputs, D, width]."""
        values = self.values_of_gene or 1
        return region[block.weight.start * values : block.weight.stop * values].view(-1, values, block.width)


def add_changes(sums: torch.Tensor, found: torch.Tensor, changes: Changes) -> None:
    """Add the changed gene inputs of a batch to the sums [X, C]."""
    if len(changes.changed) == 0:
        return
    table = changed_weights(found, changes, sums.shape[1])
    added = functional.embedding_bag(
        changes.reads.index,
        table,
        changes.reads.start,
        mode="sum",
        per_sample_weights=changes.factor.to(table.dtype),
        include_last_offset=True,
    )
    sums.index_add_(0, changes.changed, added)


def changes_backward(d_sums: torch.Tensor, d_found: torch.Tensor, changes: Changes) -> None:
    """Add to ``d_found`` what the changed inputs contribute."""
    if len(changes.changed) == 0:
        return
    d_table = functional.embedding_bag(
        changes.read.index,
        d_sums.index_select(0, changes.changed),
        changes.read.start,
        mode="sum",
        per_sample_weights=changes.read_factor.to(d_sums.dtype),
        include_last_offset=True,
    )
    return_changed(d_table, d_found, changes)


def changed_weights(found: torch.Tensor, changes: Changes | Variants, size: int) -> torch.Tensor:
    """The weights of the changed inputs, strip by strip [strips, C]."""
    place, inside = _places(changes, size, len(found))
    return found.take(place).mul_(inside)


def return_changed(d_table: torch.Tensor, d_found: torch.Tensor, changes: Changes | Variants) -> None:
    """The way back of ``changed_weights``: add the gradients of the strips to those of the weights."""
    place, inside = _places(changes, d_table.shape[1], len(d_found))
    # What fills a strip up adds 0 to some other weight.
    d_found.index_add_(0, place.view(-1), (d_table * inside).view(-1))


def _places(changes: Changes | Variants, size: int, n_weights: int) -> tuple[torch.Tensor, torch.Tensor]:
    number = torch.arange(size, device=changes.weight.device)
    place = (changes.weight.unsqueeze(1) + number).clamp_(max=n_weights - 1)
    return place, number < changes.left.unsqueeze(1)
