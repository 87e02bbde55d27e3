"""The part of the hierarchy in which something happens, small enough to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dcell_graph.interpret.trained import Trained

_MOST_DRAWN = 24


def sub_hierarchy(trained: Trained, values: Mapping[str, float], *, count: int = 12) -> list[str]:
    """The terms of highest value and, as far as there is room, those on their shortest ways to the root; root first.

    Args:
        trained: the run.
        values: by term id.
        count: terms that are certain to be there.
    """
    hierarchy = trained.hierarchy
    place = {term: index for index, term in enumerate(hierarchy.term_ids)}
    parents: dict[int, list[int]] = {}
    for parent, children in enumerate(hierarchy.children):
        for child in children.tolist():
            parents.setdefault(child, []).append(parent)
    best = sorted(values, key=lambda term: (-values[term], term))[:count]
    chosen = {place[term] for term in best} | {hierarchy.root}
    for term in best:
        way = _way_up(place[term], parents)
        if len(chosen | set(way)) <= max(_MOST_DRAWN, count + 1):
            chosen |= set(way)
    ordered = sorted(chosen, key=lambda index: (-int(hierarchy.levels[index]), index))
    return [hierarchy.term_ids[index] for index in ordered]


def links_between(trained: Trained, terms: Sequence[str]) -> pd.DataFrame:
    """The links of the hierarchy between some terms: ``child``, ``parent``."""
    place = {term: index for index, term in enumerate(trained.hierarchy.term_ids)}
    chosen = {place[term]: term for term in terms}
    rows = [
        (chosen[child], parent)
        for parent in terms
        for child in trained.hierarchy.children[place[parent]].tolist()
        if child in chosen
    ]
    return pd.DataFrame(rows, columns=["child", "parent"])


def _way_up(term: int, parents: Mapping[int, Sequence[int]]) -> list[int]:
    """A shortest way to the root, the smallest index first where several are as short."""
    came: dict[int, int | None] = {term: None}
    waiting = [term]
    while waiting:
        here = waiting.pop(0)
        if not parents.get(here):
            way: list[int] = []
            step: int | None = here
            while step is not None:
                way.append(step)
                step = came[step]
            return way
        for parent in parents[here]:
            if parent not in came:
                came[parent] = here
                waiting.append(parent)
    return [term]
