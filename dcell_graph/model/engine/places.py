"""Where the cells of a batch lie, who reads whom, and which sums to take: everything about a batch but its numbers.

Two tables hold the numbers, cell by cell: the states, and the messages, which are what the rows of a child say to each
of its parents. Three kinds of lists connect them, and each is the other way round on the way back:

    a row of a child  ->  its place among the rows that one product takes     (one to one)
    messages          ->  the rows of parents that add them up                (sums)
    gene inputs       ->  the rows in which they are not as in the wild type  (sums)

Shapes: T terms by position, S strips, R rows, X cells, M cells of messages, Y cells that products take.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from dcell_graph.model.engine.cells import Class


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of cells of a table, one for each of a run of cells of another.

    Args:
        index: cells to add up, sum after sum.
        start: where each sum begins in ``index``, and the end.
    """

    index: torch.Tensor
    start: torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """Children of one class that one batched product computes, with as many rows each as the one that has most.

    Args:
        of: their class.
        chosen: which children of the class, None for all of them.
        children: how many.
        rows: rows of each.
        take: first cell that the product takes.
        message: first cell of the messages.
    """

    of: Class
    chosen: torch.Tensor | None
    children: int
    rows: int
    take: int
    message: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """The part of the tables that belongs to the terms of one level.

    Args:
        cells: its cells.
        strips: its strips.
        rows: its rows.
        base: cells of base rows, counted from the first cell of the level, by strip.
        strip: strip of each cell, counted from the first of the level.
        row: row of each cell, counted from the first of the level.
        every: the numbers of the cells, counted from the first of the level.
        width: values of the state that each cell is a part of.
        left: values of each cell that are values of the state; others fill it up.
        start: first cell of each strip and the end, counted from the first of the level.
        count: strains on each cell's row.
        single: strips of terms with one row besides the base row; None if there are none.
        heard: messages that each cell adds up; None on the lowest level.
        takes: cells that the products of the level take, in their order; X stands for a row that is not there.
        taken: where each cell of the level lies among them.
        said: for each message, the cells of parents that add it up.
        messages: the messages that rows of this level say.
        runs: the products that say them.
        blocks: for terms of one width, the cells of their rows [terms, rows, strips], where the number of cells of the
            level stands for a row that is not there, and the width; for second layers only, otherwise empty.
    """

    cells: slice
    strips: slice
    rows: slice
    base: torch.Tensor
    strip: torch.Tensor
    row: torch.Tensor
    every: torch.Tensor
    width: torch.Tensor
    left: torch.Tensor
    start: torch.Tensor
    count: torch.Tensor
    single: torch.Tensor | None
    heard: Sums | None
    takes: torch.Tensor
    taken: torch.Tensor
    said: Sums
    messages: slice
    runs: tuple[Run, ...]
    blocks: list[tuple[torch.Tensor, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Changes:
    """Gene inputs that rows have changed. Inputs and values count once each; each has the strips of its term.

    Args:
        pair: which input each of them is.
        value: what the input has more than in the wild type, for each.
        weight: first weight of each strip of them, counted from the first weight of gene inputs.
        left: values of each of these strips that are weights, the others fill it up.
        changed: cells with changes.
        reads: for each of them, the strips to add up, and by what factors.
        factor: see there.
        read: for each strip, which of ``changed`` add it up.
        read_factor: see there.
    """

    weight: torch.Tensor
    left: torch.Tensor
    changed: torch.Tensor
    reads: Sums
    factor: torch.Tensor
    read: Sums
    read_factor: torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variants:
    """Gene inputs with the values that rows have instead of those of the base row, for attention.

    Args:
        base: value of every gene input in the base rows [P].
        value: of each variant [v].
        base_value: of its input in the base row [v].
        term: whose input it is [v].
        weight, left: of each strip of the variants, as in ``Changes``.
        strip: the strip of all strips that each of them is.
        owner: the variant that each of them is a part of.
        cell: cells that have variants, once for each that they have.
        reads: the strip of the variant that each of these has.
    """

    base: torch.Tensor
    value: torch.Tensor
    base_value: torch.Tensor
    term: torch.Tensor
    weight: torch.Tensor
    left: torch.Tensor
    strip: torch.Tensor
    owner: torch.Tensor
    cell: torch.Tensor
    reads: torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """All of this for a batch.

    Args:
        strains: in the batch.
        cells: number of cells, X.
        rows: number of rows, R.
        messages: number of cells of messages, M.
        levels: from the leaves to the root.
        base: cells of base rows, by strip [S].
        strip: strip of each cell [X].
        row: row of each cell [X].
        every: the numbers of the cells [X].
        start: first cell of each strip, and the end [S + 1].
        term_row: base row of each term [T].
        base_row: base row of the term of each row [R].
        is_base: whether it is one [R].
        changes: of gene inputs.
        variants: the same for attention; None without.
    """

    strains: int
    cells: int
    rows: int
    messages: int
    levels: tuple[Level, ...]
    base: torch.Tensor
    strip: torch.Tensor
    row: torch.Tensor
    every: torch.Tensor
    start: torch.Tensor
    term_row: torch.Tensor
    base_row: torch.Tensor
    is_base: torch.Tensor
    changes: Changes
    variants: Variants | None
