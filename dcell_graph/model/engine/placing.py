"""Working out where the cells of a batch lie: from its rows to the lists of places.py.

Shapes: T terms by position, S strips, X cells.
"""

from __future__ import annotations

import numpy as np
import torch

from dcell_graph.model.engine.cells import Cells, Class
from dcell_graph.model.engine.index import RowIndex
from dcell_graph.model.engine.places import Changes, Level, Places, Run, Sums, Variants
from dcell_graph.model.hierarchy import Indices

# Copying a table of weights costs as much as a product with about this many rows.
ROWS_WORTH_A_COPY = 32


def make_places(cells: Cells, index: RowIndex, device: torch.device) -> Places:
    """Work the lists out and move them to a device."""
    return _Builder(cells, index, device).build()


class _Builder:
    """Numbers of rows and cells of a batch, shared by the steps below."""

    def __init__(self, cells: Cells, index: RowIndex, device: torch.device) -> None:
        self.all, self.plan, self.index, self.device = cells, cells.plan, index, device
        self.row_start = index.row_start.astype(np.int64)
        self.rows = np.diff(self.row_start)
        self.strip_rows = self.rows[cells.strip_term]
        self.cell_start = _starts(self.strip_rows)
        self.order, self.most, chosen = self._runs()
        message = self.most * cells.message[self.order]
        take = self.most * np.where(cells.message[self.order] > 0, cells.strips[self.order], 0)
        self.message_start, self.take_start = _starts(message), _starts(take)
        self.chosen = chosen
        self.first_message = np.empty_like(self.order)
        self.first_message[self.order] = self.message_start[:-1]

    def build(self) -> Places:
        """Everything."""
        cells, index = self.all, self.index
        strip = np.repeat(np.arange(len(cells.strip_term)), self.strip_rows)
        place = np.arange(len(strip)) - self.cell_start[strip]
        row = self.row_start[cells.strip_term[strip]] + place
        base_row = np.repeat(self.row_start[:-1], self.rows)
        return Places(
            strains=index.strains,
            cells=len(strip),
            rows=index.n_rows,
            messages=int(self.message_start[-1]),
            levels=self._levels(strip, row),
            base=self._long(self.cell_start[:-1]),
            strip=self._tensor(strip),
            row=self._long(row),
            every=self._tensor(np.arange(len(strip))),
            start=self._tensor(self.cell_start),
            term_row=self._long(self.row_start[:-1]),
            base_row=self._long(base_row),
            is_base=self._mask(base_row == np.arange(len(base_row))),
            changes=self._changes(),
            variants=self._variants() if self.plan.hierarchy.config.attention is not None else None,
        )

    def _runs(self) -> tuple[Indices, Indices, dict[int, list[tuple[int, int]]]]:
        """Children in the order of their runs, the rows that each has room for, and the runs of split classes."""
        order = np.arange(self.plan.n_terms)
        first = self.plan.class_start[:-1]
        sizes = np.diff(self.plan.class_start)
        most = np.repeat(np.maximum.reduceat(self.rows, first), sizes)
        spare = np.add.reduceat(most - self.rows, first)
        chosen: dict[int, list[tuple[int, int]]] = {}
        for number in np.flatnonzero(spare > ROWS_WORTH_A_COPY * sizes).tolist():
            a, b = int(first[number]), int(first[number] + sizes[number])
            by_rows = a + np.argsort(self.rows[a:b], kind="stable")
            rows, begin = self.rows[by_rows], 0
            order[a:b] = by_rows
            chosen[a] = []
            while begin < b - a:
                end = int(np.searchsorted(rows, max(2 * rows[begin], ROWS_WORTH_A_COPY), side="right"))
                most[a + begin : a + end] = rows[end - 1]
                chosen[a].append((begin, end))
                begin = end
        return order, most, chosen

    def _levels(self, strip: Indices, row: Indices) -> tuple[Level, ...]:
        cells, count = self.all, self.index.count
        every = self._tensor(np.arange(len(strip)))
        takes, taken = self._takes()
        heard, said = self._messages()
        levels = []
        for number in range(len(cells.level_start) - 1):
            terms = slice(int(cells.level_start[number]), int(cells.level_start[number + 1]))
            strips = slice(int(cells.strip_start[terms.start]), int(cells.strip_start[terms.stop]))
            here = slice(int(self.cell_start[strips.start]), int(self.cell_start[strips.stop]))
            rows = slice(int(self.row_start[terms.start]), int(self.row_start[terms.stop]))
            take = slice(int(self.take_start[terms.start]), int(self.take_start[terms.stop]))
            messages = slice(int(self.message_start[terms.start]), int(self.message_start[terms.stop]))
            start = self.cell_start[strips.start : strips.stop + 1] - here.start
            single = self.strip_rows[strips] == 2
            term = cells.strip_term[strip[here]]
            level = Level(
                cells=here,
                strips=strips,
                rows=rows,
                base=self._long(start[:-1]),
                strip=self._tensor(strip[here] - strips.start),
                row=self._long(row[here] - rows.start),
                every=every[: here.stop - here.start],
                width=self._tensor(self.plan.width[term]),
                left=self._tensor((cells.value[strip[here]] < self.plan.n_values).sum(axis=1)),
                start=self._tensor(start),
                count=torch.from_numpy(count[row[here]]).to(self.device),
                single=self._mask(single) if single.any() else None,
                heard=self._part(heard, here) if number else None,
                takes=self._tensor(takes[take]),
                taken=self._tensor(taken[here] - take.start),
                said=self._part(said, messages),
                messages=messages,
                runs=self._level_runs(cells.classes[number], take.start, messages.start),
                blocks=self._blocks(terms, here) if self.plan.hierarchy.config.layers == 2 else [],
            )
            levels.append(level)
        return tuple(levels)

    def _level_runs(self, classes: tuple[Class, ...], take: int, message: int) -> tuple[Run, ...]:
        """Runs of a level; their cells are counted from the first of the level."""
        runs = []
        for one in classes:
            parts = self.chosen.get(one.first)
            for begin, end in parts or [(0, one.last - one.first)]:
                first = one.first + begin
                chosen = None if parts is None else self._long(self.order[first : one.first + end] - one.first)
                run = Run(
                    of=one,
                    chosen=chosen,
                    children=end - begin,
                    rows=int(self.most[first]),
                    take=int(self.take_start[first]) - take,
                    message=int(self.message_start[first]) - message,
                )
                runs.append(run)
        return tuple(runs)

    def _blocks(self, terms: slice, here: slice) -> list[tuple[torch.Tensor, int]]:
        blocks = []
        for block in self.all.blocks:
            if not terms.start <= block.first < terms.stop:
                continue
            term = np.arange(block.first, block.last)[:, None, None]
            row = np.arange(int(self.rows[block.first : block.last].max()))[None, :, None]
            strip = np.arange(int(self.all.strips[block.first]))
            cell = self.cell_start[self.all.strip_start[term] + strip] + row - here.start
            blocks.append((self._long(np.where(row < self.rows[term], cell, here.stop - here.start)), block.width))
        return blocks

    def _takes(self) -> tuple[Indices, Indices]:
        """The cell at each place that products take from, row by row, and the place of each cell."""
        cells = self.all
        nothing = int(self.cell_start[-1])
        entry, owner = _members(np.diff(self.take_start))
        term = self.order[owner]
        row, strip = entry // cells.strips[term], entry % cells.strips[term]
        cell = np.where(row < self.rows[term], self.cell_start[cells.strip_start[term] + strip] + row, nothing)
        taken = np.zeros(nothing + 1, np.int64)
        taken[cell] = np.arange(len(cell))
        return cell, taken[:-1]

    def _messages(self) -> tuple[tuple[Indices, Indices], tuple[Indices, Indices]]:
        """Which messages each cell adds up, and which cells add up each message."""
        plan, cells, index = self.plan, self.all, self.index
        links = np.arange(len(plan.link_child))
        link = np.concatenate([links, np.repeat(links, np.diff(index.edge_start))])
        nobody = np.zeros(len(links), np.int64)
        child, parent = plan.link_child[link], plan.link_parent[link]
        child_row = np.concatenate([nobody, index.edge_child - self.row_start[child[len(links) :]]])
        parent_row = np.concatenate([nobody, index.edge_parent - self.row_start[parent[len(links) :]]])
        message = self.first_message[child] + child_row * cells.message[child] + cells.link_strip[link]
        strip, owner = _members(cells.strips[parent])
        cell = self.cell_start[cells.strip_start[parent[owner]] + strip] + parent_row[owner]
        message = message[owner] + strip
        heard = _sums(cell, message, int(self.cell_start[-1]))
        return heard[:2], _sums(message, cell, int(self.message_start[-1]))[:2]

    def _changes(self) -> Changes:
        plan, cells, index = self.plan, self.all, self.index
        base_term = plan.pair_term[index.base_pair]
        row = np.concatenate([self.row_start[base_term], index.gene_row.astype(np.int64)])
        pair = np.concatenate([index.base_pair, index.gene_pair]).astype(np.int64)
        change = np.concatenate([index.base_change, index.gene_change])
        pairs, number = np.unique(pair, return_inverse=True)
        of_pair = cells.strips[plan.pair_term[pairs]]
        first_strip = _starts(of_pair)
        # Strips of inputs: where their weights begin and how many there are.
        strip, owner = _members(of_pair)
        width = plan.width[plan.pair_term]
        begin = _starts(width)[pairs[owner]] + strip * cells.size
        left = np.minimum(cells.size, width[pairs[owner]] - strip * cells.size)
        # Changes, strip by strip.
        strip, owner = _members(of_pair[number])
        term = plan.pair_term[pair[owner]]
        cell = self.cell_start[cells.strip_start[term] + strip] + row[owner] - self.row_start[term]
        changed, place = np.unique(cell, return_inverse=True)
        read = first_strip[number[owner]] + strip
        factor = change[owner]
        index_of, start, order = _sums(place, read, len(changed))
        back_of, back_start, back_order = _sums(read, place, int(first_strip[-1]))
        return Changes(
            weight=self._long(begin),
            left=self._long(left),
            changed=self._long(changed),
            reads=Sums(self._tensor(index_of), self._tensor(start)),
            factor=torch.from_numpy(factor[order]).to(self.device),
            read=Sums(self._tensor(back_of), self._tensor(back_start)),
            read_factor=torch.from_numpy(factor[back_order]).to(self.device),
        )

    def _variants(self) -> Variants:
        plan, cells, index = self.plan, self.all, self.index
        inputs = len(plan.pair_term)
        base = plan.wild.astype(np.float64)
        np.add.at(base, index.base_pair, index.base_change.astype(np.float64))
        # Several changes of one input of a row are one.
        key, number = np.unique(index.gene_row.astype(np.int64) * inputs + index.gene_pair, return_inverse=True)
        row, pair = key // inputs, key % inputs
        value = base[pair] + np.bincount(number, weights=index.gene_change, minlength=len(key))
        kinds, kind = np.unique(np.stack([pair, value.view(np.int64)]), axis=1, return_inverse=True)
        of_pair = cells.strips[plan.pair_term[kinds[0]]]
        strip, owner = _members(of_pair)
        width = plan.width[plan.pair_term]
        mine = kinds[0][owner]
        own_strip, entry = _members(of_pair[kind])
        term = plan.pair_term[pair[entry]]
        return Variants(
            base=torch.from_numpy(base).to(self.device),
            value=torch.from_numpy(np.ascontiguousarray(kinds[1]).view(np.float64)).to(self.device),
            base_value=torch.from_numpy(base[kinds[0]]).to(self.device),
            term=self._long(plan.pair_term[kinds[0]]),
            weight=self._long(_starts(width)[mine] + strip * cells.size),
            left=self._long(np.minimum(cells.size, width[mine] - strip * cells.size)),
            strip=self._long(cells.strip_start[plan.pair_term[mine]] + strip),
            owner=self._long(owner),
            cell=self._long(self.cell_start[cells.strip_start[term] + own_strip] + row[entry] - self.row_start[term]),
            reads=self._long(_starts(of_pair)[kind[entry]] + own_strip),
        )

    def _part(self, sums: tuple[Indices, Indices], cells: slice) -> Sums:
        index, start = sums
        begin, end = int(start[cells.start]), int(start[cells.stop])
        return Sums(self._tensor(index[begin:end]), self._tensor(start[cells.start : cells.stop + 1] - begin))

    def _tensor(self, values: Indices) -> torch.Tensor:
        return torch.from_numpy(values.astype(np.int32)).to(self.device, non_blocking=True)

    def _long(self, values: Indices) -> torch.Tensor:
        """As the operations want it that write to places."""
        return torch.from_numpy(np.ascontiguousarray(values, np.int64)).to(self.device, non_blocking=True)

    def _mask(self, values: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device, non_blocking=True)


def _sums(target: Indices, source: Indices, count: int) -> tuple[Indices, Indices, Indices]:
    """Sources target after target, where each target's begin, and the order of the entries."""
    # Target and place in one number, because sorting numbers is many times as fast as sorting places by numbers.
    bits = max(1, len(target).bit_length())
    order = np.sort((target << bits) | np.arange(len(target))) & ((1 << bits) - 1)
    return source[order], _starts(np.bincount(target, minlength=count)), order


def _members(sizes: Indices) -> tuple[Indices, Indices]:
    """For runs of these lengths, one entry a member: its place in the run, and the run that it belongs to."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner], owner


def _starts(sizes: Indices) -> Indices:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
