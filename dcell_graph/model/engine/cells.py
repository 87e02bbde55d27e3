"""How states of different widths lie in one table: in strips of equal length, the last of a state filled up with 0.

Terms differ in width, and a row of one and a row of another do not fit into one table. A strip is a run of C values of
a term's state, C being the least width of all terms (and 8 at least). A cell is a strip in one row. All cells of a
level are then one table [cells, C], which a handful of operations works on, whatever the widths. Most terms have the
least width, so they have one strip without any filling.

Shapes: T terms by position, S strips, C values of a strip, F values of all states, L links.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.hierarchy import Indices

SHORTEST_STRIP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """Parents of one width, side by side in the tables of a class.

    Args:
        count: how many.
        width: of each.
        column: their first column.
        strip: their first strip in a row of messages.
        strips: strips of each.
    """

    count: int
    width: int
    column: int
    strip: int
    strips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Children with one level, one width and the same widths of parents, which lie side by side; see plan.py.

    Args:
        first, last: their positions are ``first`` to ``last`` - 1.
        width, strips: of each.
        columns: of their tables.
        weight: where their tables begin among the weights.
        parents: from left to right in the tables.
        message: strips of what a row says to all parents.
    """

    first: int
    last: int
    width: int
    strips: int
    columns: int
    weight: int
    parents: tuple[Parents, ...]
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Terms of one level and width, which lie side by side at positions ``first`` to ``last`` - 1."""

    first: int
    last: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The strips of a plan.

    Args:
        plan: what they are of.
        size: values of a strip, C.
        strips: of each position [T].
        strip_start: first strip of each position, then S [T + 1].
        strip_term: position of each strip [S].
        value: which value of all states each place of the strips holds, F where it is filled up [S, C].
        place: the place of each value in the strips [F].
        level_start: first position of each level, then T [levels + 1].
        classes: per level, the classes that have parents.
        blocks: from the first position to the last.
        link_strip: first strip of the parent of each link in a row of its child's message [L].
        message: strips of a row's message to all parents, of each position [T].
    """

    plan: Plan
    size: int
    strips: Indices
    strip_start: Indices
    strip_term: Indices
    value: Indices
    place: Indices
    level_start: Indices
    classes: tuple[tuple[Class, ...], ...]
    blocks: tuple[Block, ...]
    link_strip: Indices
    message: Indices

    @classmethod
    def from_plan(cls, plan: Plan) -> Cells:
        """Cut the states of a plan into strips."""
        size = max(SHORTEST_STRIP, int(plan.width.min()))
        strips = -(-plan.width // size)
        strip_start = _starts(strips)
        strip_term = np.repeat(np.arange(plan.n_terms), strips)
        number = np.arange(len(strip_term)) - strip_start[strip_term]
        offset = number[:, None] * size + np.arange(size)
        inside = offset < plan.width[strip_term][:, None]
        value = np.where(inside, plan.feature_start[:-1][strip_term][:, None] + offset, plan.n_values)
        ahead = _starts(strips[plan.link_parent])
        level_start = np.searchsorted(plan.level, np.arange(int(plan.level[-1]) + 2))
        return cls(
            plan=plan,
            size=size,
            strips=strips,
            strip_start=strip_start,
            strip_term=strip_term,
            value=value,
            place=np.flatnonzero(inside.ravel()),
            level_start=level_start,
            classes=_classes(plan, strips, level_start),
            blocks=_blocks(plan),
            link_strip=ahead[:-1] - np.repeat(ahead[plan.link_start[:-1]], np.diff(plan.link_start)),
            message=np.diff(ahead[plan.link_start]),
        )


def _classes(plan: Plan, strips: Indices, level_start: Indices) -> tuple[tuple[Class, ...], ...]:
    levels: list[list[Class]] = [[] for _ in level_start[1:]]
    tables = plan.regions["state"].starts
    for first, last in zip(plan.class_start[:-1].tolist(), plan.class_start[1:].tolist(), strict=True):
        above = plan.link_parent[plan.link_start[first] : plan.link_start[first + 1]]
        if len(above) == 0:
            continue
        parents, column, strip = [], 0, 0
        for width, count in zip(*np.unique(plan.width[above], return_counts=True), strict=True):
            each = int(strips[above[plan.width[above] == width][0]])
            parents.append(Parents(count=int(count), width=int(width), column=column, strip=strip, strips=each))
            column, strip = column + int(width * count), strip + int(count) * each
        found = Class(
            first=first,
            last=last,
            width=int(plan.width[first]),
            strips=int(strips[first]),
            columns=column,
            weight=int(tables[first]),
            parents=tuple(parents),
            message=strip,
        )
        levels[int(plan.level[first])].append(found)
    return tuple(tuple(level) for level in levels)


def _blocks(plan: Plan) -> tuple[Block, ...]:
    changes = np.flatnonzero((np.diff(plan.level) != 0) | (np.diff(plan.width) != 0)) + 1
    edges = [0, *changes.tolist(), plan.n_terms]
    return tuple(Block(first=first, last=last, width=int(plan.width[first])) for first, last in pairwise(edges))


def _starts(sizes: Indices) -> Indices:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
